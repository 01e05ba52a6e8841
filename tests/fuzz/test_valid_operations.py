"""Whatever a caller validly asks, the answer is data or an error of the caller's: never one of the gateway's own."""

from __future__ import annotations

import os

import pytest
from graphql import GraphQLScalarType, is_specified_scalar_type
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.api import MEMBER, Api, Reply
from tests.fuzz.wild import operations

EXAMPLES = int(os.environ.get("GATEPOST_TESTS_EXAMPLES", "30"))
MADE_UP = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
OF_THE_CALLER = {200, 400, 403, 404, 409}


def is_right(reply: Reply, query: str) -> None:
    codes = [error["extensions"]["code"] for error in reply.body.get("errors", [])]
    assert codes or "data" in reply.body, query
    if "TIMEOUT" not in codes:
        assert reply.status in OF_THE_CALLER, f"{query}\n{reply.text}"
    assert not {"INTERNAL", "UNAVAILABLE"} & set(codes), f"{query}\n{reply.text}"
    for error in reply.body.get("errors", []):
        assert isinstance(error["message"], str)


@pytest.mark.parametrize("kind", ["query", "mutation"])
@MADE_UP
@given(data=st.data())
async def test_wild_values(place: Api, kind: str, data: st.DataObject) -> None:
    served = await place.gateway.engine.roles.of(MEMBER)
    if kind == "mutation" and served.schema.mutation_type is None:
        return
    query = data.draw(operations(served.schema, kind))
    is_right(await place.reply(query, role=MEMBER, claims={"sub": 1}), query)


@settings(MADE_UP, max_examples=EXAMPLES // 3)
@given(data=st.data())
async def test_operations_of_hypothesis_graphql(place: Api, data: st.DataObject) -> None:
    schema = (await place.gateway.engine.roles.of(MEMBER)).schema
    texts = st.sampled_from(["1", "-7", "2024-01-01", "a"]).map(nodes.String)
    scalars = {
        name: texts
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLScalarType) and not is_specified_scalar_type(type_)
    }
    query = data.draw(queries(schema, custom_scalars=scalars))
    is_right(await place.reply(query, role=MEMBER, claims={"sub": 1}), query)
