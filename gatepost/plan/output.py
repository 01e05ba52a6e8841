"""From SQL values to JSON: columns as the API writes them, and objects from subselects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.plan.elements import Reference, SqlType, Subscript, WholeRow, call, constant, number
from gatepost.plan.select import select
from gatepost.schema.codecs import Codec

Expression = sa.ColumnElement[Any]
_LONGEST_NAME = 63  # bytes of an identifier (Postgres manual, 4.1.1)
_JSON = sa.JSON()
_DIGITS = 15
"""After the point of a coordinate: the most that PostGIS takes, and it writes no more than are needed."""


def base64(text: Expression) -> Expression:
    """Bytes in base64, on one line (Postgres breaks lines after 76 characters)."""
    return sa.func.translate(sa.func.encode(text, constant("base64")), constant("\n"), constant(""))


def as_json(value: Expression, codec: Codec) -> Expression:
    """A value so that row_to_json writes it as the API does; for one of which fields are selected see `structures`.

    What a codec's `output` means:
    `plain`: as to_json does it; `text`: the text form; `numeric`: the text form of the number;
    `base64`: bytes in base64; `enum`: the names of an enum's values; `list`: the text form, which is JSON;
    `json`: by the type's own cast to json; `geojson`: as PostGIS does it;
    `composite`, `range`, `multirange`: objects.
    """
    dimensions = codec.dimensions
    if codec.element is not None and codec.element.dimensions:  # its elements are arrays of their own
        element = codec.element
        return elements(value, dimensions, lambda item: as_json(item, element))
    match codec.output:
        case "text":
            return sa.cast(value, ARRAY(sa.Text()) if dimensions else sa.Text())
        case "numeric":
            amount = sa.cast(value, SqlType("pg_catalog", "numeric", dimensions))
            return sa.cast(amount, ARRAY(sa.Text()) if dimensions else sa.Text())
    if codec.output != "plain" and dimensions and codec.element is not None:
        element = codec.element
        return elements(value, dimensions, lambda item: as_json(item, element))
    match codec.output:
        case "base64":
            return base64(value)
        case "enum":
            label = sa.cast(value, sa.Text())
            return sa.case(
                *((label == constant(label_), constant(name)) for label_, name in codec.renamed), else_=label
            )
        case "list":
            return sa.cast(sa.cast(value, sa.Text()), _JSON)
        case "json":
            return sa.cast(value, _JSON)
        case "geojson":
            return sa.cast(call((codec.base or codec.sql)[0], "st_asgeojson", value, number(_DIGITS)), _JSON)
    return value


def elements(value: Expression, dimensions: int, each: Callable[[Expression], Expression]) -> Expression:
    """An array as a JSON array of what `each` makes of its elements; null where it is null."""
    if dimensions == 1:
        inner = select(sa.func.unnest(value).label("v")).subquery("e")
        listed: Expression = select(aggregate(each(Reference("e", "v")))).select_from(inner)
    else:
        listed = _nested(value, dimensions, (), each)
    return sa.case((value.is_not(sa.null()), listed))


def _nested(
    value: Expression, dimensions: int, places: tuple[Expression, ...], each: Callable[[Expression], Expression]
) -> Expression:
    depth = len(places) + 1
    alias = f"i{depth}"
    place = Reference(alias, "v")
    subscripts = sa.func.generate_subscripts(value, number(depth)).table_valued(sa.column("v"))
    inner = (*places, place)
    item = each(Subscript(value, inner)) if depth == dimensions else _nested(value, dimensions, inner, each)
    return select(aggregate(item, place)).select_from(subscripts.render_derived(name=alias))


def node_id(type_name: str, columns: list[Expression]) -> Expression:
    """The Relay id of a row: a JSON array of its type's name and key, in base64."""
    key = [sa.cast(column, sa.Text()) for column in columns]
    array = sa.cast(sa.func.json_build_array(constant(type_name), *key), sa.Text())
    return base64(sa.func.convert_to(array, constant("UTF8")))


def empty_list() -> Expression:
    return sa.cast(constant("[]"), _JSON)


def aggregate(value: Expression, *order: Expression) -> Expression:
    """All values as a JSON array, `[]` where there are none."""
    from sqlalchemy.dialects.postgresql import aggregate_order_by

    ordered = aggregate_order_by(value, *order) if order else value
    return sa.func.coalesce(sa.func.json_agg(ordered), empty_list())


class JsonObject:
    """An object under construction: keys in the order of the response, each with its value."""

    def __init__(self) -> None:
        self._members: list[tuple[str, Expression]] = []

    def add(self, key: str, value: Expression) -> None:
        self._members.append((key, value))

    @property
    def _long(self) -> bool:
        return not self._members or any(len(key) > _LONGEST_NAME for key, _ in self._members)

    def columns(self) -> list[Expression]:
        """The members as columns of a subselect, which `read` then makes into an object."""
        if self._long:
            return [value.label(f"c{place}") for place, (_, value) in enumerate(self._members)] or [
                sa.true().label("c0")
            ]
        return [value.label(key) for key, value in self._members]

    def read(self, alias: str) -> Expression:
        """The object, read from the subselect's alias; keys beyond an identifier's length are put together as text."""
        if not self._long:
            return sa.func.row_to_json(WholeRow(alias))
        parts: list[Expression] = []
        for place, (key, _) in enumerate(self._members):
            value = sa.cast(sa.func.to_json(Reference(alias, f"c{place}")), sa.Text())
            parts.append(
                sa.func.concat(constant(f'{"," if place else ""}"{key}":'), sa.func.coalesce(value, constant("null")))
            )
        text: Expression = constant("{")
        for part in [*parts, constant("}")]:
            text = text.op("||")(part)
        whole = sa.cast(text, _JSON)
        return sa.case((WholeRow(alias).is_distinct_from(sa.null()), whole))
