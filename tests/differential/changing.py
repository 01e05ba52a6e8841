"""Mutations: made up, and compared with the same changes made row by row in plain SQL as the same role.

What plain SQL refuses must be refused, and change nothing; what it does must be done, and answered with the rows as a
naive query then finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
from graphql import GraphQLNonNull, get_named_type
from hypothesis import strategies as st

from gatepost.catalog import Relation
from gatepost.schema.changes import ColumnChoice, ColumnInput, Given, KeyChoice, Kind, Write
from gatepost.schema.meaning import ColumnField, NodeIdField, PayloadPart, meaning_of
from tests.api import Api
from tests.differential.check import Differs, same
from tests.differential.document import Document, plain
from tests.differential.drawn import Draw, Drawn
from tests.differential.library import quoted, words
from tests.differential.naive import Asked, Naive
from tests.differential.values import Label, Operand
from tests.differential.world import Who, World, read

State = dict[str, list[tuple[str | None, ...]]]
_GIVEN = {Given.ROW, Given.PATCH, Given.INCREMENT, Given.FILTER, Given.ALL, Given.AT_MOST}
_GIVEN |= {Given.ON_CONFLICT, Given.UPDATE}


@dataclass
class Change:
    """A mutation: its field, its input as the API takes it, and what of its rows is asked for."""

    name: str
    definition: Any
    input: dict[str, Any]
    result: Asked | None
    asks_count: bool

    @property
    def write(self) -> Write:
        found = meaning_of(self.definition)
        assert isinstance(found, Write)
        return found

    def given(self, wanted: Given) -> Any:
        """The value of an input's field; None where it is not given."""
        for name, field in get_named_type(self.definition.args["input"].type).fields.items():
            if meaning_of(field) is wanted and name in self.input:
                return self.input[name]
        return None

    @property
    def text(self) -> str:
        parts = ["count"] if self.asks_count else []
        if self.result is not None:
            parts.append(f"{self.result.name} {Document(self.result.selection).text}")
        input_type = self.definition.args["input"].type
        return f"mutation M($input: {input_type}) {{ m: {self.name}(input: $input) {{ {' '.join(parts)} }} }}"


@st.composite
def changes(draw: Draw, world: World) -> Change:
    """A mutation of one table."""
    return Changing(world, draw).change()


def writes_of(world: World) -> dict[str, Any]:
    """The mutations that are known here: those of tables whose rows are read by a key."""
    mutation = world.schema.mutation_type
    return {
        name: field
        for name, field in (mutation.fields.items() if mutation is not None else ())
        if isinstance(write := meaning_of(field), Write)
        and write.rows is not None
        and write.identity
        and all(
            (kind := world.kind(write.relation, column.name)) is not None and world.pool(kind)
            for _, column, _ in write.key
        )
    }


class Changing(Drawn):
    """Draws one mutation."""

    def change(self) -> Change:
        name, definition = self.one(writes_of(self.world).items())
        write = meaning_of(definition)
        row = self.row(write.rows) if write.rows is not None else None
        input_: dict[str, Any] = {
            argument: self.operand(write.relation, column.name, row) for argument, column, _ in write.key
        }
        for field_name, field in get_named_type(definition.args["input"].type).fields.items():
            given = meaning_of(field)
            if given in _GIVEN and (isinstance(field.type, GraphQLNonNull) or self.chance(60)):
                input_[field_name] = self._given(given, field.type, write)
        if write.many and write.kind in (Kind.UPDATE, Kind.DELETE):
            input_["all"] = True
        return Change(name, definition, input_, *self._asked(definition))

    def _given(self, given: Given, type_: Any, write: Write) -> Any:
        named: Any = get_named_type(type_)
        match given:
            case Given.ROW:
                made = [self._row(named, write.relation) for _ in range(self.number(1, 3) if write.many else 1)]
                return made if write.many else made[0]
            case Given.PATCH:
                return self._row(named, write.relation)
            case Given.INCREMENT:
                return {name: self._number(named.fields[name]) for name in self.few(named.fields)}
            case Given.FILTER:
                return self.filter(named, write.relation, 1)
            case Given.AT_MOST:
                return self.number(0, 4)
            case Given.ON_CONFLICT:
                return Label(self.one(named.values))
            case Given.UPDATE:
                return [Label(name) for name in self.few(named.values)]
        return True

    def _number(self, field: Any) -> Operand:
        text = str(self.number(-2, 3))
        kind = self.world.library.kind(meaning_of(field).codec)
        assert kind is not None
        return Operand(kind.given(text), None, text)

    def _row(self, type_: Any, relation: Relation) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if not isinstance(meaning, ColumnInput) or self.world.library.kind(meaning.codec) is None:
                continue
            if isinstance(field.type, GraphQLNonNull) or self.chance(45):
                null = not isinstance(field.type, GraphQLNonNull) and self.chance(10)
                made[name] = None if null else self._value(relation, meaning)
        return made

    def _value(self, relation: Relation, meaning: ColumnInput) -> Any:
        kind = self.world.library.kind(meaning.codec)
        assert kind is not None
        if not self.world.pool(kind) and kind.name != "text":
            return None
        if kind.name == "text" and self.chance(60):
            text = self.draw(st.text("abc ", max_size=3))
            return Operand(text, text, text)
        return self.operand(relation, meaning.column.name, None) if self.kind(relation, meaning.column.name) else None

    def _asked(self, definition: Any) -> tuple[Asked | None, bool]:
        fields = get_named_type(definition.type).fields
        result = next((name for name, field in fields.items() if meaning_of(field) is PayloadPart.RESULT), None)
        if result is None:
            return None, True
        asked = Asked(result, result, fields[result], "Payload")
        type_: Any = get_named_type(fields[result].type)
        leaves = [
            name
            for name, field in type_.fields.items()
            if isinstance(meaning := meaning_of(field), ColumnField | NodeIdField)
            and not getattr(getattr(meaning, "codec", None), "structured", False)
        ]
        asked.selection = [Asked(name, name, type_.fields[name], type_.name) for name in leaves]
        return asked, "count" in fields


class Writing:
    """A database that one caller changes; each mutation finds it as it was at first."""

    def __init__(self, api: Api, who: Who, connection: Any, world: World) -> None:
        self.api = api
        self.who = who
        self.connection = connection
        self.world = world
        self.catalog = world.library.catalog
        self.tables = [relation for relation in self.catalog.relations.values() if relation.kind in "rp"]

    @classmethod
    async def of(cls, api: Api, who: Who) -> Writing:
        connection = await asyncpg.connect(api.url, user="postgres")
        roles = api.gateway.engine.roles
        served = await roles.of(who.role)
        made = cls(api, who, connection, await read(connection, served.schema, roles.catalog, who))
        await connection.execute("create schema if not exists differential_backup")
        for relation in made.tables:
            name = quoted("differential_backup", f"{relation.schema}.{relation.name}")
            await connection.execute(f"drop table if exists {name}; create table {name} as table {_named(relation)}")
        made.sequences = await made._sequences()
        return made

    async def _sequences(self) -> list[Any]:
        names = await self.connection.fetch("select schemaname, sequencename from pg_sequences order by 1, 2")
        found = []
        for schema, name in names:
            query = words("select last_value, is_called from", quoted(schema, name))
            found.append((schema, name, *(await self.connection.fetchrow(query))))
        return found

    async def _reset_sequences(self) -> None:
        for schema, name, last, called in self.sequences:
            await self.connection.execute("select setval($1::regclass, $2, $3)", quoted(schema, name), last, called)

    async def restore(self) -> None:
        """Puts every row back."""
        async with self.connection.transaction():
            await self.connection.execute("set local session_replication_role = replica")
            for relation in self.tables:
                names = ", ".join(quoted(column.name) for column in relation.columns if not column.generated)
                backup = quoted("differential_backup", f"{relation.schema}.{relation.name}")
                put = ["insert into", _named(relation), "(", names, ") overriding system value select", names]
                await self.connection.execute(words("delete from", _named(relation)))
                await self.connection.execute(words(*put, "from", backup))
        await self._reset_sequences()

    async def state(self) -> State:
        """All rows of all tables, as text forms."""
        found: State = {}
        for relation in self.tables:
            rows = await self.connection.fetch(words("select t::text from", _named(relation), "as t order by 1"))
            found[_named(relation)] = [tuple(row) for row in rows]
        return found

    async def check(self, change: Change) -> None:
        """Raises Differs where a mutation does something else than plain SQL."""
        before = await self.state()
        transaction = self.connection.transaction()
        await transaction.start()
        refused: str | None = None
        count = 0
        try:
            async with self.connection.transaction():
                await self.connection.execute("select set_config('request.jwt.claims', $1, true)", self.who.json)
                await self.connection.execute("select set_config('role', $1, true)", self.who.role)
                count = await self._done(change)
                await self.connection.execute("reset role")
                await self.connection.execute("set constraints all immediate")
            expected = await self.state()
        except (asyncpg.PostgresError, _Refused) as error:
            refused, expected = str(error), before
        await transaction.rollback()
        await self._reset_sequences()
        variables = {"input": plain(change.input)}
        reply = await self.api.reply(change.text, variables, role=self.who.role, claims=dict(self.who.claims))
        try:
            after = await self.state()
            if (refused is not None) is not ("errors" in reply.body):
                raise Differs(f"plain SQL says {refused}")
            if "errors" in reply.body and reply.body["errors"][0]["extensions"]["code"] == "INTERNAL":
                raise Differs("an error of the gateway's own")
            if not _hidden(change, reply.body):
                same(expected, after, "rows", {})
            if refused is None:
                await self._check_payload(change, reply.body["data"]["m"], count)
        except Differs as difference:
            raise Differs(f"{difference}\nas {self.who}\n{change.text}\n{variables}\n{reply.text}") from None
        finally:
            if after != before:
                await self.restore()
            await self._reset_sequences()

    async def _check_payload(self, change: Change, payload: dict[str, Any], count: int) -> None:
        if change.asks_count and payload["count"] != count:
            raise Differs(f"count: {count} and {payload['count']}")
        if change.result is None:
            return
        world = self.world
        if change.write.kind is not Kind.DELETE:
            world = await read(self.connection, self.world.schema, self.catalog, self.who)
        naive = Naive(world, 50)
        rows = world.rows[change.write.relation.oid]
        shown = [naive.object(row, change.result.selection) for row in rows]
        got = payload[change.result.name]
        for item in got if isinstance(got, list) else [got]:
            if item is not None and not any(_is(row, item) for row in shown):
                raise Differs(f"not a row that is there: {item}")

    async def _done(self, change: Change) -> int:
        """Does the same in plain SQL, and counts rows. Raises PostgresError, and _Refused where there is none."""
        write = change.write
        if write.kind in (Kind.CREATE, Kind.UPSERT):
            rows = change.given(Given.ROW)
            fields = get_named_type(_input_type(change, Given.ROW)).fields
            done = 0
            for row in rows if isinstance(rows, list) else [rows]:
                values = {meaning_of(fields[name]).column.name: _literal(value) for name, value in row.items()}
                conflict = self._conflict(change, values) if write.kind is Kind.UPSERT else ""
                done += await self._run(_insert(write.relation, values, conflict))
            return done
        done = 0
        sets = self._sets(change) if write.kind is Kind.UPDATE else {}
        if write.kind is Kind.UPDATE and not sets:
            raise _Refused("nothing to change")
        for where in self._found(change):
            verb = "delete from" if write.kind is Kind.DELETE else "update"
            assigned = ", ".join(f"{quoted(name)} = {value}" for name, value in sets.items())
            head = words(verb, _named(write.relation), *(["set", assigned] if assigned else []))
            done += await self._run(words(head, "where", where))
        most = change.given(Given.AT_MOST)
        if most is not None and done > most:
            raise _Refused("more rows than that")
        if not write.many and not done:
            raise _Refused("no such row")
        return done

    def _found(self, change: Change) -> list[str]:
        """The rows that are asked for and seen, as conditions."""
        naive, write = Naive(self.world, 50), change.write
        found = []
        for row in self.world.rows[write.relation.oid]:
            filter_ = change.given(Given.FILTER)
            kept = filter_ is None or naive.holds(row, _input_type(change, Given.FILTER), filter_) is True
            of_key = (row.texts[column.name] == change.input[name].text for name, column, _ in write.key)
            if kept and all(of_key):
                named = ((column.name, row.texts[column.name]) for _, column, _ in write.identity)
                found.append(" and ".join(f"{quoted(name)} = {_text(text)}" for name, text in named))
        return found

    def _sets(self, change: Change) -> dict[str, str]:
        sets: dict[str, str] = {}
        for given, form in ((Given.PATCH, "{}"), (Given.INCREMENT, "{column} + {}")):
            for name, value in (change.given(given) or {}).items():
                column = meaning_of(get_named_type(_input_type(change, given)).fields[name]).column.name
                if column in sets:
                    raise _Refused("a column is set twice")
                sets[column] = form.format(_literal(value), column=quoted(column))
        return sets

    def _conflict(self, change: Change, values: dict[str, str]) -> str:
        enum = get_named_type(_input_type(change, Given.ON_CONFLICT))
        key = enum.values[change.given(Given.ON_CONFLICT).name].value
        assert isinstance(key, KeyChoice)
        wanted = change.given(Given.UPDATE)
        may = change.write.relation.by_name
        columns = [name for name in values if name not in key.columns and may[name].update]
        if wanted is not None:
            choices = get_named_type(_input_type(change, Given.UPDATE)).values
            found = [choices[label.name].value for label in wanted]
            columns = [choice.column for choice in found if isinstance(choice, ColumnChoice)]
            if not set(columns) <= set(values):
                raise _Refused("a column that the new row does not give")
        sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in columns)
        target = ", ".join(quoted(name) for name in key.columns)
        return words("on conflict (", target, ") do", f"update set {sets}" if sets else "nothing")

    async def _run(self, statement: str) -> int:
        status = await self.connection.execute(statement)
        return int(status.split()[-1])

    sequences: list[Any]


class _Refused(Exception):
    """What plain SQL does in silence, and the API refuses."""


def _named(relation: Relation) -> str:
    return quoted(relation.schema, relation.name)


def _text(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def _literal(value: Operand | None) -> str:
    return "null" if value is None else _text(value.text)


def _input_type(change: Change, given: Given) -> Any:
    fields = get_named_type(change.definition.args["input"].type).fields
    return next(field.type for field in fields.values() if meaning_of(field) is given)


def _insert(relation: Relation, values: dict[str, str], conflict: str) -> str:
    if not values:
        return words("insert into", _named(relation), "default values", conflict)
    columns = ", ".join(quoted(name) for name in values)
    return words("insert into", _named(relation), "(", columns, ") values (", ", ".join(values.values()), ")", conflict)


def _hidden(change: Change, body: dict[str, Any]) -> bool:
    """Whether new rows are none that their author sees; these are added in a second try, with numbers of their own."""
    if change.write.kind not in (Kind.CREATE, Kind.UPSERT) or change.result is None or "errors" in body:
        return False
    return not body["data"]["m"][change.result.name]


def _is(row: dict[str, Any], item: dict[str, Any]) -> bool:
    try:
        same(row, item, "row", {})
    except Differs:
        return False
    return True
