"""Keyset cursors: the values of an order's keys in their text forms, and the order's fingerprint.

A cursor is base64 of a JSON array. It stays right when rows are added or removed, and one that was made for another
order is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array as sa_array

from gatepost.errors import BadInput
from gatepost.plan.elements import Parameters, Variables, Variadic, constant
from gatepost.plan.ordering import Order
from gatepost.plan.output import base64 as to_base64
from gatepost.plan.sources import Condition
from gatepost.plan.values import Leaf

Held = Callable[[Variables], list[str | None]]


def of_row(order: Order, parameters: Parameters) -> Condition:
    """The cursor of a row, whose keys `order` reads."""
    values = [sa.cast(key.value, sa.Text()) for key in order.keys]
    mark = order.mark
    told = constant(mark.constant) if isinstance(mark.constant, str) else parameters.add(mark.bind, sa.Text())
    # An array, since a function has 100 arguments at most, and a table without a key may have more columns.
    array = sa.cast(sa.func.json_build_array(Variadic(sa_array([told, *values]))), sa.Text())
    return to_base64(sa.func.convert_to(array, constant("UTF8")))


def beyond(order: Order, cursor: Leaf, parameters: Parameters) -> Condition:
    """The condition of rows that come after a cursor in this order; of those before it, in the reversed one."""
    bounds = _bounds(order, cursor, parameters)
    keys = order.keys
    first = keys[0]
    if len(keys) == 1:
        return first.after(bounds[0])
    if _are_one_way(order):
        row, place = sa.tuple_(*(key.value for key in keys)), sa.tuple_(*bounds)
        return row < place if first.descending else row > place
    condition = keys[-1].after(bounds[-1])
    for key, bound in list(zip(keys, bounds, strict=True))[-2::-1]:
        condition = sa.or_(key.after(bound), sa.and_(key.same(bound), condition))
    if not first.nullable:  # says the same once more, in the form that an index serves
        edge = first.value <= bounds[0] if first.descending else first.value >= bounds[0]
        condition = sa.and_(edge, condition)
    return condition


def up_to(order: Order, cursor: Leaf, parameters: Parameters) -> Condition:
    """The condition of rows that do not come after a cursor in this order; where it can, in a form for an index."""
    if not _are_one_way(order):
        return beyond(order, cursor, parameters).is_not(sa.true())
    row = sa.tuple_(*(key.value for key in order.keys))
    place = sa.tuple_(*_bounds(order, cursor, parameters))
    return row >= place if order.keys[0].descending else row <= place


def _are_one_way(order: Order) -> bool:
    """Whether rows compare as the rows of their keys do."""
    return all(not key.nullable and key.descending is order.keys[0].descending for key in order.keys)


def _bounds(order: Order, cursor: Leaf, parameters: Parameters) -> list[Condition]:
    held = held_by(order, cursor)
    return [_bound(order, place, held, parameters) for place in range(len(order.keys))]


def held_by(order: Order, cursor: Leaf) -> Held:
    """What gives the values that a cursor in this order holds, one for each key."""
    mark, length = order.mark, len(order.keys)
    return lambda variables: decode(cursor.bind(variables), str(mark.bind(variables)), length)


def _bound(order: Order, place: int, held: Held, parameters: Parameters) -> Condition:
    def part(variables: Variables) -> str | None:
        return held(variables)[place]

    return sa.cast(parameters.add(part, sa.Text()), order.keys[place].type)


def decode(cursor: object, fingerprint: str, length: int) -> list[str | None]:
    """The values that a cursor holds. Raises BadInput (INVALID_CURSOR) for one that is broken or of another order."""
    try:
        parts = orjson.loads(base64.b64decode(str(cursor), validate=True))
    except (binascii.Error, ValueError):
        parts = None
    if not isinstance(parts, list) or not all(
        isinstance(part, str | None) and "\0" not in (part or "") for part in parts
    ):
        raise BadInput("This is not a cursor that this API gave out.", code="INVALID_CURSOR")
    if parts[:1] != [fingerprint] or len(parts) != length + 1:
        raise BadInput("This cursor was made for another order of the rows.", code="INVALID_CURSOR")
    return parts[1:]
