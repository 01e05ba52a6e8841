"""Subselects as text."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from gatepost.plan.elements import DIALECT, Reference, number, table
from gatepost.plan.select import select

key, name = Reference("t1", "id"), Reference("t1", "a name")
PEOPLE = table("shop", "people", "t1")
EITHER = sa.or_(key == number(1), key == number(2))


def text(element: sa.ColumnElement[Any]) -> str:
    """An element as it is written, on one line."""
    compiled = str(element.compile(dialect=DIALECT))
    return " ".join(compiled.split())


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (select(number(1)), "(SELECT 1)"),
        (select(number(1)).limit(None), "(SELECT 1)"),
        (
            select(name.label("a key"), key.label("id")).select_from(PEOPLE),
            '(SELECT t1."a name" AS "a key", t1."id" AS id FROM "shop"."people" AS t1)',
        ),
        (
            select(key).select_from(PEOPLE).where(EITHER).where(name == name),
            '(SELECT t1."id" FROM "shop"."people" AS t1'
            ' WHERE (t1."id" = 1 OR t1."id" = 2) AND t1."a name" = t1."a name")',
        ),
        (
            select(key).select_from(PEOPLE).order_by(key.desc(), name).limit(number(3)).offset(number(4)),
            '(SELECT t1."id" FROM "shop"."people" AS t1 ORDER BY t1."id" DESC, t1."a name" LIMIT 3 OFFSET 4)',
        ),
        (
            select(Reference("o2", "x")).select_from(select(key.label("x")).select_from(PEOPLE).subquery("o2")),
            '(SELECT o2."x" FROM (SELECT t1."id" AS x FROM "shop"."people" AS t1) AS o2)',
        ),
        (
            select(key).select_from(PEOPLE.outerjoin(select(key.label("x")).lateral("o2"), sa.true())),
            '(SELECT t1."id" FROM "shop"."people" AS t1 LEFT OUTER JOIN LATERAL (SELECT t1."id" AS x) AS o2 ON true)',
        ),
        (
            sa.and_(select(key).select_from(PEOPLE).exists(), sa.not_(select(key).exists())),
            'EXISTS (SELECT t1."id" FROM "shop"."people" AS t1) AND NOT EXISTS (SELECT t1."id")',
        ),
        (select(key) > number(1), '(SELECT t1."id") > 1'),
    ],
)
def test_a_subselect_is_written_as_it_was_put_together(element: sa.ColumnElement[Any], expected: str) -> None:
    assert text(element) == expected


def test_a_subselect_that_others_are_made_of_stays_as_it_was() -> None:
    all_ = select(key).select_from(PEOPLE)
    assert [text(all_.where(key == number(1))), text(all_.limit(number(1)))] == [
        '(SELECT t1."id" FROM "shop"."people" AS t1 WHERE t1."id" = 1)',
        '(SELECT t1."id" FROM "shop"."people" AS t1 LIMIT 1)',
    ]
    assert text(all_) == '(SELECT t1."id" FROM "shop"."people" AS t1)'
