"""Passwords are hashed well, verified fairly, and never on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from passlib.context import CryptContext

from gatepost.auth import passwords as room
from gatepost.auth.passwords import Passwords
from gatepost.errors import BadInput, Unavailable

CHEAP = {"memory_cost": 64, "time_cost": 1, "parallelism": 1}


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(**CHEAP)
    yield made
    made.close()


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which a hash was computed to verify a password."""
    threads: list[str] = []
    original = CryptContext.verify
    original_and_update = CryptContext.verify_and_update

    def verify(self: CryptContext, *arguments: Any, **options: Any) -> Any:
        threads.append(threading.current_thread().name)
        return original(self, *arguments, **options)

    def verify_and_update(self: CryptContext, *arguments: Any, **options: Any) -> Any:
        threads.append(threading.current_thread().name)
        return original_and_update(self, *arguments, **options)

    monkeypatch.setattr(CryptContext, "verify", verify)
    monkeypatch.setattr(CryptContext, "verify_and_update", verify_and_update)
    return threads


async def test_a_password_is_right_and_another_is_not(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert "correct horse" not in stored
    assert (await passwords.verify("correct horse", stored)).right
    assert not (await passwords.verify("correct hors", stored)).right
    assert stored != await passwords.hash("correct horse")


async def test_costs_are_the_ones_that_rfc_9106_recommends() -> None:
    passwords = Passwords()
    assert "$m=65536,t=3,p=4$" in await passwords.hash("correct horse")
    passwords.close()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "PASSWORD_TOO_SHORT"),
        ("1234567", "PASSWORD_TOO_SHORT"),
        ("x" * 257, "PASSWORD_TOO_LONG"),
        ("x" * 1_000_000, "PASSWORD_TOO_LONG"),
        ("password\x00", "PASSWORD_NOT_TEXT"),
        ("password\ud800", "PASSWORD_NOT_TEXT"),
    ],
)
async def test_a_password_out_of_bounds_is_refused_and_is_never_right(
    passwords: Passwords, password: str, code: str
) -> None:
    with pytest.raises(BadInput) as caught:
        await passwords.hash(password)
    assert caught.value.code == code
    assert caught.value.extensions["field"] == "password"
    assert not (await passwords.verify(password, await passwords.hash("correct horse"))).right


@pytest.mark.parametrize("password", ["12345678", "x" * 256, "pässwörd", "密码密码密码密码", "🔑" * 8, " " * 8])
async def test_any_text_within_the_bounds_will_do(passwords: Passwords, password: str) -> None:
    stored = await passwords.hash(password)
    assert (await passwords.verify(password, stored)).right
    assert not (await passwords.verify(password[:-1] + "?", stored)).right


async def test_a_password_may_be_typed_on_another_keyboard(passwords: Passwords) -> None:
    assert (await passwords.verify("pa\u0308ssword", await passwords.hash("p\u00e4ssword"))).right


@pytest.mark.parametrize("password", ["correct horse", "short", "x" * 1_000, "password\x00"])
@pytest.mark.parametrize("exists", [True, False])
async def test_every_answer_costs_one_hash(
    passwords: Passwords, verifications: list[str], password: str, exists: bool
) -> None:
    stored = await passwords.hash("another password")
    assert not (await passwords.verify(password, stored if exists else None)).right
    assert len(verifications) == 1


async def test_hashes_are_computed_in_threads_of_their_own(passwords: Passwords, verifications: list[str]) -> None:
    stored = await passwords.hash("correct horse")
    await asyncio.gather(*(passwords.verify("correct horse", stored) for _ in range(8)))
    assert len(verifications) == 8
    assert {name.rpartition("_")[0] for name in verifications} == {"passwords"}


async def test_a_hash_of_other_costs_is_replaced(passwords: Passwords) -> None:
    dearer = Passwords(memory_cost=128, time_cost=2, parallelism=1)
    stored = await passwords.hash("correct horse")
    verdict = await dearer.verify("correct horse", stored)
    assert verdict.right
    assert verdict.new_hash is not None
    assert "$m=128,t=2,p=1$" in verdict.new_hash
    assert await dearer.verify("correct horse", verdict.new_hash) == room.Verdict(True)
    assert (await dearer.verify("wrong horse", stored)).new_hash is None
    dearer.close()


class Gate:
    """Holds every hash up while it is closed, and counts those that wait at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = threading.Event()
        self.opened.set()
        self.held = threading.Semaphore(0)
        original = CryptContext.hash

        def hash_when_open(context: CryptContext, *arguments: Any, **options: Any) -> Any:
            if not self.opened.is_set():
                self.held.release()
                self.opened.wait(60)
            return original(context, *arguments, **options)

        monkeypatch.setattr(CryptContext, "hash", hash_when_open)


async def test_the_queue_is_bounded_and_empties(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    monkeypatch.setattr(room, "MOST_WAITING", 3)
    passwords = Passwords(**CHEAP)
    gate.opened.clear()
    waiting = [asyncio.create_task(passwords.hash("correct horse")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.hash("correct horse")
    gate.opened.set()
    assert len(set(await asyncio.gather(*waiting))) == 3
    assert await passwords.hash("correct horse")
    passwords.close()


async def test_who_goes_away_gives_up_a_place_in_the_queue_but_not_one_in_work(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    monkeypatch.setattr(room, "MOST_WAITING", 4)
    passwords = Passwords(**CHEAP)
    await passwords.hash("correct horse")
    gate.opened.clear()
    tasks = [asyncio.create_task(passwords.hash("correct horse")) for _ in range(4)]
    await asyncio.sleep(0)
    for _ in range(room.THREADS):
        assert await asyncio.to_thread(gate.held.acquire, timeout=60)
    for task in tasks:
        task.cancel()
    assert {type(result) for result in await asyncio.gather(*tasks, return_exceptions=True)} == {asyncio.CancelledError}
    waiting = [asyncio.create_task(passwords.hash("correct horse")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.hash("correct horse")
    gate.opened.set()
    assert len(set(await asyncio.gather(*waiting))) == 2
    passwords.close()
