"""Random databases: tables that refer to each other, grants, policies, views and functions, and rows, many hidden.

Every text holds a canary, a word that is nowhere else, and every key is a number that is nowhere else; what no caller
may know by name is called by a canary, too. See `canaries.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.differential.library import words

ROLES = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'leaks_gateway') then
        create role leaks_owner nologin;
        create role leaks_guest nologin;
        create role leaks_member nologin;
        create role leaks_admin nologin;
        create role leaks_gateway login noinherit;
        grant leaks_guest, leaks_member, leaks_admin to leaks_gateway;
    end if;
end
$$;
"""
"""`leaks_admin` sees all rows and columns: what it is answered, others try to use."""
GUEST, MEMBER, ADMIN = "leaks_guest", "leaks_member", "leaks_admin"
_BEGIN = """
drop schema if exists leaks, differential_backup cascade;
create schema leaks authorization leaks_owner;
grant usage on schema leaks to leaks_guest, leaks_member, leaks_admin;
set role leaks_owner;
create function leaks.viewer() returns integer language sql stable as
$$ select nullif(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub', '')::integer $$;
comment on function leaks.viewer() is '@omit'
"""
_DEFINER = "stable security definer set search_path = ''"
_NAMES = ("notes", "teams", "tasks", "events", "files", "people")
_WORDS = ("alpha", "beta", "gamma", "delta", "alpha beta")


def draws(seed: object) -> Random:
    """What draws the same each time."""
    return Random(str(seed))  # noqa: S311 (a seed, so that a failure comes back)


@dataclass
class Column:
    """A column: its definition after the name, and how its values are made."""

    name: str
    definition: str
    makes: str
    """"key", "owner", "level", "text", "amount", "moment", "words", "made" by the database, or a table's name."""
    nullable: bool = False
    secret: bool = False


@dataclass
class Table:
    """A table and who may do what with it."""

    name: str
    columns: list[Column]
    key: tuple[str, ...] = ("id",)
    hidden: bool = False
    """Granted to `leaks_admin` alone."""
    rows: list[dict[str, str]] = field(default_factory=list)
    """Literals by columns."""

    def references(self, known: list[str]) -> list[Column]:
        return [column for column in self.columns if column.makes in known]


class Making:
    """Draws one database: `schema` makes it in place of the one before, and `fill` its rows in place of all rows."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._numbers = set[int]()
        self.tables: list[Table] = []
        self._statements: list[str] = []
        self._make()

    # Draws

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def canary(self) -> str:
        """A word that is nowhere else."""
        return f"zq{self.random.getrandbits(32):08x}"

    def number(self) -> int:
        """A number of eight digits that is nowhere else."""
        while (number := self.random.randrange(10_000_000, 99_999_999)) in self._numbers:
            pass
        self._numbers.add(number)
        return number

    def literal(self, makes: str) -> str:
        """A value for what does not refer to rows."""
        match makes:
            case "key":
                return str(self.number())
            case "owner":
                return self.random.choice(["1", "1", "2", "2", "3", "null"])
            case "level":
                return str(self.random.randrange(4))
            case "text":
                return f"'{self.random.choice(_WORDS)} {self.canary()}'"
            case "amount":
                return str(self.random.randrange(20))
            case "moment":
                return f"'2024-0{self.random.randrange(1, 10)}-1{self.random.randrange(10)} 12:00+00'"
            case "words":
                return f"array['{self.canary()}', '{self.random.choice(_WORDS)}']"
        raise ValueError(makes)

    # The schema

    def _make(self) -> None:
        names = self.random.sample(_NAMES, self.random.randrange(2, 5))
        self.tables = [self._table(name, names[:place]) for place, name in enumerate(names)]
        backward = []
        if len(names) > 2 and self.chance(50):  # the other way round
            column = Column(f"main_{names[-1]}_id", "integer", names[-1], nullable=True)
            backward.append((self.tables[0], column))
        if self.chance(70):
            self.tables.append(self._junction(*self.random.sample(names, 2)))
        hidden = [self._hidden(name) for name in self.random.sample(names, self.random.randrange(1, 3))]
        self.tables += hidden
        for table in self.tables:
            definitions = [f"{column.name} {column.definition}" for column in table.columns]
            definitions.append(f"primary key ({', '.join(table.key)})")
            definitions += self._constraints(table)
            self._say(f"create table leaks.{table.name} ({', '.join(definitions)})")
        for table, column in backward:
            table.columns.append(column)
            target = f"leaks.{column.makes} on delete set null"
            self._say(f"alter table leaks.{table.name} add {column.name} integer references {target}")
        self._rows([*names, *(table.name for table in self.tables if table.name not in names)], names)
        viewed = self.random.sample(names, self.random.randrange(3))
        for table in sorted(self.tables, key=lambda table: not table.hidden):
            self._policies(table, [one for one in self.tables if one.name in self._before(table)], hidden)
            self._grant(table, whole=table.name in viewed)
        for name in names:
            self._functions(name, names)
        for table in hidden:
            self._audit(table, self.random.choice(names))
        for name in viewed:
            self._view(next(table for table in self.tables if table.name == name))
        self.schema = _script(_BEGIN, *self._statements, "reset role")
        self.fill = _script("set session_replication_role = replica", *self._fill(), "reset session_replication_role")

    def _say(self, statement: str) -> None:
        self._statements.append(statement)

    def _before(self, table: Table) -> list[str]:
        """The tables that this one's policies may look at: never in circles, which Postgres refuses."""
        if not hasattr(self, "_order"):
            self._order = [table.name for table in self.tables if not table.hidden]
            self.random.shuffle(self._order)
        if table.hidden:
            return []
        return self._order[: self._order.index(table.name)]

    def _reference(self, name: str, target: str, nullable: bool) -> Column:
        action = self.random.choice(["", "", "", " on delete cascade", " on delete set null" if nullable else ""])
        unique = " unique" if nullable and self.chance(20) else ""
        needed = "" if nullable else " not null"
        return Column(name, f"integer{needed}{unique} references leaks.{target}{action}", target, nullable)

    def _table(self, name: str, before: list[str]) -> Table:
        key = "integer generated by default as identity" if self.chance(60) else "integer"
        columns = [
            Column("id", key, "key"),
            Column("owner_id", "integer", "owner", nullable=True),
            Column("level", "integer not null default 0", "level"),
            Column("label", f"text{' unique' if self.chance(40) else ''}", "text", nullable=True),
        ]
        if self.chance(60):
            columns.append(Column("amount", "integer not null default 1 check (amount < 1000)", "amount"))
        if self.chance(40):
            columns.append(Column("made_at", "timestamptz", "moment", nullable=True))
        if self.chance(30):
            columns.append(Column("words", "text[]", "words", nullable=True))
        if self.chance(30):
            made = "tsvector generated always as (to_tsvector('simple', coalesce(label, ''))) stored"
            columns.append(Column("search", made, "made"))
        chosen = [target for target in before if self.chance(60)]
        columns += [self._reference(f"{target}_id", target, self.chance(60)) for target in chosen]
        if self.chance(30):
            columns.append(Column("parent_id", f"integer references leaks.{name} on delete set null", name, True))
        if self.chance(60):
            definition = self.random.choice(
                ["text default 'none'", "text unique", "text not null default 'none'", "text not null"]
            )
            columns.append(Column(self.canary(), definition, "text", "not null" not in definition, secret=True))
        return Table(name, columns)

    def _junction(self, one: str, other: str) -> Table:
        columns = [
            Column(f"{one}_id", f"integer not null references leaks.{one} on delete cascade", one),
            Column(f"{other}_id", f"integer not null references leaks.{other} on delete cascade", other),
            Column("note", "text", "text", nullable=True),
        ]
        return Table(f"{one}_{other}", columns, (f"{one}_id", f"{other}_id"))

    def _hidden(self, target: str) -> Table:
        """A table that callers do not know of: it refers to one that they know."""
        columns = [
            Column("id", "integer generated by default as identity", "key"),
            Column("label", f"text{' unique' if self.chance(40) else ''}", "text", nullable=True),
            Column("amount", "integer not null default 1", "amount"),
            self._reference(f"{target}_id", target, nullable=True),
        ]
        return Table(self.canary(), columns, hidden=True)

    def _constraints(self, table: Table) -> list[str]:
        names = [column.name for column in table.columns]
        found = []
        if "amount" in names and self.chance(30):
            # No row is of this: what breaks it is a caller's, or a trigger's.
            found.append(f"constraint {self.canary()}_amount check (amount <> 77)")
        if "level" in names and self.chance(20):
            found.append("unique (level, label)")
        return found

    # Rows

    def _rows(self, names: list[str], known: list[str]) -> None:
        by_name = {table.name: table for table in self.tables}
        for name in names:
            table = by_name[name]
            for _ in range(self.random.randrange(5, 11)):
                row = {
                    column.name: self.literal(column.makes) if not (column.nullable and self.chance(8)) else "null"
                    for column in table.columns
                    if column.makes not in ("made", *known)
                }
                for column in table.references(known):
                    there = [other["id"] for other in by_name[column.makes].rows]
                    there += ["null"] * (column.nullable and (not there or self.chance(20)))
                    row[column.name] = self.random.choice(there)
                if "key" not in [column.makes for column in table.columns]:
                    alike = [other for other in table.rows if all(other[part] == row[part] for part in table.key)]
                    if alike:
                        continue
                for column in table.references(known):  # one-to-one
                    if " unique" in column.definition and row[column.name] in [o[column.name] for o in table.rows]:
                        row[column.name] = "null"
                table.rows.append(row)

    def _fill(self) -> list[str]:
        """The statements that put all rows in place of those that are there."""
        statements, later = [f"truncate {', '.join(f'leaks.{table.name}' for table in self.tables)}"], []
        for table in self.tables:
            place = f"leaks.{table.name}"
            for row in table.rows:
                first = dict(row)
                backward = {name: first.pop(name) for name in row if name.startswith("main_")}
                own = f"where id = {row.get('id')}"
                later += [words("update", place, "set", name, "=", value, own) for name, value in backward.items()]
                names, values = ", ".join(first), ", ".join(first.values())
                statements.append(words("insert into", place, "(", names, ") values (", values, ")"))
        return statements + later

    # Who may do what

    def _predicate(self, table: Table, others: list[Table], hidden: list[Table]) -> str:
        """A policy's condition."""
        names = [column.name for column in table.columns]
        found = ["true"]
        if "owner_id" in names:
            found += ["owner_id = (select leaks.viewer())"] * 3
            # Does not bear unset claims.
            found += ["owner_id::text = current_setting('request.jwt.claims', true)::json ->> 'sub'"]
            found += [f"level < {self.random.randrange(1, 4)}"] * 2
            found += [f"(level = 0 or owner_id = {self.random.randrange(1, 4)})"]
        for other in others:
            own = " and r.owner_id = (select leaks.viewer())" if "owner_id" in {c.name for c in other.columns} else ""
            more = own if self.chance(50) else ""
            for column in table.columns:
                if column.makes == other.name and other.key == ("id",):
                    there = f"select from leaks.{other.name} as r where r.id = {table.name}.{column.name}{more}"
                    found += [f"exists ({there})"] * 2
            for column in other.columns:
                if column.makes == table.name:
                    there = f"select from leaks.{other.name} as r where r.{column.name} = {table.name}.id{more}"
                    found.append(f"exists ({there})")
        for other in hidden:
            for column in other.columns:
                if column.makes == table.name:
                    found.append(f"leaks.{other.name}_{table.name}(id)")
        return self.random.choice(found)

    def _policies(self, table: Table, others: list[Table], hidden: list[Table]) -> None:
        name = table.name
        if table.hidden:
            [target] = [column for column in table.columns if column.name.endswith("_id")]
            there = words("select from", f"leaks.{name}", "as h where", f"h.{target.name} = id")
            self._function(f"{name}_{target.makes}(id integer)", f"boolean {_DEFINER}", f"select exists ({there})")
            self._say(f"comment on function leaks.{name}_{target.makes}(integer) is '@omit'")
        if not self.chance(90):
            return
        self._say(f"alter table leaks.{name} enable row level security")
        if self.chance(35):
            self._say(f"alter table leaks.{name} force row level security")
        self._say(f"create policy admin on leaks.{name} to leaks_admin using (true) with check (true)")
        self._say(f"create policy owner on leaks.{name} to leaks_owner using (true) with check (true)")
        if table.hidden:
            return
        everybody = f"{GUEST}, {MEMBER}"

        def predicate() -> str:
            return self._predicate(table, others, hidden)

        place = 0
        for command in ("select", "select", "insert", "update", "delete"):
            if self.chance(50 if place == 1 else 15 if command != "select" else 0):
                continue
            place += 1
            whole = "all" if place == 1 and self.chance(20) else command
            to = self.random.choice([everybody, everybody, everybody, MEMBER, "public"])
            wide = command in ("update", "delete") and self.chance(30)
            using = f" using ({'true' if wide else predicate()})" if whole != "insert" else ""
            checks = whole == "insert" or (whole in ("update", "all") and self.chance(50))
            check = f" with check ({predicate()})" if checks else ""
            self._say(f"create policy p{place} on leaks.{name} for {whole} to {to}{using}{check}")
        if self.chance(30):
            command = self.random.choice(["all", "select", "update", "delete"])
            self._say(
                f"create policy narrow on leaks.{name} as restrictive for {command} to {everybody} "
                f"using ({predicate()})"
            )

    def _grant(self, table: Table, whole: bool) -> None:
        """`whole`: a view reads it as its caller."""
        name = table.name
        self._say(f"grant all on leaks.{name} to leaks_admin")
        if table.hidden:
            return
        read = [column.name for column in table.columns if not column.secret]
        needed = {"id", "owner_id", "level", *table.key, *(c.name for c in table.columns if c.name.endswith("_id"))}
        for role in (GUEST, MEMBER):
            kept = read
            if self.chance(30) and not whole:
                kept = [column for column in read if column in needed or self.chance(60)]
            every = kept == read and not any(column.secret for column in table.columns)
            columns = "" if every else f" ({', '.join(kept)})"
            self._say(f"grant select{columns} on leaks.{name} to {role}")
            written = [column.name for column in table.columns if column.makes != "made" and not column.secret]
            if self.chance(20):  # to be written, and not read
                written += [column.name for column in table.columns if column.secret]
            if self.chance(75):
                self._say(f"grant insert ({', '.join(written)}) on leaks.{name} to {role}")
            if self.chance(75):
                some = [column for column in written if self.chance(80)] or ["level" if "level" in read else read[0]]
                self._say(f"grant update ({', '.join(some)}) on leaks.{name} to {role}")
            if self.chance(75):
                self._say(f"grant delete on leaks.{name} to {role}")

    # What else there is

    def _functions(self, name: str, names: list[str]) -> None:
        table = f"leaks.{name}"
        if self.chance(50):
            self._function(f"{name}_shout(t {table})", "text stable", "select upper(t.label)")
        for other in self.tables:
            for column in other.columns:
                if column.makes == name and not other.hidden and self.chance(40):
                    counted = words("select count(*) from", f"leaks.{other.name} as c where c.{column.name} = t.id")
                    self._function(f"{name}_{other.name}_by_{column.name}(t {table})", "bigint stable", counted)
        of = words("select n.* from", f"{table} as n where")
        if self.chance(40):
            self._function(f"{name}_near(t {table})", f"setof {table} stable", f"{of} n.level = t.level")
        if self.chance(40):
            self._function(f"{name}_of(owner integer)", f"setof {table} stable", f"{of} n.owner_id = owner")
        if self.chance(30):  # whose author tells more than the caller sees
            self._function(f"count_{name}()", f"bigint {_DEFINER}", words("select count(*) from", table))
        if self.chance(50):
            body = words("update", table, f"as n set level = n.level + by where n.id = raise_{name}.id returning n.*")
            self._function(f"raise_{name}(id integer, by integer)", f"setof {table}", body)

    def _function(self, signature: str, returns: str, body: str) -> None:
        self._say(f"create function leaks.{signature} returns {returns} language sql as $$ {body} $$")

    def _audit(self, hidden: Table, name: str) -> None:
        """A trigger of a table writes to one that the caller does not know of, and may break its constraints."""
        if not self.chance(60):
            return
        [target] = [column for column in hidden.columns if column.name.endswith("_id")]
        amount = "new.level" if self.chance(50) else "case new.level when 3 then 77 when 2 then null else 1 end"
        also = f", {target.name}" if target.makes == name else ""
        value = ", new.id" if also else ""
        self._say(f"alter table leaks.{hidden.name} add constraint {hidden.name}_amount check (amount <> 77)")
        insert = words("insert into", f"leaks.{hidden.name} (label, amount{also}) values (new.label, {amount}{value})")
        self._say(
            f"create function leaks.{hidden.name}_audit() returns trigger language plpgsql security definer "
            f"set search_path = '' as $$ begin {insert}; return new; end $$"
        )
        [table] = [table for table in self.tables if table.name == name]
        # Rows that refer to each other change others as they are deleted, one by one more often than all at once.
        events = ["insert", "update", "insert or update"]
        event = self.random.choice(["insert"] if table.references([name]) else events)
        self._say(
            f"create trigger {hidden.name}_audit after {event} on leaks.{name} for each row "
            f"execute function leaks.{hidden.name}_audit()"
        )

    def _view(self, table: Table) -> None:
        invoker = self.random.choice(["true", "true", "false"])
        barrier = ", security_barrier = true" if self.chance(30) else ""
        where = self.random.choice(["", " where level < 2", " where owner_id = leaks.viewer()"])
        query = words("select id, owner_id, level, label from", f"leaks.{table.name}{where}")
        options = f"security_invoker = {invoker}{barrier}"
        self._say(f"create view leaks.{table.name}_seen with ({options}) as {query}")
        self._say(f"comment on view leaks.{table.name}_seen is '@primaryKey id'")
        self._say(f"grant select on leaks.{table.name}_seen to leaks_guest, leaks_member, leaks_admin")
        if invoker == "false" and self.chance(50):
            self._say(f"grant update (level, label), delete on leaks.{table.name}_seen to leaks_member")


def _script(*statements: str) -> str:
    return ";\n".join(statements) + ";\n"
