"""Room to recurse, for work whose depth grows with a database."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_DEEP = threading.Lock()
_deep = [0, 0]  # how many work deep, and the recursion limit before the first of them


def deep(work: Callable[[], T]) -> T:
    """Runs `work` with room to recurse: graphql-core walks a schema's references recursively, a level a type."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            failures.append(error)

    # The limit and the size are the whole process's: they are put back when the last of several threads is done.
    with _DEEP:
        if not _deep[0]:
            _deep[1] = sys.getrecursionlimit()
            sys.setrecursionlimit(100_000)
        _deep[0] += 1
        stack = threading.stack_size(256 * 1024 * 1024)
        try:
            thread = threading.Thread(target=run)
            thread.start()
        finally:
            threading.stack_size(stack)
    thread.join()
    with _DEEP:
        _deep[0] -= 1
        if not _deep[0]:
            sys.setrecursionlimit(_deep[1])
    if failures:
        raise failures[0]
    return results[0]
