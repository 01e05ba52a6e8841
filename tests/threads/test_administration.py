"""What administrators see and do in psql, and that nobody else does."""

from __future__ import annotations

import hashlib

import asyncpg
import pytest

from tests.scripts import SCRIPTS

from .conftest import Breaks, Connection, CreateDatabase, Town

VIEWS = """
    select c.oid::regclass::text as name from pg_class as c
     where c.relnamespace = 'admin'::regnamespace and c.relkind = 'v'
     order by 1
"""
FUNCTIONS = """
    select p.oid::regprocedure::text as name from pg_proc as p where p.pronamespace = 'admin'::regnamespace order by 1
"""
TRACK = "do $$ begin execute format('alter database %I set track_functions = ''all''', current_database()); end $$"


@pytest.fixture
async def admin(town: Town) -> Connection:
    """A log-in role of an administrator's own, as an operator would make it."""
    superuser = await town.superuser()
    await superuser.execute("""
        do $$
        begin
          if not exists (select from pg_roles where rolname = 'an_administrator') then
            create role an_administrator login;
            grant threads_admin to an_administrator;
          end if;
        end
        $$
    """)
    return await town.connect("an_administrator")


async def names(connection: Connection, sql: str) -> list[str]:
    return [row["name"] for row in await connection.fetch(sql)]


async def test_no_role_of_the_api_sees_anything_of_it(town: Town) -> None:
    superuser = await town.superuser()
    views, functions = await names(superuser, VIEWS), await names(superuser, FUNCTIONS)
    assert len(views) == 11
    assert len(functions) == 8
    for role in ("threads_anonymous", "threads_member", "threads_moderator", "threads_auth", "threads_gateway"):
        assert not await superuser.fetchval("select has_schema_privilege($1, 'admin', 'usage')", role)
        for view in views:
            assert not await superuser.fetchval("select has_any_column_privilege($1, $2, 'select')", role, view)
        for function in functions:
            assert not await superuser.fetchval("select has_function_privilege($1, $2, 'execute')", role, function)
    session = await town.join("ada")
    for statement in ("table admin.accounts", "select admin.take_over_name('ada')", "select * from admin.look_up('a')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(statement)


async def test_administrators_read_every_view_and_write_none(town: Town, admin: Connection) -> None:
    await town.join("ada")
    for view in await names(admin, VIEWS):
        await admin.fetch(f"table {view}")
        writes = "insert, update, delete, truncate, references, trigger"
        assert not await admin.fetchval("select has_table_privilege($1, $2)", view, writes)


async def test_everything_in_it_has_a_comment_and_an_owner(town: Town) -> None:
    superuser = await town.superuser()
    assert (
        await names(
            superuser,
            """
        select format('%s.%s', a.attrelid::regclass, a.attname) as name
          from pg_attribute as a
          join pg_class as c on c.oid = a.attrelid
         where c.relnamespace = 'admin'::regnamespace
           and (
                 col_description(c.oid, a.attnum) is null
                 or obj_description(c.oid, 'pg_class') is null
                 or c.relowner <> 'threads_owner'::regrole
               )
         union all
        select p.proname
          from pg_proc as p
         where p.pronamespace = 'admin'::regnamespace
           and (obj_description(p.oid, 'pg_proc') is null
                or p.proowner <> 'threads_owner'::regrole
                or p.prosecdef and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false))
        """,
        )
        == []
    )


async def test_an_account_and_its_state(town: Town, admin: Connection) -> None:
    ada, grace = await town.join("ada"), await town.sign_up("grace")
    await ada.execute("select threads.follow_user('grace'), threads.create_thread('hello')")
    account = await admin.fetchrow("select * from admin.accounts where username = 'ada'")
    assert {name: account[name] for name in ("state", "is_moderator", "has_password", "threads", "following")} == {
        "state": "active",
        "is_moderator": False,
        "has_password": True,
        "threads": 1,
        "following": 1,
    }
    await ada.execute("select threads.report_user('grace', 'spam')")
    await admin.execute("select threads.suspend_user('grace', 'Spam.', now() + interval '1 day')")
    await admin.execute("select threads.appoint_moderator('ada')")
    rows = await admin.fetch("select username, state, is_moderator from admin.accounts order by username")
    assert [tuple(row) for row in rows] == [("ada", "active", True), ("grace", "suspended", False)]
    await (await town.superuser()).execute("update threads.users set deactivated_at = now() where id = $1", grace)
    assert await admin.fetchval("select state from admin.accounts where username = 'grace'") == "deactivated"


@pytest.mark.parametrize("what", ["@Ada", "ad", "ada@example.org", "{id}", "Countess"])
async def test_somebody_is_looked_up_by_what_is_known_of_them(town: Town, admin: Connection, what: str) -> None:
    ada = await town.sign_up("ada")
    await town.sign_up("grace")
    superuser = await town.superuser()
    await superuser.execute("update threads.users set display_name = 'Countess of Lovelace' where id = $1", ada)
    await superuser.execute("update threads.accounts set email = 'ada@example.org' where user_id = $1", ada)
    rows = await admin.fetch("select username, email from admin.look_up($1)", what.replace("{id}", str(ada)))
    assert [tuple(row) for row in rows] == [("ada", "ada@example.org")]


async def test_looking_up_begins_with_who_has_just_this_name(town: Town, admin: Connection) -> None:
    for name in ("ada_2", "ada", "adam"):
        await town.sign_up(name)
    rows = await admin.fetch("select username from admin.look_up('ada')")
    assert [row["username"] for row in rows] == ["ada", "ada_2", "adam"]


async def test_reports_wait_and_what_is_done_is_logged(town: Town, admin: Connection) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await grace.fetchval("select t.id from threads.create_thread('buy now') as t")
    await ada.execute("select threads.report_thread($1, 'spam')", thread)
    (case,) = await admin.fetch("select * from admin.report_queue")
    assert (case["username"], case["thread_id"], case["reasons"], case["body"]) == ("grace", thread, "spam", "buy now")
    await admin.execute("select threads.hide_thread($1, 'Spam.')", thread)
    assert await admin.fetch("select * from admin.report_queue") == []
    done = await admin.fetchrow("select * from admin.moderation_log where thread_id = $1 order by id desc", thread)
    assert (done["action"], done["done_by"], done["username"]) == ("hide_thread", "an_administrator", "grace")
    await admin.execute("select threads.restore_thread($1)", thread)
    assert await ada.fetchval("select body from threads.threads where id = $1", thread) == "buy now"


async def test_who_has_no_turn_left(town: Town, admin: Connection) -> None:
    ada = await town.join("ada")
    await (await town.superuser()).execute("truncate private.attempts")
    for _ in range(await admin.fetchval("select turns from admin.limits where action = 'thread'")):
        await ada.execute("select threads.create_thread('again')")
    with pytest.raises(asyncpg.RaiseError, match="too often"):
        await ada.execute("select threads.create_thread('again')")
    rows = await admin.fetch("select * from admin.limits where username is not null")
    assert [(row["action"], row["username"]) for row in rows] == [("thread", "ada")]
    assert await admin.fetchval("select next_turn_at > now() from admin.limits where username = 'ada'")
    await (await town.superuser()).execute("truncate private.attempts")


async def test_a_name_goes_to_its_heir(town: Town, admin: Connection) -> None:
    ada, squatter = await town.sign_up("ada_lovelace"), await town.sign_up("ada")
    said = await admin.fetchval("select admin.take_over_name('ada', 'ada_lovelace')")
    assert said == "ada_lovelace is ada now; who had it is ada_2 now"
    rows = await admin.fetch("select id, username from admin.accounts order by username")
    assert [tuple(row) for row in rows] == [(ada, "ada"), (squatter, "ada_2")]
    session = await town.member(squatter)
    with pytest.raises(asyncpg.RaiseError, match="taken"):
        await session.execute("select threads.change_username('ada')")


async def test_a_name_without_an_heir_is_nobodys(town: Town, admin: Connection, breaks: Breaks) -> None:
    squatter = await town.sign_up("brand")
    assert "who had it is brand_2 now" in await admin.fetchval("select admin.take_over_name('brand')")
    for session in (await town.member(squatter), await town.join("grace")):
        with breaks("username_taken", 'The username "brand" is taken.', "username"):
            await session.execute("select threads.change_username('brand')")
    with breaks("user_not_found", 'There is no user "nobody".', "heir"):
        await admin.execute("select admin.take_over_name('brand', 'nobody')")
    with breaks("username_reserved", 'The username "moderator" is reserved.', "username"):
        await admin.execute("select admin.take_over_name('moderator', 'grace')")
    assert await admin.fetchval("select admin.take_over_name('brand', 'grace')") == "grace is brand now"


async def test_renaming_holds_the_old_name_for_them(town: Town, admin: Connection, breaks: Breaks) -> None:
    ada = await town.sign_up("ada")
    assert await admin.fetchval("select admin.rename_user('ada', 'Countess')") == "countess"
    with breaks("username_taken", 'The username "ada" is taken.', "username"):
        await (await town.join("grace")).execute("select threads.change_username('ada')")
    await (await town.member(ada)).execute("select threads.change_username('ada')")
    with breaks("user_not_found", 'There is no user "nobody".', "username"):
        await admin.execute("select admin.rename_user('nobody', 'somebody')")


async def test_another_password_logs_out_everywhere(town: Town, admin: Connection, breaks: Breaks) -> None:
    ada, grace = await town.sign_up("ada"), await town.sign_up("grace")
    superuser = await town.superuser()
    for user, token in ((ada, b"a"), (ada, b"b"), (grace, b"c")):
        await superuser.execute(
            "select private.open_session($1, $2, interval '1 hour', 'a device', null)",
            user,
            hashlib.sha256(token).digest(),
        )
    assert await admin.fetchval("select count(*) from admin.sessions where username = 'ada'") == 2
    assert await admin.fetchval("select admin.replace_password_hash('ada', 'another hash')") == 2
    assert await admin.fetchval("select count(*) from admin.sessions") == 1
    assert await superuser.fetchval("select password_hash from private.credentials where user_id = $1", ada) == (
        "another hash"
    )
    assert await admin.fetchval("select admin.end_sessions('grace')") == 1
    with breaks("user_not_found", 'There is no user "nobody".', "username"):
        await admin.execute("select admin.replace_password_hash('nobody', 'x')")


async def test_what_was_done_is_logged_and_stays(town: Town, admin: Connection, breaks: Breaks) -> None:
    for name in ("ada", "grace"):
        await town.sign_up(name)
    superuser = await town.superuser()
    last = await superuser.fetchval("select coalesce(max(id), 0) from private.administration_actions")
    await admin.execute("select admin.take_over_name('ada', 'grace')")
    await admin.execute("select admin.replace_password_hash('ada', 'another hash')")
    rows = await admin.fetch("select action, done_by, username from admin.actions where id > $1 order by id", last)
    assert [tuple(row) for row in rows] == [
        ("rename_user", "an_administrator", "ada_2"),
        ("take_over_name", "an_administrator", "ada_2"),
        ("rename_user", "an_administrator", "ada"),
        ("replace_password_hash", "an_administrator", "ada"),
        ("end_sessions", "an_administrator", "ada"),
    ]
    await superuser.execute("set session_replication_role = replica")
    for statement in (
        "delete from private.administration_actions",
        "update private.administration_actions set session_role = 'nobody'",
        "truncate private.administration_actions",
    ):
        with breaks("log_is_final", "The log of administration is not changed."):
            await superuser.execute(statement)


async def test_acting_as_a_moderator_is_moderating(town: Town, admin: Connection) -> None:
    ada, grace = await town.sign_up("ada"), await town.join("grace")
    thread = await grace.fetchval("select t.id from threads.create_thread('buy now') as t")
    await admin.execute("select threads.appoint_moderator('ada')")
    async with admin.transaction():
        assert await admin.fetchval("select threads.act_as('ada')") == f"ada (threads_moderator, id {ada})"
        await admin.execute("select threads.hide_thread($1, 'Spam.')", thread)
    done = "select done_by from admin.moderation_log where action = 'hide_thread' order by id desc"
    assert await admin.fetchval(done) == "ada"


async def test_acting_as_somebody_who_is_deactivated_is_being_a_stranger(town: Town, admin: Connection) -> None:
    ada = await town.sign_up("ada")
    await (await town.superuser()).execute("update threads.users set deactivated_at = now() where id = $1", ada)
    async with admin.transaction():
        assert await admin.fetchval("select threads.act_as('ada')") == f"ada (threads_member, id {ada})"
        with pytest.raises(asyncpg.PostgresError):
            async with admin.transaction():
                await admin.execute("select threads.create_thread('x')")


async def test_advice_says_what_is_wrong_and_the_command_mends_it(create_database: CreateDatabase) -> None:
    town = Town(await create_database(*SCRIPTS))
    superuser = await town.superuser()
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute(
        "insert into threads.users (username, display_name) select 'u' || n, 'U' from generate_series(1000, 6000) as n"
    )
    await superuser.execute("delete from threads.users where id % 2 = 0")
    await superuser.execute("""
        alter table threads.users add constraint users_unchecked check (id > 0) not valid;
        update pg_index set indisvalid = false where indexrelid = 'threads.threads_created_at_idx'::regclass;
        select pg_stat_force_next_flush();
    """)
    advice = {row["about"]: row["command"] for row in await superuser.fetch("select about, command from admin.advice")}
    assert advice["threads.threads_created_at_idx"] == "drop index concurrently threads.threads_created_at_idx"
    assert advice["threads.users"] == "vacuum (analyze) threads.users"
    assert advice["users_unchecked on threads.users"] == "alter table threads.users validate constraint users_unchecked"
    await superuser.execute("update pg_index set indisvalid = true where not indisvalid")
    for about in ("threads.users", "users_unchecked on threads.users"):
        await superuser.execute(advice[about])
    left = {row["about"] for row in await superuser.fetch("select about from admin.advice")}
    assert not left & {"threads.users", "users_unchecked on threads.users", "threads.threads_created_at_idx"}
    await town.close()


async def test_how_large_an_index_would_be(town: Town) -> None:
    """Within a third of what it is when it is new, and much less once most of it is gone."""
    superuser = await town.superuser()
    await superuser.execute("""
        set session_replication_role = replica;
        insert into threads.users (username, display_name)
        select 'user_' || n, 'U' from generate_series(10000, 40000) as n;
        analyze threads.users;
        reindex table threads.users;
    """)
    index = "select bytes, expected_bytes from admin.indexes where name = $1"
    for name in ("threads.users_pkey", "threads.users_username_key"):
        row = await superuser.fetchrow(index, name)
        assert 0.67 < row["expected_bytes"] / row["bytes"] < 1.5, name
    await superuser.execute("delete from threads.users where username > 'user_15'")
    await superuser.execute("vacuum (analyze) threads.users")
    row = await superuser.fetchrow(index, "threads.users_username_key")
    assert row["bytes"] > 3 * row["expected_bytes"]


async def test_a_policy_and_what_its_functions_cost(town: Town) -> None:
    superuser = await town.superuser()
    await superuser.execute(TRACK)
    ada, grace = await town.join("ada"), await town.join("grace")
    await ada.execute("update threads.users set is_private = true where username = 'ada'")
    await ada.execute("select threads.create_thread('for followers')")
    assert await grace.fetch("select id from threads.threads") == []
    await grace.execute("select pg_stat_force_next_flush()")
    await grace.execute("select 1")
    rows = await superuser.fetch("select * from admin.policies where policy = 'threads_read' and calls > 0")
    assert {row["table_name"] for row in rows} == {"threads.threads"}
    assert "private.viewer_follows(bigint)" in {row["function"] for row in rows}
    assert all(row["roles"] == "threads_anonymous, threads_member" for row in rows)
    await superuser.execute(TRACK.replace("set track_functions = ''all''", "reset track_functions"))


async def test_statements_are_told_to_be_not_counted(admin: Connection) -> None:
    said: list[str] = []
    admin.add_log_listener(lambda _, message: said.append(message.message))
    assert await admin.fetch("select * from admin.slow_statements()") == []
    assert "shared_preload_libraries needs pg_stat_statements" in said[0]


async def test_what_others_do_is_seen(town: Town) -> None:
    superuser, other = await town.superuser(), await town.superuser()
    async with other.transaction():
        await other.execute("lock table threads.likes")
        rows = await superuser.fetch("select * from admin.activity where state = 'idle in transaction'")
    assert [row["statement"] for row in rows] == ["lock table threads.likes"]
