"""Python's search for garbage, which is in the way of work that makes much and leaves none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (10_000, 20, 20)  # as an answer that is planned makes some ten thousand objects, few of which stay


@contextmanager
def no_garbage() -> Iterator[None]:
    """Works without a look for garbage: it would walk all that was made, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def settle() -> None:
    """Frees what is left of an earlier state, and has Python pass over what is there now when it looks for garbage.

    A large schema stays for long, and walking through it holds all requests up for a tenth of a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
