"""`gatepost migrate`: what it applies, what it refuses, and what a failure leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from gatepost.embedded import EmbeddedPostgres
from gatepost.errors import SetUpError
from gatepost.migrate import check, new, scripts, status, up

CreateDatabase = Callable[..., Awaitable[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("functions", "migrations"):
        (tmp_path / "db" / name).mkdir(parents=True)
    (tmp_path / "db" / "schema.sql").write_text("create table public.a (id int);\n")
    (tmp_path / "db" / "functions" / "one.sql").write_text(
        "create or replace function public.one() returns int language sql as 'select 1';\n"
    )
    return tmp_path / "db"


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def names(url: str, folder: Path) -> list[str]:
    return [step.script.name for step in await up(url, folder)]


async def test_applies_everything_once_and_functions_when_they_change(
    create_database: CreateDatabase, folder: Path
) -> None:
    url = await create_database()
    (folder / "migrations" / "0001_b.sql").write_text("alter table public.a add b int;")
    assert [step.script.name for step in await status(url, folder)] == [
        "schema.sql",
        "migrations/0001_b.sql",
        "functions/one.sql",
    ]
    assert await names(url, folder) == ["schema.sql", "migrations/0001_b.sql", "functions/one.sql"]
    assert await names(url, folder) == []
    (folder / "functions" / "one.sql").write_text(
        "create or replace function public.one() returns int language sql as 'select 11';"
    )
    new(folder, "Add c").write_text("alter table public.a add c int;")
    assert await names(url, folder) == ["migrations/0002_add_c.sql", "functions/one.sql"]
    assert await ask(url, "select one() from (select b, c from a) as a right join (values (1)) as one on true") == 11


@pytest.mark.parametrize("name", ["schema.sql", "migrations/0001_b.sql"])
async def test_refuses_an_edited_script_by_its_name(create_database: CreateDatabase, folder: Path, name: str) -> None:
    url = await create_database()
    (folder / "migrations" / "0001_b.sql").write_text("alter table public.a add b int;")
    await up(url, folder)
    (folder / name).write_text("select 1;")
    with pytest.raises(SetUpError, match=name):
        await up(url, folder)


@pytest.mark.parametrize("head", ["", "-- gatepost: no transaction\n"])
async def test_who_ran_what_a_script_was_before_need_not_run_it_again(
    create_database: CreateDatabase, folder: Path, head: str
) -> None:
    url = await create_database()
    script = folder / "migrations" / "0001_b.sql"
    script.write_text("".join([head, "create table public.b (id int); insert into public.b values (1);"]))
    was = next(read.checksum for read in scripts.read(folder) if read.name == "migrations/0001_b.sql")
    await up(url, folder)
    later = f"{head}-- gatepost: was {'0' * 64}\n-- gatepost: was {was}\ncreate table public.b (id int);"
    script.write_text(later.replace(was, was[::-1]))
    with pytest.raises(SetUpError, match=r"0001_b\.sql was edited"):
        await up(url, folder)
    script.write_text(later)
    assert await status(url, folder) == []
    assert await names(url, folder) == []
    assert await ask(url, "select count(*) from public.b") == 1
    assert await ask(url, "select checksum from gatepost.scripts where name like '%0001_b.sql'") == was
    elsewhere = await create_database("select 'another'")
    assert len(await check(elsewhere, folder)) == 3
    assert len(await up(elsewhere, folder)) == 3
    assert await ask(elsewhere, "select count(*) from public.b") == 0


@pytest.mark.parametrize(
    ("script", "line", "said"),
    [
        ("create table public.c ();\n\nselect\n  nonsense;", 4, "nonsense"),
        ("create table public.c ();\n-- x\ndo $$ begin\nraise 'broken'; end $$;", 3, "broken"),
        (
            "create table public.c ();\ninsert into public.a values (1);\nselect 1/id - id/(id-1) from public.a",
            3,
            "zero",
        ),
        ("create table public.c ();\n\ncommit;", 3, "transaction"),
        ("create table public.c ();\n\\echo x\n", 2, "psql"),
    ],
)
async def test_a_failing_script_leaves_nothing_and_names_file_and_line(
    create_database: CreateDatabase, folder: Path, script: str, line: int, said: str
) -> None:
    url = await create_database()
    (folder / "migrations" / "0001_c.sql").write_text(script)
    with pytest.raises(SetUpError, match=rf"0001_c\.sql:{line}: .*{said}") as caught:
        await up(url, folder)
    assert "\n" not in caught.value.message
    assert await ask(url, "select count(*) from pg_namespace where nspname = 'gatepost'") == 0
    assert await ask(url, "select count(*) from pg_class where relname in ('a', 'c')") == 0


async def test_check_runs_everything_and_leaves_nothing(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database()
    assert len(await check(url, folder)) == 2
    assert await ask(url, "select to_regclass('public.a') is null and to_regnamespace('gatepost') is null")
    (folder / "functions" / "one.sql").write_text("select oops;")
    with pytest.raises(SetUpError, match=r"one\.sql:1"):
        await check(url, folder)


async def test_two_deploys_at_once_both_succeed(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database()
    (folder / "migrations" / "0001_slow.sql").write_text("select pg_sleep(0.5);")
    first, second = await asyncio.gather(up(url, folder), up(url, folder))
    assert sorted([len(first), len(second)]) == [0, 3]


async def test_what_a_script_sets_does_not_reach_the_next(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database("do $$ begin create role migrate_test_owner; exception when others then null; end $$;")
    (folder / "migrations" / "0001_b.sql").write_text("set search_path = x; set role migrate_test_owner;")
    (folder / "migrations" / "0002_c.sql").write_text("create table c ();")
    await up(url, folder)
    assert (
        await ask(url, "select tableowner from pg_tables where schemaname = 'public' and tablename = 'c'") == "postgres"
    )


async def test_refuses_a_database_that_something_else_made(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database("create table public.other ();")
    with pytest.raises(SetUpError, match="not empty"):
        await up(url, folder)


async def test_refuses_names_and_numbers_that_cannot_be_told_apart(folder: Path) -> None:
    (folder / "migrations" / "0001_a.sql").write_text("select 1;")
    (folder / "migrations" / "0001_b.sql").write_text("select 1;")
    with pytest.raises(SetUpError, match=r"0001_b\.sql has the number of migrations/0001_a\.sql"):
        await up("postgresql://nowhere.invalid", folder)
    (folder / "migrations" / "0001_b.sql").rename(folder / "migrations" / "second.sql")
    with pytest.raises(SetUpError, match=r"second\.sql"):
        await up("postgresql://nowhere.invalid", folder)


async def test_sets_the_login_roles_password_as_a_verifier(folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "pg_hba.conf"
    rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    for reachable in (rules, *rules.parents):
        if reachable.owner() == "root":
            reachable.chmod(reachable.stat().st_mode | 0o055)
    (folder / "schema.sql").write_text("create role migrate_login;")
    with EmbeddedPostgres(tmp_path / "server", {"hba_file": str(rules)}) as server:
        await up(server.url(), folder, login_role="migrate_login", login_password="correct horse")
        stored = await ask(server.url(), "select rolpassword from pg_authid where rolname = 'migrate_login'")
        assert str(stored).startswith("SCRAM-SHA-256$4096:")
        right = server.url("postgres", "migrate_login", "correct horse")
        assert await ask(right, "select current_user") == "migrate_login"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(server.url("postgres", "migrate_login", "battery staple"), "select 1")


async def test_a_server_that_is_not_there_is_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match="cannot connect") as caught:
        await up(f"postgresql://x@/x?host={tmp_path}", folder)
    assert "\n" not in caught.value.message


async def test_api_roles_do_not_see_the_record(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database("do $$ begin create role migrate_test_api; exception when others then null; end $$;")
    await up(url, folder)
    assert await ask(url, "select has_schema_privilege('migrate_test_api', 'gatepost', 'usage')") is False
