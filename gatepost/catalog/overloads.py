"""Functions of one name, and whether a call can be told to be one's: facts that no other file of the catalog has."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from gatepost.catalog.model import Argument, Function


def told_apart(functions: Sequence[Function], row_types: Container[int]) -> tuple[Function, ...]:
    """The functions, each so that a call of it is no other's; `row_types`: those of the relations (oids).

    Postgres knows no preference among those of one name that a call fits when it adds their defaults (its manual,
    10.3): it refuses the call. So a function is called by the names of its arguments, or with all of them, or with all
    of them at their place, whatever fits no other; where nothing does, it is `ambiguous`.
    """
    by_name: dict[tuple[str, str], list[Function]] = {}
    for function in functions:
        by_name.setdefault((function.schema, function.name), []).append(function)
    return tuple(
        _told_apart(
            function,
            [other for other in by_name[function.schema, function.name] if other is not function],
            of_row=bool(function.inputs) and function.inputs[0].type in row_types,
        )
        for function in functions
    )


def _told_apart(function: Function, others: list[Function], *, of_row: bool) -> Function:
    inputs = function.inputs
    named = all(argument.name and argument.mode != "v" for argument in inputs)
    if named and not any(_fits_by_name(other, function, of_row=of_row, whole=False) for other in others):
        return function
    least = len(inputs) if named else _needed(inputs)
    if not any(_fits_by_place(other, inputs[:n]) for other in others for n in range(least, len(inputs) + 1)):
        return _needing_all(function, by_place=True) if named else function
    if not named and not any(_fits_by_place(other, inputs) for other in others):
        return _needing_all(function, by_place=True)
    if named and not any(_fits_by_name(other, function, of_row=of_row, whole=True) for other in others):
        return _needing_all(function, by_place=False)
    return replace(function, ambiguous=True)


def _fits_by_name(other: Function, function: Function, *, of_row: bool, whole: bool) -> bool:
    """Whether a call of `function` by names fits the other; `whole`: one that gives all arguments, else any.

    A function `of_row` may get the row by its place, so that it need not have the same name. A call by names fits no
    variadic function (`FuncnameGetCandidates` in Postgres' namespace.c).
    """
    if any(argument.mode == "v" for argument in other.inputs):
        return False
    theirs = {(argument.name, argument.type): argument for argument in other.inputs if argument.name}
    if of_row and other.inputs and function.inputs[0].type == other.inputs[0].type:
        theirs[function.inputs[0].name, function.inputs[0].type] = other.inputs[0]
    shared = {key: argument for argument in function.inputs if (key := (argument.name, argument.type)) in theirs}
    given = shared.values()
    needed = [argument for argument in function.inputs if whole or not argument.has_default]
    known = [theirs[key] for key in shared]
    return all(argument in given for argument in needed) and all(
        argument in known for argument in other.inputs if not argument.has_default
    )


def _fits_by_place(other: Function, given: Sequence[Argument]) -> bool:
    theirs = other.inputs
    types = [argument.type for argument in given]
    return _needed(theirs) <= len(given) and [argument.type for argument in theirs[: len(given)]] == types


def _needed(arguments: Sequence[Argument]) -> int:
    """How many arguments a call has to give: only the last ones have defaults."""
    return sum(not argument.has_default for argument in arguments)


def _needing_all(function: Function, *, by_place: bool) -> Function:
    arguments = tuple(replace(argument, has_default=False) for argument in function.arguments)
    return replace(function, arguments=arguments, by_place=by_place)
