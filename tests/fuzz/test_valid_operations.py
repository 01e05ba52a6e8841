"""Whatever a caller validly asks, the answer is data or an error of the caller's: never one of the gateway's own.

`python -m tests.fuzz` asks many more.
"""

from __future__ import annotations

import os

import pytest
from graphql import GraphQLScalarType, is_specified_scalar_type
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.fuzz.conftest import Place
from tests.fuzz.wild import is_right, operations

EXAMPLES = int(os.environ.get("GATEPOST_TESTS_EXAMPLES", "6"))
MADE_UP = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("kind", ["query", "mutation"])
@MADE_UP
@given(data=st.data())
async def test_wild_values(place: Place, kind: str, data: st.DataObject) -> None:
    who = data.draw(st.sampled_from(place.callers))
    schema = (await place.api.gateway.engine.roles.of(who.role)).schema
    if kind == "mutation" and schema.mutation_type is None:
        return
    query = data.draw(operations(schema, kind))
    is_right(await place.reply(query, who), query)


@settings(MADE_UP, max_examples=EXAMPLES // 3)
@given(data=st.data())
async def test_operations_of_hypothesis_graphql(place: Place, data: st.DataObject) -> None:
    who = data.draw(st.sampled_from(place.callers))
    schema = (await place.api.gateway.engine.roles.of(who.role)).schema
    texts = st.sampled_from(["1", "-7", "2024-01-01", "a"]).map(nodes.String)
    scalars = {
        name: texts
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLScalarType) and not is_specified_scalar_type(type_)
    }
    query = data.draw(queries(schema, custom_scalars=scalars))
    is_right(await place.reply(query, who), query)
