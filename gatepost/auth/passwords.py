"""Passwords: hashed with argon2id (RFC 9106), in threads of their own so that requests do not wait for them."""

from __future__ import annotations

import asyncio
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from passlib.context import CryptContext

from gatepost.errors import BadInput, Unavailable

SHORTEST = 8
LONGEST = 256
THREADS = 2
MOST_WAITING = 100
"""Hashes in work and waiting; at some 50 ms each the last in the queue is served in a few seconds."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and the hash to store in place of the old one where that one is out of date."""

    right: bool
    new_hash: str | None = None


class Passwords:
    """Hashes and verifies passwords; `close` ends its threads.

    The costs default to the second recommended option of RFC 9106, section 4: 64 MiB (`memory_cost`, in KiB), three
    passes, four lanes.
    """

    def __init__(self, *, memory_cost: int = 65_536, time_cost: int = 3, parallelism: int = 4) -> None:
        self._context = CryptContext(
            schemes=["argon2"],
            argon2__type="ID",
            argon2__memory_cost=memory_cost,
            argon2__time_cost=time_cost,
            argon2__parallelism=parallelism,
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._decoy: Future[str] | None = None
        self._places = threading.BoundedSemaphore(MOST_WAITING)

    async def hash(self, password: str) -> str:
        """The hash to store of a new password.

        Raises BadInput (PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_NOT_TEXT) and Unavailable.
        """
        check(password)
        return await self._run(lambda: self._context.hash(_normalized(password)))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Whether `password` belongs to the hash `stored`; None stands for a person who does not exist.

        One hash is computed in every case, so that the time tells nothing of who exists. Raises Unavailable.
        """
        decoy = self._decoy = self._decoy or self._threads.submit(self._context.hash, secrets.token_urlsafe())
        return await self._run(lambda: self._verify(password, stored, decoy.result()))

    def close(self) -> None:
        """Ends the threads without waiting; hashes not begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str | None, decoy: str) -> Verdict:
        possible = _problem(password) is None
        text = _normalized(password) if possible else "x" * SHORTEST
        if stored is None or not possible:
            self._context.verify(text, decoy)
            return Verdict(False)
        right, new_hash = self._context.verify_and_update(text, stored)
        return Verdict(right, new_hash)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many people are logging in just now. Try again in a moment.")
        try:
            future = self._threads.submit(work)
        except BaseException:
            self._places.release()
            raise
        # The place is free when the thread is done, and not already when the caller went away.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


def check(password: str) -> None:
    """Raises BadInput where a new password is shorter than 8 or longer than 256 characters, or no storable text."""
    problem = _problem(password)
    if problem is not None:
        code, message = problem
        raise BadInput(message, code=code, extensions={"field": "password"})


def _problem(password: str) -> tuple[str, str] | None:
    if len(password) < SHORTEST:
        return "PASSWORD_TOO_SHORT", f"Choose a password of at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return "PASSWORD_TOO_LONG", f"Choose a password of at most {LONGEST} characters."
    if "\x00" in password or any("\ud800" <= character <= "\udfff" for character in password):
        return "PASSWORD_NOT_TEXT", "The password holds a character that is no text."
    return None


def _normalized(password: str) -> str:
    """One form for what looks alike, so that a password typed on another keyboard is the same (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
