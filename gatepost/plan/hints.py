"""Hints: what a function that pages itself is told of the page that is read from it.

They only save work: the page is ordered, begun and cut around the call all the same. So they are given where the first
rows in the function's own order are all that is read of it, and else it is told nothing, and returns all.
"""

from __future__ import annotations

from gatepost.plan import cursors
from gatepost.plan.elements import Variables
from gatepost.plan.frame import Frame
from gatepost.plan.rows import RowCompiler
from gatepost.plan.sources import Hints
from gatepost.plan.values import Leaf, Value
from gatepost.schema.meaning import Paging, Rows
from gatepost.schema.paging import fits


def of_page(compiler: RowCompiler, rows: Rows, paging: Paging, size: Leaf, after: Value = None) -> Hints:
    """The hints for the first `size` rows in the order of `rows`, those behind the cursor `after` if there is one."""
    if not fits(paging, rows):
        return {}
    if not isinstance(after, Leaf):
        return {paging.size.argument.name: compiler.parameters.value(size.bind, paging.size.codec, exact=True)}
    order = compiler.orderings.order(rows, None, None, Frame("", direct=True))
    held = cursors.held_by(order, after)
    places = {key.name: place for place, key in enumerate(order.keys)}

    # Where a null is among the values of a cursor, a function could not tell it from none: it is told nothing then.
    def fetched(variables: Variables) -> object:
        return None if None in held(variables) else size.bind(variables)

    hints = {paging.size.argument.name: compiler.parameters.value(fetched, paging.size.codec, exact=True)}
    for column, parameter in paging.keys:

        def value(variables: Variables, place: int = places[column]) -> str | None:
            values = held(variables)
            return None if None in values else values[place]

        hints[parameter.argument.name] = compiler.parameters.text(value, parameter.codec)
    return hints
