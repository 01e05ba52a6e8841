"""Who may do what: nobody gets round the rules, and nothing is left open by being forgotten."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Town

API_ROLES = ("threads_anonymous", "threads_member", "threads_moderator")
ROLES = (*API_ROLES, "threads_auth", "threads_admin")
PRIVATE_TABLES = ("private.credentials", "private.refresh_tokens", "private.attempts")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", [*PRIVATE_TABLES, "private.moderators", "private.limits"])
async def test_no_role_reads_or_writes_private_tables(town: Town, role: str, table: str) -> None:
    superuser = await town.superuser()
    await superuser.execute(f'set role "{role}"')
    for verb in ("table", "delete from", "truncate"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await superuser.execute(f"{verb} {table}")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", PRIVATE_TABLES)
async def test_private_rows_stay_hidden_after_a_careless_grant(town: Town, role: str, table: str) -> None:
    ada = await town.sign_up("ada")
    superuser = await town.superuser()
    await superuser.execute("truncate private.attempts")
    for statement in ("open_session($1, sha256('a'), interval '1 hour', '', null)", "take_turns('log_in', 'a', null)"):
        await superuser.execute("select private." + statement.replace("$1", str(ada)))
    await superuser.execute("begin")
    await superuser.execute(f'grant usage on schema private to "{role}"')
    await superuser.execute(f'grant select on {table} to "{role}"')
    before = await superuser.fetch(f"table {table}")
    await superuser.execute(f'set local role "{role}"')
    seen = await superuser.fetch(f"table {table}")
    await superuser.execute("rollback")
    assert (len(before), seen) == (1, [])


AUTH_CALLS = (
    "private.create_account('mallory', null, 'x')",
    "private.find_credentials('ada')",
    "private.replace_password_hash(1, 'a', 'b')",
    "private.find_password_hash(1)",
    "private.change_password(1, 'a', 'b', null)",
    "private.change_email(1, 'a', 'ada@example.com')",
    "private.deactivate_account(1, 'a')",
    "private.delete_account(1, 'a')",
    "private.erase()",
    "private.open_session(1, sha256('a'), interval '1 hour', '', null)",
    "private.exchange_refresh_token(sha256('a'), sha256('b'), interval '1 hour', null)",
    "private.end_session(sha256('a'))",
    "private.take_turns('log_in', sha256('a'), null)",
    "private.forget_turns('log_in', sha256('a'))",
    "private.role_of(1)",
)


@pytest.mark.parametrize("call", AUTH_CALLS)
async def test_only_the_resolvers_role_signs_up_and_logs_in(town: Town, call: str) -> None:
    for session in (await town.join("ada"), await town.anonymous(), await town.connect()):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(f"select {call}")


async def test_every_function_of_the_resolvers_is_in_the_test_above(town: Town) -> None:
    superuser = await town.superuser()
    rows = await superuser.fetch("""
        select 'private.' || p.proname as name
          from pg_proc as p
         where has_function_privilege('threads_auth', p.oid, 'execute')
           and p.pronamespace = 'private'::regnamespace
    """)
    assert {row["name"] for row in rows} == {call.split("(")[0] for call in AUTH_CALLS}


async def test_the_resolvers_role_reads_no_table_and_acts_for_nobody(town: Town) -> None:
    auth = await town.role("threads_auth")
    for statement in (
        "select * from threads.users",
        "select threads.create_thread('x')",
        "select threads.act_as('ada')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await auth.execute(statement)


async def test_the_gateways_role_does_nothing_by_itself(town: Town) -> None:
    ada = await town.sign_up("ada")
    gateway = await town.connect()
    await gateway.execute("select set_config('request.jwt.claims', $1, false)", f'{{"sub": "{ada}"}}')
    for statement in (
        "select * from threads.users",
        "select * from private.credentials",
        "select threads.create_thread('x')",
        "select threads.viewer()",
        "select threads.act_as('ada')",
        "create table public.mine ()",
        "create table threads.mine ()",
        "create schema mine",
        "set role threads_owner",
        "set role threads_admin",
        "set role postgres",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await gateway.execute(statement)


async def test_the_gateways_role_has_no_attribute_and_owns_nothing(town: Town) -> None:
    superuser = await town.superuser()
    assert not await superuser.fetchval("""
        select r.rolsuper or r.rolinherit or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
          from pg_roles as r
         where r.rolname = 'threads_gateway'
    """)
    assert await superuser.fetchval("select count(*) from pg_shdepend where refobjid = 'threads_gateway'::regrole") == 0
    memberships = await superuser.fetch("""
        select m.roleid::regrole::text as role
          from pg_auth_members as m
         where m.member = 'threads_gateway'::regrole and not m.admin_option
         order by 1
    """)
    assert [row["role"] for row in memberships] == [
        "threads_anonymous",
        "threads_auth",
        "threads_member",
        "threads_moderator",
    ]


async def test_members_do_not_become_anybody_else(town: Town) -> None:
    for session in (await town.join("ada"), await town.anonymous()):
        for statement in ("select threads.act_as('ada')", "set role threads_admin", "set role threads_owner"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(statement)


# What must hold for every object, also for those added later: each statement lists the ones for which it does not.
FORGOTTEN = {
    "row-level security": """
        select c.oid::regclass::text
          from pg_class as c
         where c.relkind in ('r', 'p') and c.relnamespace in ({ours}) and not c.relrowsecurity
    """,
    "an owner who does not log in": """
        select c.oid::regclass::text from pg_class as c where c.relnamespace in ({ours})
           and c.relowner <> 'threads_owner'::regrole
         union all
        select p.oid::regprocedure::text from pg_proc as p where p.pronamespace in ({ours})
           and p.proowner <> 'threads_owner'::regrole
    """,
    "a comment on a relation": """
        select c.oid::regclass::text from pg_class as c
         where c.relnamespace in ({ours}) and c.relkind in ('r', 'p', 'v', 'm', 'i')
           and not exists (select from pg_constraint as k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
           and obj_description(c.oid, 'pg_class') is null
    """,
    "a comment on a column": """
        select format('%s.%s', a.attrelid::regclass, a.attname)
          from pg_attribute as a
          join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v')
         where c.relnamespace in ({ours}) and a.attnum > 0 and not a.attisdropped
           and col_description(a.attrelid, a.attnum) is null
    """,
    "a comment on a constraint": """
        select format('%s.%s', k.conrelid::regclass, k.conname) from pg_constraint as k
         where k.connamespace in ({ours}) and k.contype <> 'n' and obj_description(k.oid, 'pg_constraint') is null
    """,
    "a comment on a function": """
        select p.oid::regprocedure::text from pg_proc as p
         where p.pronamespace in ({ours}) and obj_description(p.oid, 'pg_proc') is null
    """,
    "a comment on a policy": """
        select p.polname::text from pg_policy as p where obj_description(p.oid, 'pg_policy') is null
    """,
    "a comment on a trigger": """
        select t.tgname::text from pg_trigger as t
         where not t.tgisinternal and obj_description(t.oid, 'pg_trigger') is null
    """,
    "a comment on a schema": """
        select n.nspname::text from pg_namespace as n
         where n.oid in ({ours}) and obj_description(n.oid, 'pg_namespace') is null
    """,
    "a comment on a role": """
        select r.rolname::text from pg_roles as r
         where r.rolname like 'threads\\_%' and shobj_description(r.oid, 'pg_authid') is null
    """,
    "a policy that names its roles": """
        select p.polname::text from pg_policy as p where 0 = any (p.polroles)
    """,
    "a viewer who is looked up once a statement": """
        select p.policyname::text from pg_policies as p
         where replace(concat(p.qual, p.with_check), '( SELECT threads.viewer_id() AS viewer_id)', '')
               like '%viewer_id%'
    """,
    "a pinned search path": """
        select p.oid::regprocedure::text from pg_proc as p
         where p.prosecdef and p.pronamespace in ({ours})
           and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
    """,
    "no security definer among what the API calls": """
        select p.oid::regprocedure::text from pg_proc as p
         where p.prosecdef and p.pronamespace = 'threads'::regnamespace
    """,
    "no function for everybody": """
        select p.oid::regprocedure::text
          from pg_proc as p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
         where p.pronamespace in ({ours}) and a.grantee = 0
    """,
    "no table that an API role may empty or take over": """
        select format('%s %s', c.oid::regclass, a.privilege_type)
          from pg_class as c, aclexplode(c.relacl) as a
         where c.relnamespace in ({ours}) and a.grantee <> c.relowner and a.privilege_type <> 'DELETE'
    """,
    "an index that starts with the foreign key": """
        select k.conname::text from pg_constraint as k
         where k.contype = 'f' and k.connamespace in ({ours})
           and not exists (
                 select from pg_index as i
                  where i.indrelid = k.conrelid
                    and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] = k.conkey
               )
    """,
}


@pytest.mark.parametrize("promise", FORGOTTEN)
async def test_nothing_was_forgotten(town: Town, promise: str) -> None:
    superuser = await town.superuser()
    ours = "'threads'::regnamespace, 'private'::regnamespace"
    rows = await superuser.fetch(FORGOTTEN[promise].format(ours=ours))
    assert [row[0] for row in rows] == []


async def test_the_same_checks_find_what_was_forgotten(town: Town) -> None:
    superuser = await town.superuser()
    await superuser.execute("begin")
    await superuser.execute("""
        create table threads.forgotten (id bigint references threads.users);
        grant truncate on threads.forgotten to threads_member;
        create policy forgotten on threads.forgotten using (id = threads.viewer_id());
        create function threads.forgotten() returns void language sql security definer as 'select';
        create trigger forgotten before insert on threads.forgotten for each row
            execute function private.tidy_thread();
        create index on threads.forgotten ((id + 1));
    """)
    silent = []
    for promise, statement in FORGOTTEN.items():
        ours = "'threads'::regnamespace, 'private'::regnamespace"
        if not await superuser.fetch(statement.format(ours=ours)):
            silent.append(promise)
    await superuser.execute("rollback")
    assert silent == ["a comment on a schema", "a comment on a role"]
