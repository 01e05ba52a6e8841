"""The types of aggregates: what they give, by what rows are grouped, and how they filter and order.

Types of the same members are shared among functions, so that a relation adds few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
)

from gatepost.catalog import Column
from gatepost.schema import scalars
from gatepost.schema.choices import BY_DATE, BY_TIME, BY_VALUE, DIRECTION
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import KEY, AggregateField, Call, Logic, Operand, PassingFilter
from gatepost.schema.names import Claims
from gatepost.schema.shapes import ComputedMember, Shape
from gatepost.schema.tags import Tags

ValueFilters = Callable[[Codec], GraphQLInputObjectType]
RowFilters = Callable[[Shape], GraphQLInputObjectType]

_FUNCTIONS = {
    "min": "The smallest value of each.",
    "max": "The largest value of each.",
    "distinctCount": "How many different values there are of each; nulls do not count.",
    "sum": "The sum of each; null of no values.",
    "avg": "The mean of each.",
    "stddev": "The standard deviation of each, of a sample.",
    "stddevPop": "The standard deviation of each, of all there are.",
    "variance": "The variance of each, of a sample.",
    "variancePop": "The variance of each, of all there are.",
    "boolAnd": "Whether all are true.",
    "boolOr": "Whether at least one is true.",
    "arrayAgg": "The values themselves, in the order of the rows; no more of them than a page may have rows.",
}
_SUMMED = frozenset({"float4", "float8", "interval", "money"})
_DEVIATIONS = ("stddev", "stddevPop", "variance", "variancePop")
_BOOLEANS = ("boolAnd", "boolOr")
_DISTINCT = frozenset({"sum", "avg", *_DEVIATIONS, "arrayAgg"})
_ONCE = {"distinct": GraphQLArgument(GraphQLBoolean, description="Each value once.")}


def _built_in(codec: Codec) -> str | None:
    """The name of a built-in type, also below a domain."""
    schema, name = codec.base or codec.sql
    return name if schema == "pg_catalog" and not codec.dimensions else None


def _codec(graphql: GraphQLScalarType, name: str, output: str = "text", native: str | None = None) -> Codec:
    return Codec(graphql, graphql, output, native, ("pg_catalog", name), "order")


COUNT = _codec(GraphQLInt, "int8", "plain", "int8")
"""Of a count, which in practice never is as large as to need a BigInt."""
_BIG_INT = _codec(scalars.BIG_INT, "int8", native="int8")
_DECIMAL = _codec(scalars.DECIMAL, "numeric")
_FLOAT = _codec(scalars.FLOAT, "float8", "plain", "float8")
_INTEGERS = frozenset({"int2", "int4"})
_EXACT = frozenset({"int2", "int4", "int8", "numeric"})


def summed(codec: Codec) -> Codec | None:
    """What sums of this type are (Postgres manual, 9.21): exact, so that a sum of bigint is a numeric."""
    name = _built_in(codec)
    if name in _EXACT:
        return _BIG_INT if name in _INTEGERS else _DECIMAL
    return replace(codec, sql=codec.base or codec.sql, base=None) if name in _SUMMED else None


def averaged(codec: Codec) -> Codec | None:
    """What averages of this type are, exact likewise."""
    name = _built_in(codec)
    if name in _EXACT:
        return _DECIMAL
    if name in ("float4", "float8"):
        return _FLOAT
    return replace(codec, sql=codec.base or codec.sql, base=None) if name == "interval" else None


def _deviates(operand: Operand) -> bool:
    return operand.mean is not None and _built_in(operand.mean) != "interval"


def _is_boolean(operand: Operand) -> bool:
    return operand.codec.graphql is GraphQLBoolean


class Aggregates:
    """Makes the types of aggregates over the rows of a shape, each once, when asked for."""

    def __init__(self, values: ValueFilters, rows: RowFilters, claims: Claims) -> None:
        self._values = values
        self._rows = rows
        self._claims = claims
        self._operands: dict[int, list[Operand]] = {}
        self._made: dict[tuple[int, str], GraphQLObjectType] = {}
        self._inputs: dict[tuple[int, str], GraphQLInputObjectType] = {}

    def operands(self, shape: Shape) -> list[Operand]:
        """What can be aggregated: values that compare with one another."""
        made = self._operands.get(shape.relation.oid)
        if made is None:
            made = [
                _operand(member.name, member.column, None, member.codec, member.tags)
                for member in shape.columns
                if member.codec.orderable
            ]
            made += [
                _operand(member.name, None, member.call, codec, member.tags)
                for member in shape.computed
                if (codec := single_value(member)) is not None and codec.orderable
            ]
            self._operands[shape.relation.oid] = made
        return made

    # What they give

    def result(self, shape: Shape) -> GraphQLObjectType:
        """`ThreadAggregates`."""
        return self._object(shape, "Aggregates", "What is counted, summed and so on", lambda: self._results(shape))

    def _results(self, shape: Shape) -> dict[str, GraphQLField]:
        operands = self.operands(shape)
        given = self._of_each(shape)
        fields = {
            "count": GraphQLField(
                GraphQLNonNull(GraphQLInt),
                given,
                description="How many rows.",
                extensions={KEY: AggregateField("count")},
            )
        }
        if not operands:
            return fields
        values = self._members(shape, "Values", operands, lambda operand: operand.codec.graphql)
        assert values is not None
        fields["keys"] = GraphQLField(
            values,
            description="The values by which the rows of this group were grouped; null of what was not grouped by.",
            extensions={KEY: AggregateField("keys")},
        )
        types: dict[str, GraphQLObjectType | None] = dict.fromkeys(("min", "max"), values)
        types["distinctCount"] = self._members(shape, "Counts", operands, lambda _: GraphQLNonNull(GraphQLInt))
        summed = [operand for operand in operands if operand.sum]
        averaged = [operand for operand in operands if operand.mean]
        deviating = [operand for operand in averaged if _deviates(operand)]
        averages = self._members(shape, "Averages", averaged, _mean_of)
        deviations = averages
        if len(deviating) < len(averaged):
            deviations = self._members(shape, "Deviations", deviating, _mean_of)
        booleans = [operand for operand in operands if _is_boolean(operand)]
        types["sum"] = self._members(shape, "Sums", summed, _sum_of)
        types["avg"] = averages
        types |= dict.fromkeys(_DEVIATIONS, deviations)
        types |= dict.fromkeys(_BOOLEANS, self._members(shape, "Booleans", booleans, lambda _: GraphQLBoolean))
        listed = [operand for operand in operands if not operand.codec.dimensions]
        types["arrayAgg"] = self._members(
            shape, "Lists", listed, lambda operand: GraphQLNonNull(GraphQLList(operand.codec.graphql))
        )
        for function, type_ in types.items():
            if type_ is not None:
                fields[function] = GraphQLField(
                    GraphQLNonNull(type_),
                    given | _ONCE if function in _DISTINCT else given,
                    description=_FUNCTIONS[function],
                    extensions={KEY: AggregateField(function)},
                )
        return fields

    def _of_each(self, shape: Shape) -> dict[str, GraphQLArgument]:
        if shape.tags.omits("filter"):
            return {}
        return {"filter": GraphQLArgument(self._rows(shape), description="Of the rows that pass alone.")}

    def _members(
        self, shape: Shape, name: str, operands: list[Operand], type_of: Callable[[Operand], GraphQLOutputType | None]
    ) -> GraphQLObjectType | None:
        if not operands:
            return None
        return self._object(
            shape,
            name,
            f"{name} of columns and computed fields",
            lambda: {
                operand.name: GraphQLField(
                    type_,
                    description=operand.description,
                    deprecation_reason=operand.deprecated,
                    extensions={KEY: operand},
                )
                for operand in operands
                if (type_ := type_of(operand)) is not None
            },
        )

    def _object(
        self, shape: Shape, suffix: str, what: str, fields: Callable[[], dict[str, GraphQLField]]
    ) -> GraphQLObjectType:
        key = (shape.relation.oid, suffix)
        if key not in self._made:
            name = self._claims.claim(f"the aggregates of {shape.type_name}", f"{shape.type_name}{suffix}")
            self._made[key] = GraphQLObjectType(name, fields, description=f"{what} of {shape.type_name} rows.")
        return self._made[key]

    # What they are asked

    def grouping(self, shape: Shape) -> dict[str, GraphQLArgument]:
        """The arguments of grouped aggregates; none where there is nothing to group by."""
        operands = self.operands(shape)
        if not operands:
            return {}
        by = self._input(
            shape,
            "GroupBy",
            "One thing to group {} rows by.",
            lambda: {operand.name: _operand_input(_precision(operand), operand) for operand in operands},
            one_of=True,
        )
        order = self._input(
            shape,
            "GroupOrderBy",
            "One thing to order groups of {} rows by.",
            lambda: {"keys": self._keys_order(shape)} | self._orders(shape),
            one_of=True,
        )
        return {
            "groupBy": GraphQLArgument(
                GraphQLNonNull(GraphQLList(GraphQLNonNull(by))), description="What the rows of a group have in common."
            ),
            "having": GraphQLArgument(self.condition(shape), description="Only groups that pass."),
            "orderBy": GraphQLArgument(
                GraphQLList(GraphQLNonNull(order)), description="The order of the groups; else by their keys."
            ),
            "first": GraphQLArgument(GraphQLInt, description="At most this many groups; else as many as may be."),
            "offset": GraphQLArgument(GraphQLInt, description="Passes over this many groups."),
            "timeZone": GraphQLArgument(
                GraphQLString, description="Where days, weeks and so on of a Datetime begin: `Europe/Paris`; else UTC."
            ),
        }

    def condition(self, shape: Shape) -> GraphQLInputObjectType:
        """`ThreadAggregatesFilter`: conditions on aggregates, of groups or of related rows."""
        return self._input(
            shape,
            "AggregatesFilter",
            "Conditions on what is counted and summed of {} rows, all of which must hold.",
            lambda: self._conditions(shape),
        )

    def _conditions(self, shape: Shape) -> dict[str, GraphQLInputField]:
        own = self.condition(shape)
        operands = self.operands(shape)
        fields = {
            "and": GraphQLInputField(
                GraphQLList(GraphQLNonNull(own)), description="All of these hold.", extensions={KEY: Logic.AND}
            ),
            "or": GraphQLInputField(
                GraphQLList(GraphQLNonNull(own)),
                description="At least one of these holds.",
                extensions={KEY: Logic.OR},
            ),
            "not": GraphQLInputField(own, description="This does not hold.", extensions={KEY: Logic.NOT}),
            "count": GraphQLInputField(
                self._values(COUNT),
                description="How many rows.",
                extensions={KEY: AggregateField("count")},
            ),
        }

        if not shape.tags.omits("filter"):
            fields["filter"] = GraphQLInputField(
                self._rows(shape), description="Of the rows that pass alone.", extensions={KEY: PassingFilter()}
            )

        def add(functions: Iterable[str], suffix: str, types: Mapping[Operand, GraphQLInputType]) -> None:
            if not types:
                return
            input_ = self._input(
                shape,
                suffix,
                "Conditions on aggregates of columns and computed fields of {} rows.",
                lambda: {operand.name: _operand_input(type_, operand) for operand, type_ in types.items()},
            )
            for function in functions:
                fields[function] = GraphQLInputField(
                    input_, description=_FUNCTIONS[function], extensions={KEY: AggregateField(function)}
                )

        counts = self._values(COUNT)
        add(("min", "max"), "ValuesFilter", {operand: self._values(operand.codec) for operand in operands})
        add(("distinctCount",), "CountsFilter", dict.fromkeys(operands, counts))
        add(("sum",), "SumsFilter", {operand: self._values(operand.sum) for operand in operands if operand.sum})
        means = {operand: self._values(operand.mean) for operand in operands if operand.mean}
        deviating = {operand: type_ for operand, type_ in means.items() if _deviates(operand)}
        add(("avg",), "AveragesFilter", means)
        add(_DEVIATIONS, "AveragesFilter" if len(deviating) == len(means) else "DeviationsFilter", deviating)
        booleans = filter(_is_boolean, operands)
        add(_BOOLEANS, "BooleansFilter", {operand: self._values(operand.codec) for operand in booleans})
        listed = [operand for operand in operands if not operand.codec.dimensions]
        add(("arrayAgg",), "ListsFilter", {operand: self._values(operand.codec.listed()) for operand in listed})
        return fields

    def order(self, shape: Shape) -> GraphQLInputObjectType:
        """`ThreadAggregatesOrderBy`: an order by what is counted and summed of related rows."""
        return self._input(
            shape,
            "AggregatesOrderBy",
            "One thing to order by: what is counted or summed of {} rows.",
            lambda: self._orders(shape),
            one_of=True,
        )

    def _orders(self, shape: Shape) -> dict[str, GraphQLInputField]:
        operands = self.operands(shape)
        fields = {
            "count": GraphQLInputField(
                DIRECTION, description="How many rows.", extensions={KEY: AggregateField("count")}
            )
        }
        numbers = [operand for operand in operands if operand.sum and operand.mean]
        if operands:
            values = self._value_orders(shape, "ValuesOrderBy", operands)
            for function in ("min", "max", "distinctCount"):
                fields[function] = _aggregate_order(values, function)
        if numbers:
            sums = self._value_orders(shape, "NumbersOrderBy", numbers)
            for function in ("sum", "avg"):
                fields[function] = _aggregate_order(sums, function)
        if deviating := [operand for operand in numbers if _deviates(operand)]:
            suffix = "NumbersOrderBy" if len(deviating) == len(numbers) else "DeviationsOrderBy"
            for function in _DEVIATIONS:
                fields[function] = _aggregate_order(self._value_orders(shape, suffix, deviating), function)
        if booleans := [operand for operand in operands if _is_boolean(operand)]:
            for function in _BOOLEANS:
                fields[function] = _aggregate_order(self._value_orders(shape, "BooleansOrderBy", booleans), function)
        return fields

    def _keys_order(self, shape: Shape) -> GraphQLInputField:
        values = self._value_orders(shape, "ValuesOrderBy", self.operands(shape))
        return GraphQLInputField(
            values, description="By what the groups were grouped by.", extensions={KEY: AggregateField("keys")}
        )

    def _value_orders(self, shape: Shape, suffix: str, operands: list[Operand]) -> GraphQLInputObjectType:
        return self._input(
            shape,
            suffix,
            "A column or computed field of {} rows.",
            lambda: {operand.name: _operand_input(DIRECTION, operand) for operand in operands},
            one_of=True,
        )

    def _input(
        self,
        shape: Shape,
        suffix: str,
        description: str,
        fields: Callable[[], dict[str, GraphQLInputField]],
        one_of: bool = False,
    ) -> GraphQLInputObjectType:
        key = (shape.relation.oid, suffix)
        if key not in self._inputs:
            name = self._claims.claim(f"the aggregates of {shape.type_name}", f"{shape.type_name}{suffix}")
            self._inputs[key] = GraphQLInputObjectType(
                name, fields, description=description.format(shape.type_name), is_one_of=one_of
            )
        return self._inputs[key]


def single_value(member: ComputedMember) -> Codec | None:
    """The codec of a computed field of one value, which takes no arguments; None of any other."""
    return None if member.call.parameters or member.many else member.codec


def _operand(name: str, column: Column | None, call: Call | None, codec: Codec, tags: Tags) -> Operand:
    return Operand(name, column, call, codec, summed(codec), averaged(codec), tags.description, tags.deprecated)


def _operand_input(type_: GraphQLInputType, operand: Operand) -> GraphQLInputField:
    return GraphQLInputField(
        type_, description=operand.description, deprecation_reason=operand.deprecated, extensions={KEY: operand}
    )


def _sum_of(operand: Operand) -> GraphQLOutputType | None:
    return operand.sum.graphql if operand.sum else None


def _mean_of(operand: Operand) -> GraphQLOutputType | None:
    return operand.mean.graphql if operand.mean else None


def _precision(operand: Operand) -> GraphQLEnumType:
    match _built_in(operand.codec):
        case "date":
            return BY_DATE
        case "timestamp" | "timestamptz":
            return BY_TIME
    return BY_VALUE


def _aggregate_order(type_: GraphQLInputObjectType, function: str) -> GraphQLInputField:
    return GraphQLInputField(type_, description=_FUNCTIONS[function], extensions={KEY: AggregateField(function)})
