"""Connections (Relay's cursor connections specification): a page of rows, its edges, its place, and the count of all.

Where only `nodes` is asked for, forwards, the page is aggregated as it comes; else its rows are numbered, one more than
the page is fetched to learn whether others follow, and all parts are aggregated from them at once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from graphql import get_named_type
from sqlalchemy.dialects.postgresql import aggregate_order_by

from gatepost.errors import BadInput
from gatepost.plan import cursors
from gatepost.plan.aggregates import Aggregation
from gatepost.plan.cost import relations
from gatepost.plan.derived import Distinct, Numbered, Repeated, from_of, keys, moved
from gatepost.plan.elements import Reference, constant, number
from gatepost.plan.frame import EDGE, ORDINAL, Frame
from gatepost.plan.hints import of_page
from gatepost.plan.ordering import Order, in_own_order
from gatepost.plan.output import JsonObject, aggregate, empty_list
from gatepost.plan.rows import Members, RowCompiler
from gatepost.plan.select import select
from gatepost.plan.selection import Selected
from gatepost.plan.sources import Condition, Hints, Source
from gatepost.plan.structures import value_as_json
from gatepost.plan.values import Leaf, Value
from gatepost.plan.values import constant as constant_leaf
from gatepost.schema.meaning import DistinctColumn, EdgeColumnField, Part, Rows, meaning_of

_NUMBER = "(number)"
_NOTHING: Hints = {}


class Connection:
    """Compiles one connection field of the row at hand."""

    def __init__(self, rows_compiler: RowCompiler, rows: Rows, field: Selected, parent: Frame | None) -> None:
        self.compiler = rows_compiler
        self.rows = rows
        self.field = field
        self.parent = parent
        self.values = rows_compiler.arguments(field)
        self.type, self.selected = rows_compiler.of(field)
        assert field.definition is not None
        self.definitions = field.definition.args
        self.backward = self.values.get("last") is not None
        if self.backward and self.values.get("first") is not None:
            raise BadInput("`first` and `last` cannot be given together.")
        self.size = self._size()
        self.offset = self._offset()
        distinct = self.values.get("distinct")
        columns = distinct if isinstance(distinct, list) else []
        self.placed = any(self.values.get(side) is not None for side in ("after", "before"))
        self.distinct = [column.name for column in columns if isinstance(column, DistinctColumn)]

    def compile(self) -> Condition:
        """The connection as one JSON value."""
        parts = [(field, _part(field)) for field in self.selected]
        paged = [field for field, part in parts if part in (Part.NODES, Part.EDGES, Part.PAGE_INFO)]
        self.placed |= any(_part(field) is not Part.NODES for field in paged)
        json = JsonObject()
        joins: list[sa.FromClause] = []
        if len(paged) == 1 and _part(paged[0]) is Part.NODES and not self.backward:
            page = {paged[0].key: self._nodes(paged[0])}
        elif paged:
            alias = self.compiler.aliases.fresh("a")
            page, aggregates = self._numbered(paged, alias)
            joins.append(aggregates)
        for field, part in parts:
            if part is None:
                json.add(field.key, constant(self.type.name))
            elif part is Part.TOTAL_COUNT:
                json.add(field.key, self._count())
            elif part is Part.AGGREGATES:
                json.add(field.key, Aggregation(self.compiler, field, *self._source()).whole())
            elif part is Part.GROUPED_AGGREGATES:
                json.add(field.key, Aggregation(self.compiler, field, *self._source()).grouped())
            else:
                json.add(field.key, page[field.key])
        return self.compiler.one(Members(json, joins), None)

    def _nodes(self, field: Selected) -> Condition:
        """The page's rows as they come, in order."""
        source, order = self._source(self._hints(self.size, self.values.get("after")))
        page = Frame(self.compiler.aliases.fresh("p"), direct=False)
        type_, selected = self.compiler.of(field)
        members = self.compiler.object(type_, selected, page)
        in_page = moved(order, page.alias)
        from_ = self._page(source, order, page, [], more=False)
        alias = self.compiler.aliases.fresh("o")
        nodes = members.select(from_).order_by(*in_page.sort()).subquery(alias)
        return select(aggregate(members.json.read(alias))).select_from(nodes)

    def _numbered(self, fields: list[Selected], alias: str) -> tuple[dict[str, Condition], sa.FromClause]:
        """The parts of the page, read from one row of aggregates over its numbered rows."""
        more = any(_part(field) is Part.PAGE_INFO for field in fields)
        read = self.size.then(lambda size: size + 1) if more else self.size
        source, order = self._source(self._hints(read, self.values.get("after")))
        page = Frame(self.compiler.aliases.fresh("p"), direct=False)
        rows = self.compiler.aliases.fresh("r")
        in_page = moved(order, page.alias)
        row_columns: list[Condition] = []
        results: list[Condition] = []
        parts: dict[str, Condition] = {}
        place = Reference(rows, _NUMBER)
        kept = place <= self._limit(0)
        ordered = place.desc() if self.backward else place.asc()

        def result(value: Condition) -> Condition:
            name = f"a{len(results)}"
            results.append(value.label(name))
            return Reference(alias, name)

        def row_column(value: Condition) -> Condition:
            name = f"r{len(row_columns)}"
            row_columns.append(value.label(name))
            return Reference(rows, name)

        for field in fields:
            part = _part(field)
            type_, selected = self.compiler.of(field)
            if part is Part.PAGE_INFO:
                cursor = row_column(cursors.of_row(in_page, self.compiler.parameters))
                first, last = place.asc(), place.desc()
                start, end = (last, first) if self.backward else (first, last)
                has_more = result(sa.func.coalesce(sa.func.bool_or(place > self._limit(0)), sa.false()))
                ends = {
                    Part.START_CURSOR: result(_first(cursor, start, kept)),
                    Part.END_CURSOR: result(_first(cursor, end, kept)),
                }
                parts[field.key] = self._page_info(type_, selected, has_more, ends)
                continue
            if part is Part.NODES:
                value = self.compiler.one(self.compiler.object(type_, selected, page), None)
            else:
                value = self._edge(type_, selected, page, in_page)
            items = sa.func.json_agg(aggregate_order_by(row_column(value), ordered)).filter(kept)
            parts[field.key] = result(sa.func.coalesce(items, empty_list()))
        from_ = self._page(source, order, page, [self._row_number(order)], more)
        inner = select(*row_columns, Reference(page.alias, _NUMBER).label(_NUMBER)).select_from(from_).subquery(rows)
        return parts, select(*results).select_from(inner).lateral(alias)

    def _edge(self, type_: Any, selected: list[Selected], page: Frame, order: Order) -> Condition:
        members = Members(JsonObject(), [])
        for field in selected:
            part = _part(field)
            if part is Part.CURSOR:
                members.json.add(field.key, cursors.of_row(order, self.compiler.parameters))
            elif part is Part.NODE:
                node_type, node_selected = self.compiler.of(field)
                members.json.add(
                    field.key, self.compiler.one(self.compiler.object(node_type, node_selected, page), None)
                )
            elif field.definition is not None:
                meaning = meaning_of(field.definition)
                assert isinstance(meaning, EdgeColumnField)
                value = page.column(EDGE + meaning.column.name)
                members.json.add(field.key, value_as_json(self.compiler, value, meaning.codec, field))
            else:
                members.json.add(field.key, constant(type_.name))
        return self.compiler.one(members, None)

    def _page_info(
        self, type_: Any, selected: list[Selected], has_more: Condition, ends: dict[Part, Condition]
    ) -> Condition:
        json = JsonObject()
        for field in selected:
            part = _part(field)
            if part in ends:
                json.add(field.key, ends[part])
            elif part is Part.HAS_NEXT_PAGE:
                json.add(
                    field.key, self._outside("before") if self.backward else sa.or_(has_more, self._outside("before"))
                )
            elif part is Part.HAS_PREVIOUS_PAGE:
                json.add(
                    field.key, sa.or_(has_more, self._outside("after")) if self.backward else self._outside("after")
                )
            else:
                json.add(field.key, constant(type_.name))
        return self.compiler.one(Members(json, []), None)

    def _outside(self, side: str) -> Condition:
        """Whether rows stand on the other side of the cursor `after` or `before`, or were passed over by `offset`."""
        cursor = self.values.get(side)
        skipped = self.offset is not None and self.backward is (side == "before")
        found: Condition = sa.false()
        if isinstance(cursor, Leaf):
            # If any row stands before the cursor `after`, the first of all does.
            source, order = self._source(self._hints(constant_leaf(1)) if side == "after" else {})
            towards = order if side == "after" else order.reversed()
            found = self._some(source, [cursors.up_to(towards, cursor, self.compiler.parameters)])
        if skipped:
            source, order = self._source()
            passed = self._some(source, self._cursor_conditions(order))
            found = sa.or_(found, sa.and_(self._offset_value() > sa.literal_column("0"), passed))
        return found

    def _some(self, source: Source, conditions: list[Condition]) -> Condition:
        return select(sa.true()).select_from(from_of(source)).where(*source.conditions, *conditions).exists()

    def _count(self) -> Condition:
        """How many rows there are on all pages."""
        source = self.compiler.sources.rows(self.rows, self.parent, self.values)
        conditions = [*source.conditions, *self._filtered(source.frame)]
        if self.distinct:
            alike = [source.frame.column(name) for name in self.distinct]
            rows = sa.select(*alike).distinct().select_from(source.from_).where(*conditions)
            return select(sa.func.count()).select_from(rows.subquery())
        return select(sa.func.count()).select_from(source.from_).where(*conditions)

    def _filtered(self, frame: Frame) -> list[Condition]:
        definition = self.definitions.get("filter")
        if definition is None:
            return []
        return self.compiler.filters.conditions(definition.type, self.values.get("filter"), frame)

    def _filters_along_relations(self) -> bool:
        definition = self.definitions.get("filter")
        return definition is not None and relations(definition.type, self.values.get("filter")) > 0

    def _hints(self, size: Leaf, after: Value = None) -> Hints:
        """What a function that pages itself is told, where the first rows in its own order are all that is read."""
        paging = self.rows.call.paging if self.rows.call is not None else None
        asked = any(self.values.get(name) for name in ("filter", "orderBy", "distinct"))
        if paging is None or asked or self.backward or self.offset is not None:
            return {}
        return of_page(self.compiler, self.rows, paging, size, after)

    def _source(self, hints: Hints = _NOTHING) -> tuple[Source, Order]:
        """The filtered rows, and their order."""
        source = self.compiler.sources.rows(self.rows, self.parent, self.values, hints)
        ordering = self.definitions.get("orderBy")
        wanted = self.values.get("orderBy")
        numbered = in_own_order(self.rows) and not wanted
        # A filter along a relation may become a join, out of which rows come in any order: they have their numbers by
        # then. Any other is better applied before, where an index may serve it.
        first = numbered and self.rows.call is not None and self._filters_along_relations()
        if not first:
            source.conditions.extend(self._filtered(source.frame))
        if numbered:
            source = Numbered(self.compiler.aliases.fresh("n"), source).source()
        if first:
            source.conditions.extend(self._filtered(source.frame))
        order = self.compiler.orderings.order(
            self.rows, get_named_type(ordering.type) if ordering else None, wanted, source.frame
        )
        if self.distinct:
            distinct = Distinct(self.compiler.aliases.fresh("d"), source, order, self.distinct)
            return distinct.source(), distinct.order()
        if self.placed and not self.rows.keyed and order.keys[-1].name != ORDINAL:
            repeated = Repeated(self.compiler.aliases.fresh("d"), source, order)
            return repeated.source(), repeated.order()
        return source, order

    def _row_number(self, order: Order) -> Condition:
        """A row's place on the page, from 1: Postgres numbers rows before it passes over those of `offset`."""
        sort = (order.reversed() if self.backward else order).sort()
        place: Condition = sa.func.row_number().over(order_by=sort)
        return (place if self.offset is None else place - self._offset_value()).label(_NUMBER)

    def _page(self, source: Source, order: Order, page: Frame, further: list[Condition], more: bool) -> sa.FromClause:
        """The subselect of the page's rows, with what the selection needs of them."""
        columns = page.brought(source.frame)
        columns += keys(order)
        statement = (
            select(*columns, *further)
            .select_from(from_of(source))
            .where(*source.conditions, *self._cursor_conditions(order))
            .order_by(*(order.reversed() if self.backward else order).sort())
            .limit(self._limit(1 if more else 0))
        )
        if self.offset is not None:
            statement = statement.offset(self._offset_value())
        return statement.lateral(page.alias) if self.parent is not None else statement.subquery(page.alias)

    def _cursor_conditions(self, order: Order) -> list[Condition]:
        conditions = []
        for side, sides_order in (("after", order), ("before", order.reversed())):
            cursor = self.values.get(side)
            if isinstance(cursor, Leaf):
                conditions.append(cursors.beyond(sides_order, cursor, self.compiler.parameters))
        return conditions

    def _size(self) -> Leaf:
        name = "last" if self.backward else "first"
        most = self.compiler.bounds.most

        def checked(size: Any) -> int:
            if not 0 <= size <= most:
                raise BadInput(
                    f"`{name}` may be from 0 to {most}, and is {size}.",
                    code="PAGE_SIZE",
                    extensions={"limit": most, "value": size},
                )
            return int(size)

        value: Value = self.values.get(name)
        if isinstance(value, Leaf):
            return value.then(checked)
        default = self.compiler.bounds.default
        return Leaf(lambda _: default, default)

    def _limit(self, more: int) -> Condition:
        if isinstance(self.size.constant, int):
            return number(self.size.constant + more)
        return self.compiler.parameters.add(self.size.then(lambda size: size + more).bind, sa.BigInteger())

    def _offset(self) -> Leaf | None:
        def checked(offset: Any) -> int:
            if offset < 0:
                raise BadInput(f"`offset` may not be negative, and is {offset}.")
            return int(offset)

        value = self.values.get("offset")
        return value.then(checked) if isinstance(value, Leaf) else None

    def _offset_value(self) -> Condition:
        assert self.offset is not None
        if isinstance(self.offset.constant, int):
            return number(self.offset.constant)
        return self.compiler.parameters.add(self.offset.bind, sa.BigInteger())


def _part(field: Selected) -> Part | None:
    """Which part of a connection a field is; None for __typename."""
    return meaning_of(field.definition) if field.definition else None


def _first(value: Condition, order: Condition, kept: Condition) -> Condition:
    """The first of the page's values in an order."""
    array = sa.func.array_agg(aggregate_order_by(value, order), type_=sa.ARRAY(sa.Text())).filter(kept)
    return sa.type_coerce(array, sa.ARRAY(sa.Text()))[sa.literal_column("1")]
