"""The catalog's dataclasses: plain facts of a database, named as the Postgres manual names them.

`read.py` fills them from pg_catalog; `gatepost.schema` turns them into an API. Privileges are sets of the API's roles:
those who hold the privilege, by a grant, by membership or by owning the object. Nobody may write what cannot be
written, such as a view that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

Roles = frozenset[str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A live attribute of a composite type (pg_attribute)."""

    name: str
    type: int
    dimensions: int  # attndims: as declared; 0 for what is no array, or where the declaration does not tell
    comment: str | None


@dataclass(frozen=True, slots=True)
class Type:
    """A row of pg_type."""

    oid: int
    schema: str
    name: str
    kind: str  # typtype: b base, c composite, d domain, e enum, p pseudo, r range, m multirange
    category: str  # typcategory: A array, B boolean, N numeric, S string, ...
    element: int | None  # an array's element type
    base: int | None  # a domain's base type
    not_null: bool  # a domain's NOT NULL
    has_default: bool  # a domain's default
    dimensions: int  # typndims: of a domain over an array, as declared
    relation: int | None  # a composite's pg_class row
    labels: tuple[str, ...]  # an enum's labels, in order
    range_of: int | None  # a range's subtype; a multirange's range
    comparison: str | None  # the default operator class of its own: btree (an order), hash (equality alone)
    decimal_point: str | None  # in an amount of money, as this database reads it; None where it has no fractions
    attributes: tuple[Attribute, ...]  # of a composite
    row: bool  # a composite that is the row type of a table, view or the like
    comment: str | None

    @property
    def is_array(self) -> bool:
        return self.category == "A" and self.element is not None


@dataclass(frozen=True, slots=True)
class Column:
    """A live column of a relation (pg_attribute)."""

    name: str
    number: int
    type: int
    dimensions: int  # attndims: as declared; 0 for what is no array, and in views
    not_null: bool
    has_default: bool
    identity: str  # attidentity: '', a always, d by default
    generated: bool
    comment: str | None
    select: Roles
    insert: Roles
    update: Roles
    deterministic: bool = True  # its collation tells apart what differs in any byte (Postgres manual, 23.2.2.4)
    search: str | None = None  # of a tsvector: the text search configuration by which it is made, where that is known
    domain_not_null: bool = False  # a NOT NULL of its domain, of a table; there may be nulls all the same
    said_not_null: bool = False  # a comment says so, of a column of which the database cannot


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key, unique constraint or unique index; `declared`: a comment says so, and the columns are no nulls."""

    name: str
    columns: tuple[str, ...]
    primary: bool
    comment: str | None
    deferrable: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key: `columns` here refer to `referenced_columns` of the relation `referenced`."""

    name: str
    columns: tuple[str, ...]
    referenced: int
    referenced_columns: tuple[str, ...]
    comment: str | None


@dataclass(frozen=True, slots=True)
class Index:
    """An index; an expression's place among `columns` holds None."""

    name: str
    columns: tuple[str | None, ...]
    unique: bool
    partial: bool
    method: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A row-level security policy."""

    name: str
    command: str  # polcmd: r select, a insert, w update, d delete, * all
    permissive: bool
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """A check or exclusion constraint, and the columns that it names."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Relation:
    """A table, view, materialized view, foreign table or partitioned table."""

    oid: int
    schema: str
    name: str
    kind: str  # relkind: r table, v view, m materialized view, f foreign table, p partitioned table
    row_type: int
    row_security: bool
    comment: str | None
    select: Roles  # those who may select every column (a whole row)
    insert: Roles
    update: Roles
    delete: Roles
    columns: tuple[Column, ...]
    keys: tuple[Key, ...]
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[Index, ...]
    policies: tuple[Policy, ...]
    checks: tuple[Check, ...] = ()
    inherited: bool = False  # its rows include those of tables that inherit from it, which its keys do not hold for

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @property
    def primary_key(self) -> Key | None:
        return next((key for key in self.keys if key.primary), None)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a function, or a column of what it returns (mode o, b or t)."""

    name: str
    type: int
    mode: str  # proargmodes: i in, o out, b inout, v variadic, t table
    has_default: bool
    default: str | None = None  # its expression, as SQL


@dataclass(frozen=True, slots=True)
class Function:
    """A plain function or a procedure (not an aggregate or window function)."""

    oid: int
    schema: str
    name: str
    signature: str  # its arguments as Postgres writes them: `a integer, b text`
    arguments: tuple[Argument, ...]
    returns: int
    returns_set: bool
    rows: float  # the planner's estimate of the rows of a set
    volatility: str  # i immutable, s stable, v volatile
    strict: bool
    language: str
    security_definer: bool
    configured: bool  # it sets parameters, such as search_path, while it runs
    source: str | None  # the text of its body, where it is SQL
    aggregates: frozenset[str]  # names of aggregates of the database that stand somewhere in that text
    comment: str | None
    execute: Roles
    procedure: bool = False
    by_place: bool = False  # a call by names could be another's: all arguments have to come at their place
    ambiguous: bool = False  # no call is told from those of another of its name

    @property
    def inputs(self) -> tuple[Argument, ...]:
        """The arguments that a caller gives."""
        return tuple(argument for argument in self.arguments if argument.mode in "ibv")

    @property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """The columns of its own that it returns, with their types; none where it returns a value or a type's rows.

        Postgres takes a single one for a value (its manual, 36.5.4), and numbers those without a name.
        """
        found = [argument for argument in self.arguments if argument.mode in "obt"]
        if len(found) < 2:
            return ()
        return tuple((argument.name or f"column{n}", argument.type) for n, argument in enumerate(found, start=1))


@dataclass(frozen=True)
class Catalog:
    """A database, as far as the exposed schemas and what they refer to."""

    version: int  # the major version, 15 to 18
    schemas: tuple[str, ...]
    roles: tuple[str, ...]
    types: dict[int, Type]
    relations: dict[int, Relation]
    functions: tuple[Function, ...]
    unexposed: tuple[tuple[str, int], ...] = ()
    """Schemas that are not asked for, and how many relations are in each; those without any are not told."""
    unknown: tuple[str, ...] = ()
    """Schemas that are asked for and not there."""

    def comments(self) -> Iterator[tuple[str, str]]:
        """What has a comment, by the names that people call it by."""
        for relation in self.relations.values():
            name = f"{relation.schema}.{relation.name}"
            yield from _said(name, relation.comment)
            for column in relation.columns:
                yield from _said(f"{name}.{column.name}", column.comment)
            for key in relation.keys:
                yield from _said(f"key {key.name} of {name}", key.comment)
            for foreign_key in relation.foreign_keys:
                yield from _said(f"foreign key {foreign_key.name} of {name}", foreign_key.comment)
        for function in self.functions:
            yield from _said(f"function {function.schema}.{function.name}({function.signature})", function.comment)
        for type_ in self.types.values():
            if not type_.row:
                yield from _said(f"type {type_.schema}.{type_.name}", type_.comment)

    def of(self, role: str) -> Catalog:
        """The same database, with the privileges of one of the API's roles alone."""
        own = frozenset([role])
        return replace(
            self,
            roles=(role,),
            relations={oid: _of(relation, own) for oid, relation in self.relations.items()},
            functions=tuple(replace(function, execute=own) for function in self.functions if role in function.execute),
        )

    def privileges(self, role: str) -> tuple[bytes, ...]:
        """What a role holds, in one value: roles with equal ones may do the same."""
        return tuple(bytes(role in roles for roles in group) for group in self._granted)

    def holds_all(self, role: str) -> bool:
        """Whether a role may do all that any role may."""
        return all(role in roles for group in self._granted for roles in group if roles)

    @cached_property
    def _granted(self) -> list[tuple[Roles, ...]]:
        relations = self.relations.values()
        granted: list[tuple[Roles, ...]] = [(r.select, r.insert, r.update, r.delete) for r in relations]
        granted += ((column.select, column.insert, column.update) for r in relations for column in r.columns)
        granted += ((function.execute,) for function in self.functions)
        return granted


def _said(what: str, comment: str | None) -> Iterator[tuple[str, str]]:
    if comment:
        yield what, comment


def _of(relation: Relation, own: Roles) -> Relation:
    return replace(
        relation,
        select=relation.select & own,
        insert=relation.insert & own,
        update=relation.update & own,
        delete=relation.delete & own,
        columns=tuple(
            replace(column, select=column.select & own, insert=column.insert & own, update=column.update & own)
            for column in relation.columns
        ),
    )
