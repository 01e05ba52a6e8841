"""UPDATEs with what is written along relations: rows referred to first, then the row, then the rows that refer to it.

As with `inserts.py` all of it is one statement, of which each part sees the rows as they were before. A row that two
parts are to change is changed by one of them (Postgres manual, 7.8.4); the other finds none, so that all is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from graphql import get_named_type

from gatepost.catalog import Relation
from gatepost.errors import BadInput
from gatepost.plan.elements import Reference
from gatepost.plan.frame import Frame
from gatepost.plan.given import Cells, Givens, Nested, Values
from gatepost.plan.inserts import Inserts, Returned, label, parts, table_of
from gatepost.plan.sources import Condition
from gatepost.plan.values import Value
from gatepost.schema.changes import NestedPart
from gatepost.schema.meaning import Through

Found = Callable[[sa.Alias], list[Condition]]
"""The conditions of the rows that are meant, under an alias of their table."""


class Patches:
    """The CTEs of one statement; `single`: the mutation is of one row, not of all that pass a filter."""

    def __init__(self, givens: Givens, inserts: Inserts, *, single: bool) -> None:
        self._givens = givens
        self._inserts = inserts
        self._single = single

    def update(
        self,
        relation: Relation,
        given: tuple[Values, list[Nested]],
        found: Found,
        returned: Callable[[sa.Alias], Returned],
        operated: Callable[[Frame], Cells] | None = None,
        *,
        least: int = 0,
        of: sa.CTE | None = None,
    ) -> sa.CTE:
        """One UPDATE with all that is nested in it; where no column changes, the rows are locked alone.

        Raises BadInput where there is nothing to change, or one column twice.
        """
        target = _aliased(relation, self._givens.alias("t"))
        cells, nested = self._givens.cells(given[0]), given[1]
        ahead = [part for part in nested if part.meaning.forward]
        behind = [part for part in nested if not part.meaning.forward]
        conditions: list[Condition] = []
        for part in ahead:
            cells += self._referred(part, relation, found, conditions)
        if operated is not None:
            cells += operated(Frame(target.name, direct=True))
        if not cells and not any(parts(part) for part in nested):
            raise BadInput("There is nothing to change: give at least one value.")
        if len({name for name, _ in cells}) < len(cells):
            raise BadInput("A column is changed twice.")
        updated = [part for part in ahead if NestedPart.UPDATE in parts(part)]
        needed = sorted({name for part in (*behind, *updated) for name in part.meaning.join.here})
        columns = [value.label(name) for name, value in returned(target)]
        columns += [target.c[name].label(label(name)) for name in needed]
        conditions += [*found(target), self._inserts.gate()]
        if cells:
            statement: Any = sa.update(target).values({target.c[name]: value for name, value in cells})
            statement = statement.where(*conditions).returning(*columns)
        else:
            statement = locked(sa.select(*columns).select_from(target).where(*conditions), relation, target)
        made = self._inserts.add(statement, least, of)
        for part in updated:
            self._update_referred(part, made)
        for part in behind:
            after = self._undone(part, made)
            self._inserts.referring(part, made, after, self._single)
        return made

    def _referred(self, nested: Nested, relation: Relation, found: Found, conditions: list[Condition]) -> Cells:
        """What a foreign key's columns are to be, and in `conditions` what has to hold for it."""
        join, given = nested.meaning.join, parts(nested)
        if not given or set(given) == {NestedPart.UPDATE}:
            return []
        if len(given) > 1:
            raise BadInput(f"Give one of {', '.join(f'`{name}`' for name, _ in given.values())} alone.")
        if NestedPart.CREATE in given or NestedPart.CONNECT in given:
            source = self._inserts.referred(nested)
            conditions.append(sa.exists().select_from(source))
            pairs = zip(join.here, join.there, strict=True)
            return [
                (here, sa.select(Reference(source.name, label(there))).select_from(source).scalar_subquery())
                for here, there in pairs
            ]
        if NestedPart.DELETE in given:
            if not self._single:
                raise BadInput("`delete` deletes what one row refers to, and not what all that pass a filter do.")
            near = _aliased(relation, self._givens.alias("t"))
            far = _aliased(nested.meaning.relation, self._givens.alias("t"))
            on = [far.c[there] == near.c[here] for here, there in zip(join.here, join.there, strict=True)]
            delete = sa.delete(far).where(*on, *found(near), self._inserts.gate())
            self._inserts.add(delete.returning(_one()), 1)
        return [(name, sa.null()) for name in join.here if not relation.by_name[name].not_null]

    def _update_referred(self, nested: Nested, made: sa.CTE) -> None:
        """Changes the row that those of `made` refer to."""
        name, value = parts(nested)[NestedPart.UPDATE]
        self._change(nested, name, value, made, [])

    def _change(self, nested: Nested, name: str, patch: Value, made: sa.CTE, keys: Sequence[tuple[Value, Any]]) -> None:
        """Changes the rows along a relation, or that one of them that has this key."""
        meaning = nested.meaning
        inner = nested.type_.fields[name].type
        type_ = get_named_type(inner)
        if keys:
            type_ = get_named_type(type_.fields[NestedPart.PATCH.value].type)
        given = self._givens.parted(meaning.relation, patch, type_, (*nested.path, name))

        def found(target: sa.Alias) -> list[Condition]:
            conditions = tied(nested, made, target)
            for key, key_type in keys:
                conditions += self._inserts.by_key(key, key_type, target)
            return conditions

        self.update(meaning.relation, given, found, lambda _: [("one", sa.literal_column("1"))], least=1, of=made)

    def _undone(self, nested: Nested, made: sa.CTE) -> list[Condition]:
        """Changes, parts from and deletes rows along a relation; gives what holds when it is done."""
        meaning, after = nested.meaning, []
        for part, (name, value) in parts(nested).items():
            type_ = get_named_type(nested.type_.fields[name].type)
            if part is NestedPart.UPDATE:
                for item in value if isinstance(value, list) else []:
                    assert isinstance(item, dict)
                    self._change(nested, name, item[NestedPart.PATCH.value], made, [(item, type_)])
                if isinstance(value, dict):
                    self._change(nested, name, value, made, [])
                continue
            if part not in (NestedPart.DISCONNECT, NestedPart.DELETE) or value == []:
                continue
            items = value if isinstance(value, list) else []
            if meaning.through is not None:
                cte = self._part(nested, meaning.through, items, type_, made)
            else:
                target = _aliased(meaning.relation, self._givens.alias("t"))
                conditions = [*tied(nested, made, target), self._inserts.gate()]
                if items:
                    conditions.append(self._inserts.keyed(items, type_, target)[1])
                statement: Any = sa.delete(target)
                if part is NestedPart.DISCONNECT:
                    columns = meaning.relation.by_name
                    loose = [name for name in meaning.join.there if not columns[name].not_null]
                    statement = sa.update(target).values({target.c[name]: sa.null() for name in loose})
                cte = self._inserts.add(statement.where(*conditions).returning(_one()), len(items) or 1, made)
            # Counting takes all of it, so that what is unique is free again.
            count = sa.select(sa.func.count()).select_from(cte).scalar_subquery()
            after.append(count >= sa.literal_column("0"))
        return after

    def _part(self, nested: Nested, through: Through, items: list[Value], type_: Any, made: sa.CTE) -> sa.CTE:
        """Takes away rows of a junction table."""
        junction = _aliased(through.junction, self._givens.alias("t"))
        far = _aliased(nested.meaning.relation, self._givens.alias("t"))
        near = zip(through.near.here, through.near.there, strict=True)
        conditions: list[Condition] = [made.c[label(here)] == junction.c[there] for here, there in near]
        conditions += [
            junction.c[here] == far.c[there] for here, there in zip(through.far.here, through.far.there, strict=True)
        ]
        conditions += [self._inserts.keyed(items, type_, far)[1], self._inserts.gate()]
        return self._inserts.add(sa.delete(junction).where(*conditions).returning(_one()), len(items), made)


def tied(nested: Nested, made: sa.CTE, target: sa.Alias) -> list[Condition]:
    """The conditions by which rows of `target` are those along a relation of `made`."""
    join = nested.meaning.join
    return [made.c[label(here)] == target.c[there] for here, there in zip(join.here, join.there, strict=True)]


def is_locked(relation: Relation) -> bool:
    """Whether a SELECT may lock its rows, whatever it holds: a view may count."""
    return relation.kind in "rp"


def locked(select: sa.Select[Any], relation: Relation, target: sa.Alias) -> sa.Select[Any]:
    """A SELECT of rows that are about to be written: none but those that the caller may change, as they are now."""
    return select.with_for_update(of=target) if is_locked(relation) else select


def _aliased(relation: Relation, alias: str) -> sa.Alias:
    target = table_of(relation).alias(alias)
    assert isinstance(target, sa.Alias)
    return target


def _one() -> sa.Label[Any]:
    return sa.literal_column("1").label("one")
