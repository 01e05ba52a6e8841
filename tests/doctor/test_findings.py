"""A database in which nearly everything is wrong: each finding is told, and gone when the SQL that it gives was run."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from gatepost.doctor import KINDS, Finding, examine
from gatepost.errors import SetUpError
from gatepost.settings import Settings
from tests.api import CreateDatabase
from tests.conftest import run_sql
from tests.scripts import SCRIPTS

HERE = Path(__file__).parent
ROLES, WARD, CLINIC, CALLS = (
    (HERE / name).read_text() for name in ("roles.sql", "ward.sql", "clinic.sql", "calls.sql")
)

WRONG = {
    "api-role-power": {"role ward_nurse"},
    "api-role-owns": {"role ward_chief"},
    "role-without-limit": {"role ward_chief"},
    "login-role-power": {"role ward_porter"},
    "login-role-member": {"role ward_porter"},
    "login-role-owns": {"role ward_porter"},
    "login-role-inherits": {"role ward_porter"},
    "login-role-grant": {'"The Ward".floors', 'function "The Ward".me()'},
    "no-row-security": {"The Ward.Open Beds", "The Ward.floors"},
    "not-forced": {"The Ward.own"},
    "view-not-invoker": {"The Ward.all records", "The Ward.others"},
    "materialized-view-over-rls": {"The Ward.kept"},
    "definer-search-path": {"function The Ward.lookup(a integer)"},
    "write-policy-true": {"policy everything on The Ward.records"},
    "check-weaker": {"policy change on The Ward.records"},
    "policy-for-public": {"policy anybody on The Ward.records"},
    "no-policy": {"The Ward.records", "The Ward.odd"},
    "unique-tells": {"key records_code_key of The Ward.records"},
    "create-on-schema": {"schema The Ward", "schema cellar"},
    "public-grant": {"The Ward.records"},
    "public-execute": {"function The Ward.lookup(a integer)"},
    "default-execute": {"role ward_chief", "role ward_visitor"},
    "needless-privilege": {"The Ward.records", "sequence The Ward.numbers"},
    "per-row-function": {"policy own it on The Ward.own", "policy see own on The Ward.records"},
    "policy-column-index": {"The Ward.own.owner_id", "The Ward.records.patient id", "The Ward.records.team"},
    "foreign-key-index": {"foreign key records_floor_id_fkey of The Ward.records"},
    "not-inlined": {
        'function The Ward.keyless_Size(k "The Ward".keyless)',
        'function The Ward.keyless_set(k "The Ward".keyless)',
        'function The Ward.keyless_strict(k "The Ward".keyless)',
    },
    "duplicate-index": {"index second of The Ward.records"},
    "left-out": {"function The Ward.anything(a anyelement)"},
    "stable-writer": {"function The Ward.note(body text)"},
    "volatile-reader": {"function The Ward.count_records()"},
    "no-primary-key": {"The Ward.keyless", "The Ward.keyless_too"},
    "unknown-tag": {"The Ward.keyless"},
    "unfitting-tag": {"The Ward.keyless", "The Ward.keyless.b", "function The Ward.shout(word text)"},
    "served-as-text": {"type pg_catalog.box"},
    "not-granted": {"The Ward.all records", "The Ward.secret"},
    "not-exposed": {"schema cellar"},
}
"""Of each kind the objects of which it is told. Other names are tested in tests/names."""
NO_SQL = {"unique-tells", "served-as-text", "not-granted", "not-exposed"}
"""What no statement mends without knowing what is wanted."""


def settings(url: str, login_role: str = "ward_porter") -> Settings:
    return Settings(
        database_url=url,
        schemas=("The Ward",),
        anonymous_role="ward_patient",
        roles=("ward_nurse", "ward_chief"),
        login_role=login_role,
    )


@pytest.fixture(scope="module")
async def told(create_database: CreateDatabase) -> list[Finding]:
    url = await create_database(ROLES, WARD)
    return await examine(settings(url), ignore=["renamed"])


async def test_all_that_is_wrong_is_told_and_nothing_else(told: list[Finding]) -> None:
    found: dict[str, set[str]] = {}
    for finding in told:
        found.setdefault(finding.id, set()).add(finding.object)
    assert found == WRONG
    assert [finding.place for finding in told] == sorted(finding.place for finding in told)
    assert {finding.object: finding.severity for finding in told if finding.id == "view-not-invoker"} == {
        "The Ward.all records": "error",
        "The Ward.others": "warning",  # whose owner policies hold for
    }
    assert {finding.id for finding in told if finding.sql is None} == NO_SQL | {"not-inlined"}


async def test_the_sql_mends_it(told: list[Finding], create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, WARD)
    # What makes the log-in role inherit nothing grants again what it should not have at all.
    for finding in sorted(told, key=lambda finding: finding.id != "login-role-inherits"):
        if finding.sql is not None:
            await run_sql(url, finding.sql)
    left = [finding for finding in await examine(settings(url), ignore=["renamed"]) if finding.sql is not None]
    # What was open is closed, to all: somebody has to say whom it is for.
    assert {(finding.id, finding.object) for finding in left} == {
        ("no-policy", "The Ward.Open Beds"),
        ("no-policy", "The Ward.floors"),
        ("no-policy", "The Ward.records"),
    }
    for finding in left:
        await run_sql(url, finding.sql or "")
    assert [finding for finding in await examine(settings(url)) if finding.sql is not None] == []
    await run_sql(url, ROLES)


async def test_what_a_policy_lets_through_stays_when_its_calls_are_wrapped(create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, WARD)
    await run_sql(
        url,
        'insert into "The Ward".own values (7, 5); insert into "The Ward".records (id, "patient id", team, code) '
        "values (1, 5, 9, 'a'), (2, 6, 1, 'b'), (3, 6, 4, 'c'), (4, 6, 9, 'd'), (7, 6, 9, 'e')",
    )

    async def seen() -> list[int]:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute("set local ward.me = '5'; set local ward.claims = '{\"team\": 4}'")
                await connection.execute("set local role ward_patient")
                return [row[0] for row in await connection.fetch('select id from "The Ward".records order by id')]
        finally:
            await connection.close()

    assert await seen() == [1, 2, 3, 7]
    for finding in await examine(settings(url), only=["per-row-function"]):
        assert finding.sql is not None
        await run_sql(url, finding.sql)
    assert await seen() == [1, 2, 3, 7]


async def test_calls_are_wrapped_wherever_they_stand(create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, CALLS)
    calls = Settings(database_url=url, schemas=("o",), anonymous_role="ward_patient", login_role="ward_visitor")
    found = await examine(calls, only=["per-row-function"])
    assert {finding.object for finding in found} == {f"policy p{n} on o.t" for n in range(1, 21) if n != 10}
    statements = {finding.object: finding.sql or "" for finding in found}
    assert statements["policy p16 on o.t"] == (
        "alter policy p16 on o.t\n  using (((a <> ALL ((select o.ids())::bigint[])) "
        "AND (a = ANY (((select o.ids()) || (3)::bigint)))));"
    )
    await run_sql(url, "\n".join(statements.values()))
    assert await examine(calls, only=["per-row-function"]) == []


async def test_a_log_in_role_that_is_not_there(create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, WARD)
    with pytest.raises(SetUpError, match="there is no database role ward_nobody"):
        await examine(settings(url, login_role="ward_nobody"))


async def test_what_is_right_is_not_told(create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, CLINIC)
    clinic = Settings(database_url=url, schemas=("clinic",), anonymous_role="ward_patient", login_role="ward_visitor")
    assert await examine(clinic) == []


async def test_threads_is_clean(create_database: CreateDatabase) -> None:
    url = await create_database(*SCRIPTS, user="threads_gateway")
    threads = Settings(
        database_url=url,
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        roles=("threads_moderator",),
        resolvers="resolvers",
    )
    assert await examine(threads) == []


async def test_a_log_in_role_that_takes_requests_itself(create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, WARD)
    found = await examine(settings(url, login_role="ward_chief"))
    assert [finding.object for finding in found if finding.id.startswith("login-role")] == ["role ward_chief"]
    assert "login-role-serves" in {finding.id for finding in found}


async def test_a_superuser_who_takes_requests(create_database: CreateDatabase) -> None:
    url = await create_database("create table things (id int primary key); create view all_things as table things;")
    found = await examine(Settings(database_url=url, anonymous_role="postgres"))
    assert [(finding.severity, finding.id) for finding in found] == [
        ("error", "api-role-power"),
        ("error", "no-row-security"),
        ("warning", "default-execute"),
    ]


async def test_parts_are_asked_for_and_left_out(told: list[Finding], create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, WARD)
    await run_sql(url, ROLES)
    only = await examine(settings(url), only=["no-row-security"], ignore=["no-row-security:The Ward.floors"])
    assert [finding.object for finding in only] == ["The Ward.Open Beds"]
    less = await examine(settings(url), ignore=["no-row-security", "renamed"])
    assert less == [finding for finding in told if finding.id != "no-row-security"]
    with pytest.raises(SetUpError, match="no-such-thing is none of the doctor's kinds"):
        await examine(settings(url), ignore=["no-such-thing:x"])


def test_every_kind_is_tried() -> None:
    assert set(WRONG) | {"login-role-serves", "renamed"} == set(KINDS)


async def test_what_a_comment_says_is_meant(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create role doctor_guest nologin;
           create schema app; grant usage on schema app to doctor_guest;
           create table app.countries (code text primary key);
           create table app.notes (id int primary key, body text);
           grant select on app.countries, app.notes to doctor_guest;
           comment on table app.countries is '@meant no-row-security They are the same for all.';
           comment on column app.notes.body is '@meant to-be-read It is no kind of finding.';"""
    )
    guest = Settings(database_url=url, schemas=("app",), anonymous_role="doctor_guest")
    found = {
        (finding.id, finding.object) for finding in await examine(guest, only=["no-row-security", "unfitting-tag"])
    }
    assert found == {("no-row-security", "app.notes"), ("unfitting-tag", "app.notes.body")}
