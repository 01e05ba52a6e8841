"""Plans are kept within a bound of bytes, however many shapes a caller's variables take."""

from __future__ import annotations

import json
from typing import Any

from tests.api import ANONYMOUS, Api

QUERY = "query ($f: PersonFilter) { people(filter: $f) { nodes { id } } }"


def shaped(number: int, count: int = 12) -> dict[str, Any]:
    """A filter whose columns are the digits of a number."""
    return {"and": [{("name" if number >> place & 1 else "alias"): {"eq": "a"}} for place in range(count)]}


async def test_plans_count_among_what_is_kept_of_an_operation(own_shop: Api) -> None:
    await own_shop.data("{ __typename }")
    judge = own_shop.gateway.engine.roles.made[ANONYMOUS].judge
    before = judge._size
    await own_shop.data(QUERY, {"f": shaped(0)})
    one = judge._size - before
    assert one > 40 * 500  # the statement has more characters than these
    for number in range(150):
        await own_shop.data(QUERY, {"f": shaped(number)})
    (kept,) = [judged for judged in judge.kept if judged.text == QUERY]
    assert len(kept.plans) == len(kept.sizes) == 100
    assert judge._size == sum(judged.room for judged in judge.kept)
    assert 60 * one < judge._size - before < 110 * one


async def test_many_shapes_of_many_operations_stay_within_the_bound(own_shop: Api) -> None:
    await own_shop.data("{ __typename }")
    judge = own_shop.gateway.engine.roles.made[ANONYMOUS].judge
    judge._room = 2_000_000
    for number in range(60):
        await own_shop.data(QUERY.replace("people(", f"p{number % 7}: people("), {"f": shaped(number)})
        assert judge._size <= judge._room
        assert judge._size == sum(judged.room for judged in judge.kept)
    judge._room = 1_000  # less than any operation takes
    for number in range(3):
        assert json.dumps(await own_shop.data(QUERY, {"f": shaped(number)})) == '{"people": {"nodes": []}}'
    assert judge.kept == ()
    assert judge._size == 0
