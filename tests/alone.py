"""What one process of a test run does at a time, since all of them share the checkout."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / ".pytest_cache"


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Waits until no other process is within the same name; the system lets go of it when a process ends."""
    _FOLDER.mkdir(exist_ok=True)
    with (_FOLDER / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
