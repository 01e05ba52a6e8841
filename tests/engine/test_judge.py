"""What is valid: the judge accepts and rejects what graphql-core's own rules do, in every role's schema."""

from __future__ import annotations

import os

import pytest
from graphql import (
    GraphQLError,
    GraphQLSchema,
    Lexer,
    Source,
    Token,
    TokenKind,
    parse,
    specified_rules,
    validate,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gatepost.engine.judge import Judge, Refused
from gatepost.errors import BadRequest
from gatepost.schema.build import build_for
from gatepost.settings import Settings
from tests.api import ANONYMOUS, MEMBER, Api
from tests.fuzz.wild import operations

MADE_UP = settings(
    max_examples=int(os.environ.get("GATEPOST_TESTS_EXAMPLES", "60")),
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
OURS = {"OPERATION_NAME", "TOO_DEEP", "TOO_COMPLEX", "TOO_MANY_ALIASES", "TOO_MANY_ROOT_FIELDS", "QUERY_TOO_LARGE"}
SPARE = (
    "id",
    "people",
    "$x",
    "@skip(if: true)",
    "... on Person",
    "...F",
    "{",
    "}",
    "(first: 1)",
    '"a"',
    "null",
    "query",
)


def tokens(text: str) -> list[str]:
    """The tokens of a document, as they are written."""
    lexer = Lexer(Source(text))
    found: list[str] = []
    token: Token = lexer.advance()
    while token.kind is not TokenKind.EOF:
        found.append(text[token.start : token.end])
        token = lexer.advance()
    return found


@st.composite
def spoilt(draw: st.DrawFn, schema: GraphQLSchema) -> str:
    """A valid operation with a few of its tokens taken out, doubled, swapped or replaced."""
    kinds = ["query", "mutation"] if schema.mutation_type else ["query"]
    words = tokens(draw(operations(schema, draw(st.sampled_from(kinds)))))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(words) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del words[place]
            case 1:
                words.insert(place, words[place])
            case 2:
                other = draw(st.integers(0, len(words) - 1))
                words[place], words[other] = words[other], words[place]
            case 3:
                words[place] = words[draw(st.integers(0, len(words) - 1))]
            case _:
                words.insert(place, draw(st.sampled_from(SPARE)))
        if not words:
            words = ["{"]
    return " ".join(words)


def by_graphql_core(schema: GraphQLSchema, text: str) -> bool | None:
    """Whether graphql-core takes the text; None where it gives up."""
    try:
        document = parse(text)
    except GraphQLError:
        return False
    errors = validate(schema, document, specified_rules)
    if any("aborted" in error.message for error in errors):
        return None
    return not errors


def by_judge(judge: Judge, text: str) -> bool | None:
    """Whether the judge takes the text; None where a bound of ours is crossed."""
    try:
        judge.judge(text, None)
    except Refused as refused:
        for error in refused.errors:
            if not (error["message"] and error["extensions"]["code"] and error.get("locations")):
                raise AssertionError(error) from refused
        return False
    except BadRequest as refused:
        if refused.code not in OURS:
            raise
        return None
    return True


@pytest.mark.parametrize("role", [ANONYMOUS, MEMBER])
@MADE_UP
@given(data=st.data())
async def test_it_accepts_and_rejects_what_graphql_core_does(shop: Api, role: str, data: st.DataObject) -> None:
    roles = shop.gateway.engine.roles
    served = await roles.of(role)
    text = data.draw(spoilt(served.schema))
    ours = by_judge(Judge(served.schema, Settings(database_url="postgresql://")), text)
    reference = _whole(shop, role)
    theirs = by_graphql_core(reference, text)
    if ours is not None and theirs is not None:
        assert ours == theirs, text


_WHOLE: dict[str, GraphQLSchema] = {}


def _whole(shop: Api, role: str) -> GraphQLSchema:
    """The schema of a role, with all its types made, as graphql-core knows schemas."""
    if role not in _WHOLE:
        roles = shop.gateway.engine.roles
        _WHOLE[role] = build_for(role, roles.catalog, roles.whole).whole()
    return _WHOLE[role]
