"""What Postgres refuses, as a caller reads it: a stable code, and nothing that Postgres itself said."""

from __future__ import annotations

import json
import logging
import re

import asyncpg
import pytest

from gatepost.errors import GatepostError
from gatepost.transaction.failures import told
from tests.transaction.conftest import GUEST, MEMBER, Vault, asked, claims

FAIL = asked("select to_json(vault.fail($3, $4))")
SECRET = "card 4111 of relation secret_table"


async def error_of(vault: Vault, sql: str, *arguments: object, role: str = MEMBER) -> GatepostError:
    """The error that a statement ends with."""
    database = await vault.open()
    with pytest.raises(GatepostError) as raised:
        await database.answer(role, claims(1), sql, arguments, read_only=False)
    return raised.value


@pytest.mark.parametrize(
    ("state", "code", "status"),
    [
        ("23505", "UNIQUE_VIOLATION", 409),
        ("23503", "FOREIGN_KEY_VIOLATION", 409),
        ("23514", "CHECK_VIOLATION", 400),
        ("23502", "NOT_NULL_VIOLATION", 400),
        ("23P01", "EXCLUSION_VIOLATION", 409),
        ("42501", "FORBIDDEN", 403),
        ("57014", "TIMEOUT", 504),
        ("55P03", "TIMEOUT", 504),
        ("40001", "SERIALIZATION_FAILURE", 409),
        ("40P01", "SERIALIZATION_FAILURE", 409),
        ("22012", "BAD_USER_INPUT", 400),
        ("22P02", "BAD_USER_INPUT", 400),
        ("22003", "BAD_USER_INPUT", 400),
        ("53200", "UNAVAILABLE", 503),
        ("57P03", "UNAVAILABLE", 503),
        # A foreign server's connection, not ours: nothing was done, and that is known.
        ("08006", "UNAVAILABLE", 503),
        ("42P01", "INTERNAL", 500),
        ("42883", "INTERNAL", 500),
        ("25006", "READ_ONLY", 409),
        ("55000", "NOT_READY", 409),
        ("P0002", "NOT_FOUND", 404),
        ("P0003", "INTERNAL", 500),
        ("XX000", "INTERNAL", 500),
    ],
)
async def test_each_sqlstate_has_a_code_and_leaks_nothing(vault: Vault, state: str, code: str, status: int) -> None:
    error = await error_of(vault, FAIL, state, SECRET)
    assert (error.code, error.status) == (code, status)
    told = json.dumps([error.message, error.extensions])
    assert not any(part in told for part in ("4111", "secret", "hidden", "vault"))
    assert error.extensions["code"] == code


@pytest.mark.parametrize(
    ("body", "code"), [("note 1", "UNIQUE_VIOLATION"), ("bad", "CHECK_VIOLATION"), (None, "NOT_NULL_VIOLATION")]
)
async def test_constraints(vault: Vault, body: str | None, code: str) -> None:
    error = await error_of(vault, asked("select to_json(vault.add_note($3))"), body)
    assert error.code == code
    assert "note 1" not in json.dumps([error.message, error.extensions])
    assert error.extensions == {"code": code}  # the names are told by who knows what the caller's schema shows


async def test_a_constraint_that_is_checked_at_the_commit(vault: Vault) -> None:
    await vault.admin.execute("alter table vault.pages alter constraint pages_note_id_fkey initially deferred")
    database = await vault.open()
    with pytest.raises(GatepostError) as raised:
        await database.fetch(MEMBER, claims(1), "insert into vault.pages (note_id) values (-1)")
    assert raised.value.code == "FOREIGN_KEY_VIOLATION"
    assert await database.fetch(MEMBER, claims(1), "select from vault.pages") == []


async def test_a_policy_refuses(vault: Vault) -> None:
    database = await vault.open()
    with pytest.raises(GatepostError) as raised:
        await database.fetch(MEMBER, claims(1), "insert into vault.notes (owner, body) values (2, 'of another')")
    assert (raised.value.code, raised.value.message) == ("FORBIDDEN", "You may not do this.")
    assert await database.fetch(MEMBER, claims(2), "select from vault.notes where body = 'of another'") == []


async def test_a_rule_speaks_for_itself(vault: Vault) -> None:
    error = await error_of(vault, asked("select to_json(vault.break_rule())"))
    assert error.message == "Nobody writes to themselves."
    assert error.extensions == {
        "code": "CANNOT_WRITE_SELF",
        "field": "firstReader",
        "hint": "Write to another.",
        "detail": "A rule.",
    }


@pytest.mark.parametrize(
    ("detail", "facts"),
    [
        ('{"retryAfter": 12, "until": null}', {"retryAfter": 12, "until": None}),
        ('{"code": "OTHER", "retryAfter": 12}', {"retryAfter": 12}),
        ("{nothing of JSON", {"detail": "{nothing of JSON"}),
        ("[12]", {"detail": "[12]"}),
        ("", {}),
    ],
)
def test_a_rule_tells_facts_in_json(detail: str, facts: dict[str, object]) -> None:
    error = asyncpg.RaiseError("Too often.")
    error.sqlstate, error.constraint_name, error.detail = "P0001", "rate_limited", detail
    assert told(error).extensions == {"code": "RATE_LIMITED"} | facts


async def test_a_rule_without_a_name(vault: Vault) -> None:
    error = await error_of(vault, FAIL, "P0001", "Not today.")
    assert (error.message, error.code, error.status) == ("Not today.", "RULE_BROKEN", 400)


@pytest.mark.parametrize(("file", "code"), [("lwgeom_box.c", "BAD_USER_INPUT"), ("relcache.c", "INTERNAL")])
def test_what_postgis_cannot_read(file: str, code: str) -> None:
    error = asyncpg.InternalServerError("box2d parser - couldn't parse.")
    error.sqlstate, error.server_source_filename = "XX000", file
    assert told(error).code == code


async def test_a_rule_with_an_sqlstate_of_its_author(vault: Vault) -> None:
    error = await error_of(vault, FAIL, "DNIED", "Ask the owner first.")
    assert (error.message, error.code, error.status) == ("Ask the owner first.", "DNIED", 400)


@pytest.mark.parametrize("value", ["\ud800", "a\x00b"])
async def test_a_text_that_postgres_cannot_hold(vault: Vault, value: str) -> None:
    error = await error_of(vault, asked("select to_json(vault.add_note($3))"), value)
    assert error.code == "BAD_USER_INPUT"


async def test_a_value_of_another_type(vault: Vault) -> None:
    error = await error_of(vault, asked("select to_json(vault.slowly($3))"), "soon")
    assert error.code == "BAD_USER_INPUT"


async def test_what_is_masked_is_logged_under_its_id(vault: Vault, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        error = await error_of(vault, FAIL, "42P01", SECRET)
    [record] = [record for record in caplog.records if record.name == "gatepost.database"]
    line = record.getMessage()
    assert str(error.extensions["id"]) in line
    assert "42P01 UndefinedTableError" in line
    assert re.search(r"PL/pgSQL function vault\.fail\(text,text\) line \d+ at RAISE", line)
    assert not any(part in caplog.text for part in ("4111", "hidden"))


async def test_what_a_role_may_not_execute(vault: Vault) -> None:
    error = await error_of(vault, asked("select to_json(vault.secret())"), role=GUEST)
    assert (error.code, error.message) == ("FORBIDDEN", "You may not do this.")
