"""Operations of a caller who guesses: with the keys and values of rows that are hidden, nested ones too."""

from __future__ import annotations

from typing import Any, TypeVar

from graphql import GraphQLList, GraphQLNonNull, get_named_type
from hypothesis import strategies as st

from gatepost.catalog import Relation
from gatepost.schema.changes import ColumnInput, NestedPart, RelationInput
from gatepost.schema.meaning import ColumnField, MutationField, PayloadPart, Rows, meaning_of
from tests.differential.changing import Change, Changing
from tests.differential.drawn import Draw, Drawn
from tests.differential.naive import Asked
from tests.differential.operations import Generator
from tests.differential.world import World


class _Guess(Drawn):
    """Draws rows from those that another sees."""

    guessed: World

    def row(self, rows: Rows) -> Any:
        world = self.guessed if self.chance(50) else self.world
        found = world.rows[rows.relation.oid]
        return self.one(found) if found and self.chance(90) else None


_Made = TypeVar("_Made", bound=_Guess)


class _Query(_Guess, Generator):
    pass


class _Change(_Guess, Changing):
    pass


class _Nested(_Change):
    """Draws one mutation with rows nested in it."""

    depth = 0

    def _row(self, type_: Any, relation: Relation) -> dict[str, Any]:
        made = super()._row(type_, relation)
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if isinstance(meaning, RelationInput) and self.depth < 2 and self.chance(40):
                self.depth += 1
                made[name] = self._related(get_named_type(field.type), meaning.relation)
                self.depth -= 1
                ways = (*meaning.join.here,) if meaning.forward else ()
                for column in [n for n, f in type_.fields.items() if _is_of(f, ways)]:
                    made.pop(column, None)
        return made

    def _related(self, type_: Any, relation: Relation) -> dict[str, Any]:
        name = self.one(type_.fields)
        field = type_.fields[name]
        part: Any = get_named_type(field.type)
        item: Any
        if not hasattr(part, "fields"):
            item = True
        elif meaning_of(field) is NestedPart.CREATE:
            item = self._row(part, relation)
        else:
            item = self._key(part, relation)
        inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        return {name: [item] if isinstance(inner, GraphQLList) else item}

    def _key(self, type_: Any, relation: Relation) -> dict[str, Any]:
        """A key of a row, hidden or not, and what is to change of it; or what is to change alone."""
        rows = (self.guessed if self.chance(70) else self.world).rows[relation.oid]
        row = self.one(rows) if rows else None
        made: dict[str, Any] = {}
        patched = any(meaning_of(field) is NestedPart.PATCH for field in type_.fields.values())
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if meaning is NestedPart.PATCH:
                made[name] = self._row(get_named_type(field.type), relation)
            elif isinstance(meaning, ColumnInput) and (isinstance(field.type, GraphQLNonNull) or not patched):
                made[name] = self.operand(relation, meaning.column.name, row)
        return made


def _is_of(field: Any, columns: tuple[str, ...]) -> bool:
    meaning = meaning_of(field)
    return isinstance(meaning, ColumnInput) and meaning.column.name in columns


class _Call(_Guess):
    """Draws the call of a function that writes."""

    def call(self, name: str, field: Any) -> Change:
        meaning = meaning_of(field)
        assert isinstance(meaning, MutationField)
        keys = [row.texts["id"] for rows in self.guessed.rows.values() for row in rows if "id" in row.texts]
        input_ = {
            parameter.name: int(self.one(keys)) if parameter.name == "id" else self.number(-1, 2)
            for parameter in meaning.call.parameters
        }
        payload: Any = get_named_type(field.type)
        result = next(name for name, part in payload.fields.items() if meaning_of(part) is PayloadPart.RESULT)
        asked = Asked(result, result, payload.fields[result], payload.name)
        type_: Any = get_named_type(asked.definition.type)
        columns = {n: f for n, f in type_.fields.items() if isinstance(meaning_of(f), ColumnField)}
        asked.selection = [Asked(name, name, part, type_.name) for name, part in columns.items()]
        return Change(name, field, input_, asked, asks_count=False)


def _with(made: _Made, guessed: World) -> _Made:
    made.guessed = guessed
    return made


def _counted(change: Change, draw: Draw) -> Change:
    """The same, at times with nothing selected but how many rows there were."""
    if change.asks_count and draw(st.integers(0, 2)) == 2:
        change.result = None
        if change.input.get("all"):  # Postgres then reads no column, and asks no policy that shows rows
            change.input.pop("filter", None)
    return change


@st.composite
def queries(draw: Draw, world: World, guessed: World) -> list[Asked]:
    """The root fields of a query; keys and ids are also those of `guessed`'s rows."""
    return _with(_Query(world, draw), guessed).query()


@st.composite
def changes(draw: Draw, world: World, guessed: World) -> Change:
    """A mutation of one table; keys and values are also those of `guessed`'s rows."""
    return _counted(_with(_Change(world, draw), guessed).change(), draw)


@st.composite
def nested(draw: Draw, world: World, guessed: World) -> Change:
    """A mutation with others nested in it, or the call of a function."""
    mutation = world.schema.mutation_type
    calls = {
        name: field
        for name, field in (mutation.fields.items() if mutation is not None else ())
        if isinstance(meaning_of(field), MutationField)
    }
    if calls and draw(st.integers(0, 3)) == 3:
        return _with(_Call(world, draw), guessed).call(*draw(st.sampled_from(list(calls.items()))))
    return _counted(_with(_Nested(world, draw), guessed).change(), draw)
