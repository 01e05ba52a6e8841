"""Resolvers of shop.graphql."""

from __future__ import annotations

import json
from typing import Any

from tartiflette import Resolver, TypeResolver

from gatepost.auth.caller import Caller
from gatepost.engine.handwritten import Context, Row
from gatepost.errors import Forbidden, SetUpError

notes: list[str] = []
"""What `note` was told, and what was read for it, in order."""


@Resolver("Query.echo")
async def echo(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> dict[str, Any]:
    return {**arguments, "arguments": json.dumps(arguments)}


@Resolver("Query.fail")
async def fail(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> None:
    if arguments["how"] == "forbidden":
        raise Forbidden("Not for you.", code="NOT_FOR_YOU", extensions={"field": "how"})
    if arguments["how"] == "set up":
        raise SetUpError("the secret of the house")
    raise RuntimeError("the secret of the house")


@Resolver("Query.failures")
async def failures(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> list[dict[str, Any]]:
    return [{"reason": "one"}, {"reason": None}, {"reason": "three"}]


@Resolver("Query.shape")
async def shape(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> dict[str, Any]:
    if arguments["kind"] == "square":
        return {"area": 4.0, "side": 2.0}
    return {"area": 3.14, "radius": 1.0, "owner": Row("User", {"id": 1})}


@TypeResolver("Shape")
def kind_of_shape(result: dict[str, Any], context: Context, info: Any, abstract_type: Any) -> str:
    return "Square" if "side" in result else "Circle"


@Resolver("Query.customer")
async def customer(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> object:
    if arguments["id"] == 0:
        return {"name": "not a row"}
    return Row("User", {"id": arguments["id"]})


@Resolver("Query.customers")
async def customers(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> list[Row]:
    return [Row("User", {"id": id_}) for id_ in arguments["ids"]]


@Resolver("Query.anything")
async def anything(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> Row:
    return Row("User", {"id": 5})


@Resolver("Query.tree")
async def tree(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> dict[str, Any]:
    return {"leaf": 1, "left": {"leaf": 2}}


@Resolver("Query.who")
async def who(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> str:
    return context.caller.role


@Resolver("Mutation.note")
async def note(parent: None, arguments: dict[str, Any], context: Context, info: Any) -> dict[str, Any]:
    notes.append(arguments["text"])
    return {"number": len(notes), "writer": Row("User", {"id": len(notes)}, Caller("writer", "{}"))}
