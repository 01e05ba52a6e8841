"""The few pieces of SQL that SQLAlchemy Core has no element for, quoted by its own compiler.

References name an alias that the plan itself made, so that Core neither adds a FROM nor correlates on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.engine import URL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import Function as SqlFunction
from sqlalchemy.types import TypeEngine, UserDefinedType

from gatepost.schema import literals
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Body

Variables = Mapping[str, Any]
Binder = Callable[[Variables], object]
"""Gives an argument of a statement its value, from an operation's coerced variables."""

DIALECT: sa.Dialect = URL.create("postgresql+asyncpg").get_dialect()()
NATIVE: dict[str, TypeEngine[Any]] = {
    "bool": sa.Boolean(),
    "int4": sa.Integer(),
    "int8": sa.BigInteger(),
    "float8": sa.Double(),
    "text": sa.Text(),
    "uuid": PG_UUID(as_uuid=False),
    "bytea": BYTEA(),
}


class Reference(sa.ColumnElement[Any]):
    """A column of an alias: `t1.body`."""

    inherit_cache = True

    def __init__(self, alias: str, name: str, type_: TypeEngine[Any] | None = None) -> None:
        self.alias = alias
        self.name = name
        self.type = type_ or sa.types.NULLTYPE


@compiles(Reference)
def _reference(element: Reference, compiler: SQLCompiler, **_: object) -> str:
    quote = compiler.preparer.quote_identifier
    return f"{compiler.preparer.quote(element.alias)}.{quote(element.name)}"


class WholeRow(sa.ColumnElement[Any]):
    """The row under an alias as one value, in an expression: `row_to_json(t1.*)`. Alone in a select list it is columns.

    The alias by itself would be a column of that name, where the rows have one (Postgres manual, 8.16.5).
    """

    inherit_cache = True

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.type = sa.types.NULLTYPE


@compiles(WholeRow)
def _whole_row(element: WholeRow, compiler: SQLCompiler, **_: object) -> str:
    return f"{compiler.preparer.quote(element.alias)}.*"


class AttributeOf(sa.ColumnElement[Any]):
    """An attribute of a composite value: `(t1.address).street`."""

    inherit_cache = False

    def __init__(self, value: sa.ColumnElement[Any], name: str) -> None:
        self.value = value
        self.name = name
        self.type = sa.types.NULLTYPE


@compiles(AttributeOf)
def _attribute_of(element: AttributeOf, compiler: SQLCompiler, **kw: object) -> str:
    return f"({compiler.process(element.value, **kw)}).{compiler.preparer.quote_identifier(element.name)}"


class Subscript(sa.ColumnElement[Any]):
    """An element of an array: `(t1.squares)[i1.v][i2.v]`."""

    inherit_cache = False

    def __init__(self, value: sa.ColumnElement[Any], places: Sequence[sa.ColumnElement[Any]]) -> None:
        self.value = value
        self.places = places
        self.type = sa.types.NULLTYPE


@compiles(Subscript)
def _subscript(element: Subscript, compiler: SQLCompiler, **kw: object) -> str:
    places = "".join(f"[{compiler.process(place, **kw)}]" for place in element.places)
    return f"({compiler.process(element.value, **kw)}){places}"


class NamedArgument(sa.ColumnElement[Any]):
    """An argument in named notation: `body => $1` (Postgres manual, 4.3.2)."""

    inherit_cache = False

    def __init__(self, name: str, value: sa.ColumnElement[Any]) -> None:
        self.name = name
        self.value = value
        self.type = value.type


@compiles(NamedArgument)
def _named_argument(element: NamedArgument, compiler: SQLCompiler, **kw: object) -> str:
    return f"{compiler.preparer.quote_identifier(element.name)} => {compiler.process(element.value, **kw)}"


class Variadic(sa.ColumnElement[Any]):
    """An array in place of the arguments of a variadic function (Postgres manual, 36.5.6)."""

    inherit_cache = False

    def __init__(self, array: sa.ColumnElement[Any]) -> None:
        self.array = array
        self.type = array.type


@compiles(Variadic)
def _variadic(element: Variadic, compiler: SQLCompiler, **kw: object) -> str:
    return f"VARIADIC {compiler.process(element.array, **kw)}"


class FirstOf(sa.ColumnElement[Any]):
    """The first value that a function's body selects; the text is the database's own (`schema.inlining`)."""

    inherit_cache = True

    def __init__(self, body: Body) -> None:
        self.select = body.select
        self.type = sql_type(body.codec)


@compiles(FirstOf)
def _first_of(element: FirstOf, _compiler: SQLCompiler, **_: object) -> str:
    # A function, too, ends with its first row: what would fail in another is never reached.
    return "\n".join(["(SELECT * FROM (", element.select, ') AS "(body)" LIMIT 1)'])


class Literal(sa.ColumnElement[Any]):
    """A value that stands in the statement itself, as SQLAlchemy writes it for Postgres: `'Person'`, `50`."""

    inherit_cache = True

    def __init__(self, value: object, type_: TypeEngine[Any]) -> None:
        self.value = value
        self.type = type_


@compiles(Literal)
def _literal(element: Literal, compiler: SQLCompiler, **_: object) -> str:
    return compiler.render_literal_value(element.value, element.type)


class SqlType(UserDefinedType[Any]):
    """A type of the database by its schema and name; `dimensions`: an array of it."""

    cache_ok = True

    def __init__(self, schema: str, name: str, dimensions: int = 0) -> None:
        self.schema = schema
        self.name = name
        self.dimensions = dimensions

    def get_col_spec(self, **_: object) -> str:
        quote = DIALECT.identifier_preparer.quote_identifier
        return f"{quote(self.schema)}.{quote(self.name)}{'[]' * self.dimensions}"


def table(schema: str, name: str, alias: str) -> sa.FromClause:
    """A table under an alias."""
    return sa.table(quoted_name(name, True), schema=quoted_name(schema, True)).alias(alias)


class Call(SqlFunction[Any]):
    """A call of a function of the database; SQLAlchemy's own takes some names for its own, and `%` in one for its."""

    inherit_cache = False


@compiles(Call)
def _call(element: Call, compiler: SQLCompiler, **kw: Any) -> str:
    names = (*element.packagenames, element.name)
    return ".".join(map(compiler.preparer.quote_identifier, names)) + compiler.function_argspec(element, **kw)


def call(schema: str, name: str, *arguments: sa.ColumnElement[Any]) -> Call:
    """A call of a function of the database."""
    return Call(name, *arguments, packagenames=(schema,))


def constant(text: str) -> sa.ColumnElement[str]:
    """A text that the gateway itself chose (a type's name), written into the statement as a quoted literal."""
    return sa.cast(Literal(text, sa.Text()), sa.Text())


def number(value: int) -> sa.ColumnElement[int]:
    """A whole number, written into the statement: the planner of Postgres knows a page's size then."""
    return Literal(value, sa.Integer())


@cache
def _type(schema: str, name: str, dimensions: int) -> TypeEngine[Any]:
    return SqlType(schema, name, dimensions)


def sql_type(codec: Codec) -> TypeEngine[Any]:
    """The type of a codec's values in SQL."""
    return _type(*codec.sql, codec.dimensions)


def base_type(codec: Codec) -> TypeEngine[Any]:
    """The type with which a codec's values compare in SQL: of a domain, the type below it.

    Arrays compare only with arrays of their own type, of a domain, too.
    """
    return sql_type(codec) if codec.dimensions else _type(*(codec.base or codec.sql), 0)


def _comparable(codec: Codec) -> bool:
    """Whether Postgres compares the driver's own type with this one, exactly: 0.1::float8 is not 0.1::float4."""
    return codec.native is not None and (codec.base or codec.sql) != ("pg_catalog", "float4")


def _bound(binder: Binder, codec: Codec) -> Binder:
    """The binder of a value as the driver takes it: most come so already from being coerced."""
    if not codec.in_parts:
        return binder
    return lambda variables: literals.bound(binder(variables), codec)


def _each(binder: Binder, codec: Codec) -> Binder:
    """The binder of a list of values."""
    if not codec.in_parts:
        return binder

    def bind(variables: Variables) -> object:
        values = binder(variables)
        return [literals.bound(value, codec) for value in values] if isinstance(values, list) else values

    return bind


def _cast(bound: sa.ColumnElement[Any], codec: Codec, type_: TypeEngine[Any]) -> sa.ColumnElement[Any]:
    if codec.via is not None:
        bound = sa.cast(bound, SqlType(*codec.via, codec.dimensions))
    if codec.output == "geojson" and not codec.dimensions:
        bound = call((codec.base or codec.sql)[0], "st_geomfromgeojson", bound)
    return sa.cast(bound, type_)


def _exact(bound: sa.ColumnElement[Any], codec: Codec) -> sa.ColumnElement[Any]:
    return bound if codec.sql == ("pg_catalog", codec.native) else _cast(bound, codec, sql_type(codec))


_MARK = "\0"
"""Begins the names of parameters. SQLAlchemy looks for `%(name)s` in the finished text, and a name or a function of the
database may hold that; but none holds a NUL (Postgres manual, 4.1)."""
_FIXED = tuple(f"{_MARK}{name}" for name in ("claims", "role", "run"))


class Parameters:
    """The bind parameters of one statement, and the binder of each."""

    def __init__(self) -> None:
        self._binders: dict[str, Binder] = {}
        self._places: dict[str, Any] = {}
        self.place: Any = None
        """The place (`gatepost.plan.selection`) that is compiled now: of what is wrong with its parameters' values."""

    def add(self, binder: Binder, type_: TypeEngine[Any]) -> sa.BindParameter[Any]:
        """A new parameter; its value comes from `binder` at each run."""
        name = f"{_MARK}{len(self._binders)}"
        self._binders[name] = binder
        self._places[name] = self.place
        return sa.bindparam(name, None, type_=type_)

    def value(self, binder: Binder, codec: Codec, exact: bool = False) -> sa.ColumnElement[Any]:
        """A parameter to compare with a codec's values; `exact`: of just that type, as a function's argument has to be.

        What is compared with a domain need not meet the domain's own rules.
        """
        native = NATIVE[codec.native] if codec.native else sa.Text()
        bound = self.add(_bound(binder, codec), ARRAY(native) if codec.dimensions else native)
        if exact or codec.dimensions:
            return _exact(bound, codec)
        return bound if _comparable(codec) else _cast(bound, codec, base_type(codec))

    def values(self, binder: Binder, codec: Codec) -> sa.ColumnElement[Any]:
        """A parameter that holds a list of values to compare with a codec's."""
        bound = self.add(_each(binder, codec), ARRAY(NATIVE[codec.native] if codec.native else sa.Text()))
        many = replace(codec, sql=codec.base or codec.sql, dimensions=1)
        return bound if _comparable(codec) else _cast(bound, many, sql_type(many))

    def each(self, binders: Sequence[Binder], codec: Codec) -> sa.BindParameter[Any]:
        """A parameter that holds a value of each of several rows; see `element`."""
        bound = [_bound(binder, codec) for binder in binders]
        type_ = ARRAY(NATIVE[codec.native] if codec.native else sa.Text())
        return self.add(lambda variables: [bind(variables) for bind in bound], type_)

    @staticmethod
    def element(value: sa.ColumnElement[Any], codec: Codec) -> sa.ColumnElement[Any]:
        """One of the values that `each` holds, of just a codec's type."""
        return _exact(value, codec)

    def text(self, binder: Binder, codec: Codec) -> sa.ColumnElement[Any]:
        """A parameter whose value is the text form of a codec's type."""
        return sa.cast(self.add(binder, sa.Text()), base_type(codec))

    @property
    def claims(self) -> sa.BindParameter[Any]:
        """The caller's claims, $1 of each statement."""
        return sa.bindparam(_FIXED[0], None, type_=sa.Text())

    @property
    def role(self) -> sa.BindParameter[Any]:
        """The caller's role, $2 of each statement."""
        return sa.bindparam(_FIXED[1], None, type_=sa.Text())

    @property
    def run(self) -> sa.BindParameter[Any]:
        """Which run it is, $3 of a statement that is executed twice."""
        return sa.bindparam(_FIXED[2], None, type_=sa.Integer())

    def compile(
        self, statement: sa.Select[Any] | sa.CompoundSelect[Any]
    ) -> tuple[str, tuple[Binder, ...], tuple[Any, ...]]:
        """The text, and of the parameters after the fixed ones, in their order, what binds them, and their places."""
        compiled = statement.compile(dialect=DIALECT)
        names = tuple(compiled.positiontup or ())
        fixed = tuple(name for name in names if name not in self._binders)
        if names[: len(fixed)] != fixed or fixed not in (_FIXED[:2], _FIXED):
            raise AssertionError("the claims and the role come first")
        names = names[len(fixed) :]
        binders = tuple(self._binders[name] for name in names)
        return str(compiled), binders, tuple(self._places[name] for name in names)
