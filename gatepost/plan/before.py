"""The rows of an UPDATE as they were before it: read and locked first, and handed through what writes."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from graphql import GraphQLObjectType

from gatepost.catalog import Relation
from gatepost.plan.elements import Reference
from gatepost.plan.frame import Frame
from gatepost.plan.inserts import Inserts, Returned, table_of
from gatepost.plan.output import aggregate
from gatepost.plan.patches import Found, is_locked, locked
from gatepost.plan.rows import Members, RowCompiler
from gatepost.plan.selection import Selected
from gatepost.plan.sources import Condition


class Before:
    """What a payload asks of the rows as they were."""

    def __init__(self, compiler: RowCompiler, part: Selected) -> None:
        type_, selected = compiler.of(part)
        assert isinstance(type_, GraphQLObjectType)
        self._compiler = compiler
        self._frame = Frame(compiler.aliases.fresh("b"), direct=False)
        self._members: Members = compiler.object(type_, selected, self._frame)
        self._several = False  # a key may find several rows

    def rows(self, relation: Relation, identity: list[str], found: Found, inserts: Inserts) -> sa.CTE:
        """The CTE of the rows as they are now: what is asked of them, and what tells each from all others."""
        self._several = relation.inherited
        target = table_of(relation).alias(self._compiler.aliases.fresh("t"))
        assert isinstance(target, sa.Alias)
        inner = Frame(target.name, direct=True)
        brought = self._frame.brought(inner)
        needed = [column.label(f"o{place}") for place, column in enumerate(brought)]
        keys = [target.c[name].label(f"i{place}") for place, name in enumerate(identity)]
        rows = sa.select(*needed, *keys).select_from(target).where(*found(target), inserts.gate())
        return inserts.add(locked(rows, relation, target))

    @staticmethod
    def found(old: sa.CTE, identity: list[str], relation: Relation, found: Found) -> Found:
        """The conditions of the rows to write: those that are locked; they pass `found` since then."""

        def conditions(target: sa.Alias) -> list[Condition]:
            same = [target.c[name] == old.c[f"i{place}"] for place, name in enumerate(identity)]
            return same if is_locked(relation) else [*same, *found(target)]

        return conditions

    def returned(self, old: sa.CTE, returned: Callable[[sa.Alias], Returned]) -> Callable[[sa.Alias], Returned]:
        """What RETURNING hands through, beside what else it gives."""
        return lambda target: [
            *returned(target),
            *((f"o{place}", old.c[f"o{place}"]) for place in range(len(self._frame.needs))),
        ]

    def read(self, written: sa.CTE, many: bool) -> Condition:
        """The rows as JSON, in the order of those that were written."""
        alias = self._frame.alias
        columns = [Reference(written.name, f"o{place}").label(name) for place, name in enumerate(self._frame.needs)]
        rows = sa.select(*(columns or [sa.true().label("(one)")])).select_from(written).subquery(alias)
        if not many:
            return self._compiler.one(self._members, rows, several=self._several)
        inner = self._compiler.aliases.fresh("o")
        objects = self._members.select(rows).subquery(inner)
        return sa.select(aggregate(self._members.json.read(inner))).select_from(objects).scalar_subquery()
