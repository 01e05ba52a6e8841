"""The enums whose values decide what is done: directions of orders, and how finely rows are grouped."""

from __future__ import annotations

from graphql import GraphQLEnumType, GraphQLEnumValue

from gatepost.schema.meaning import Direction, Precision, Syntax


def _direction(descending: bool, nulls_first: bool | None, description: str) -> GraphQLEnumValue:
    direction = Direction(descending, nulls_first)
    return GraphQLEnumValue(direction, description=description)


DIRECTION = GraphQLEnumType(
    "OrderDirection",
    {
        "ASC": _direction(False, None, "Smallest first, nulls last."),
        "DESC": _direction(True, None, "Largest first, nulls first."),
        "ASC_NULLS_FIRST": _direction(False, True, "Nulls first, then the smallest."),
        "ASC_NULLS_LAST": _direction(False, False, "Smallest first, nulls last."),
        "DESC_NULLS_FIRST": _direction(True, True, "Nulls first, then the largest."),
        "DESC_NULLS_LAST": _direction(True, False, "Largest first, nulls last."),
    },
    description="A direction, and where nulls come.",
)


SYNTAX = GraphQLEnumType(
    "SearchSyntax",
    {
        "WEB": GraphQLEnumValue(
            Syntax("websearch_to_tsquery"), description='As people type it: `"exact words" or other -without`.'
        ),
        "PLAIN": GraphQLEnumValue(Syntax("plainto_tsquery"), description="Words, all of which must be there."),
        "PHRASE": GraphQLEnumValue(Syntax("phraseto_tsquery"), description="Words that must follow one another."),
        "QUERY": GraphQLEnumValue(Syntax("to_tsquery"), description="Postgres' own: `fox & (dog | cat) & !bre:*`."),
    },
    description="How a full-text search is read.",
)


def _precisions(name: str, kind: str, units: str) -> GraphQLEnumType:
    values = {"VALUE": GraphQLEnumValue(Precision(None), description="By the value itself.")}
    for unit in units.split():
        values[unit.upper()] = GraphQLEnumValue(Precision(unit), description=f"By the {unit} in which it lies.")
    return GraphQLEnumType(name, values, description=f"How finely rows are grouped by {kind}.")


BY_VALUE = _precisions("GroupByValue", "a value", "")
BY_DATE = _precisions("GroupByDate", "a date", "day week month quarter year decade century millennium")
BY_TIME = _precisions(
    "GroupByTime",
    "a time",
    "microsecond millisecond second minute hour day week month quarter year decade century millennium",
)
