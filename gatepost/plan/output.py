"""From SQL values to JSON: columns as the API writes them, and objects from subselects."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.plan.elements import Reference, WholeRow, constant
from gatepost.schema.types import Codec

Expression = sa.ColumnElement[Any]
_LONGEST_NAME = 63  # bytes of an identifier (Postgres manual, 4.1.1)
_JSON = sa.JSON()


def base64(text: Expression) -> Expression:
    """Bytes in base64, on one line (Postgres breaks lines after 76 characters)."""
    return sa.func.translate(sa.func.encode(text, constant("base64")), constant("\n"), constant(""))


def as_json(value: Expression, codec: Codec) -> Expression:
    """A value so that row_to_json writes it as the API does."""
    if codec.output == "text":
        return sa.cast(value, ARRAY(sa.Text()) if codec.dimensions else sa.Text())
    if codec.output == "base64":
        return base64(value)
    return value


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
