"""Signing up, logging in, refreshing and logging out, over the real database of Threads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from graphql import (
    FieldNode,
    OperationDefinitionNode,
    VariableValues,
    build_schema,
    get_variable_values,
    parse,
    validate,
)
from passlib.context import CryptContext

from gatepost.auth.caller import Caller
from gatepost.auth.passwords import Passwords
from gatepost.auth.tokens import Signer, Verifier
from gatepost.engine.handwritten import Handwritten
from gatepost.errors import Forbidden
from gatepost.settings import Settings
from gatepost.transaction import Database

ROOT = Path(__file__).parents[2]
SCRIPTS = [ROOT / "db/schema.sql", *sorted((ROOT / "db/functions").glob("*.sql"))]
PASSWORD = "correct horse"
ANONYMOUS = Caller("threads_anonymous", '{"role":"threads_anonymous"}')

SIGN_UP = "mutation ($input: SignUpInput!) { it: signUp(input: $input) { ...It user { id } } }"
LOG_IN = "mutation ($input: LogInInput!) { it: logIn(input: $input) { ...It user { id } } }"
REFRESH = "mutation ($input: RefreshTokenInput!) { it: refreshToken(input: $input) { ...It user { id } } }"
LOG_OUT = "mutation ($input: LogOutInput!) { it: logOut(input: $input) { loggedOut } }"


class Accounts:
    """The hand-written fields of Threads on a database of their own."""

    def __init__(self, url: str, settings: Settings, database: Database, handwritten: Handwritten) -> None:
        self.url = url
        self.settings = settings
        self._database = database
        self._handwritten = handwritten
        self.verifier = Verifier(settings)

    async def ask(self, query: str, **given: object) -> tuple[Any, list[dict[str, Any]]]:
        """The payload of the operation's one field, and the errors."""
        name = next(word for word in query.split() if word.endswith("(input:"))[: -len("(input:")]
        payload = name[0].upper() + name[1:] + "Payload"
        if "...It" in query:
            query += f" fragment It on {payload} {{ accessToken refreshToken expiresIn }}"
        document = parse(query)
        assert validate(self._handwritten.schema, document) == []
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        values = get_variable_values(
            self._handwritten.schema, operation.variable_definitions or (), {"input": dict(given)}
        )
        assert isinstance(values, VariableValues)
        data, errors = await self._handwritten.execute(document, operation, values, ANONYMOUS, self._row)
        assert data is not None
        return data["it"], errors

    async def error(self, query: str, **given: object) -> dict[str, Any]:
        payload, errors = await self.ask(query, **given)
        assert payload is None
        assert len(errors) == 1
        return errors[0]

    async def session(self, query: str, **given: object) -> dict[str, Any]:
        payload, errors = await self.ask(query, **given)
        assert errors == []
        assert isinstance(payload, dict)
        return payload

    async def refreshes(self, token: str) -> bool:
        """Whether a refresh token still buys a session."""
        payload, errors = await self.ask(REFRESH, refreshToken=token)
        assert payload is not None or errors[0]["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
        return payload is not None

    async def _row(
        self, type_name: str, key: Mapping[str, object], caller: Caller, nodes: Sequence[FieldNode]
    ) -> object:
        """What the row's reader sees of it; a member's `viewer_id` proves that the claims arrived."""
        assert type_name == "User"
        found = await self._database.fetch(
            caller.role,
            caller.claims,
            "select u.id, u.username, threads.viewer_id() as viewer from threads.users as u where u.id = $1",
            key["id"],
        )
        return dict(found[0]) if found else None


@pytest.fixture
async def accounts(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Accounts]:
    scripts = [path.read_text(encoding="utf-8") for path in SCRIPTS]
    settings = Settings(
        database_url=await create_database(*scripts, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        jwt_secret="a secret of at least thirty-two bytes",
        jwt_issuer="threads",
        sdl=ROOT / "sdl",
        resolvers="resolvers",
    )
    database = await Database.open(settings)
    generated = build_schema("type Query { users: [User] } type User { id: ID! username: String! }")
    handwritten = await Handwritten.open(generated, settings, database)
    yield Accounts(settings.database_url, settings, database, handwritten)
    handwritten.close()
    await database.close()


@pytest.fixture
async def superuser(accounts: Accounts) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(accounts.url, user="postgres")
    yield connection
    await connection.close()


async def test_sign_up_logs_in(accounts: Accounts) -> None:
    session = await accounts.session(SIGN_UP, username="Ada", password=PASSWORD, displayName="Ada Lovelace")
    caller = await accounts.verifier.caller("Bearer " + session["accessToken"])
    claims = json.loads(caller.claims)
    assert caller.role == "threads_member"
    assert claims["iss"] == "threads"
    assert claims["exp"] - claims["iat"] == session["expiresIn"] == accounts.settings.access_token_lifetime
    assert session["user"] == {"id": int(claims["sub"]), "username": "ada", "viewer": int(claims["sub"])}


async def test_log_in_after_sign_up(accounts: Accounts) -> None:
    signed_up = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    session = await accounts.session(LOG_IN, username=" ADA ", password=PASSWORD)
    assert session["user"] == signed_up["user"]
    assert session["accessToken"] != signed_up["accessToken"]
    assert session["refreshToken"] != signed_up["refreshToken"]


async def test_whatever_is_wrong_with_credentials_the_answer_is_one_and_costs_one_hash(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    computed: list[None] = []
    for name in ("verify", "verify_and_update"):
        original = getattr(CryptContext, name)

        def counted(*arguments: Any, original: Any = original) -> Any:
            computed.append(None)
            return original(*arguments)

        monkeypatch.setattr(CryptContext, name, counted)
    for username, password in [
        *(("ada", password) for password in ("wrong horse", "", "short", "x" * 10_000, "nul\x00nul\x00nul")),
        *((username, PASSWORD) for username in ("nobody", "", "x" * 10_000, "nul\x00", "half\ud800")),
    ]:
        computed.clear()
        error = await accounts.error(LOG_IN, username=username, password=password)
        assert error["message"] == "The username or the password is wrong."
        assert error["extensions"] == {"code": "INVALID_CREDENTIALS"}
        assert len(computed) == 1


async def test_sign_up_says_what_is_wrong(accounts: Accounts) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    for code, username, password, display_name in [
        ("USERNAME_TAKEN", "ADA", PASSWORD, None),
        ("USERNAME_INVALID", "a", PASSWORD, None),
        ("USERNAME_INVALID", "new one", PASSWORD, None),
        ("PASSWORD_TOO_SHORT", "new", "short", None),
        ("PASSWORD_TOO_LONG", "new", "x" * 257, None),
        ("PASSWORD_NOT_TEXT", "new", "nul\x00nul\x00nul", None),
        ("BAD_USER_INPUT", "new\x00", PASSWORD, None),
        ("BAD_USER_INPUT", "new", PASSWORD, "\ud800"),
        ("DISPLAY_NAME_TOO_LONG", "new", PASSWORD, "x" * 1_000),
    ]:
        error = await accounts.error(SIGN_UP, username=username, password=password, displayName=display_name)
        assert error["extensions"]["code"] == code
        assert error["path"] == ["it"]


async def test_of_two_who_want_a_username_one_gets_it(accounts: Accounts) -> None:
    results = await asyncio.gather(*(accounts.ask(SIGN_UP, username="ada", password=PASSWORD) for _ in range(4)))
    codes = [errors[0]["extensions"]["code"] if errors else "OK" for _, errors in results]
    assert sorted(codes) == ["OK", *["USERNAME_TAKEN"] * 3]


async def test_a_refresh_token_buys_one_session_and_the_next_token(accounts: Accounts) -> None:
    first = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    second = await accounts.session(REFRESH, refreshToken=first["refreshToken"])
    assert second["user"] == first["user"]
    assert (await accounts.verifier.caller("Bearer " + second["accessToken"])).role == "threads_member"
    assert await accounts.refreshes(second["refreshToken"])


async def test_a_refresh_token_that_comes_twice_ends_its_session_and_no_other(accounts: Accounts) -> None:
    first = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    other = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    second = await accounts.session(REFRESH, refreshToken=first["refreshToken"])
    error = await accounts.error(REFRESH, refreshToken=first["refreshToken"])
    assert error["extensions"] == {"code": "REFRESH_TOKEN_INVALID"}
    assert not await accounts.refreshes(second["refreshToken"])
    assert await accounts.refreshes(other["refreshToken"])


async def test_of_two_exchanges_at_once_one_wins(accounts: Accounts) -> None:
    token = (await accounts.session(SIGN_UP, username="ada", password=PASSWORD))["refreshToken"]
    assert sorted(await asyncio.gather(*(accounts.refreshes(token) for _ in range(4)))) == [False, False, False, True]


async def test_a_token_that_is_none_is_refused(accounts: Accounts) -> None:
    for token in ("", "unknown", "x" * 10_000, "nul\x00", "half\ud800", "é"):
        error = await accounts.error(REFRESH, refreshToken=token)
        assert error["message"] == "The session has ended. Log in again."
        assert error["extensions"] == {"code": "REFRESH_TOKEN_INVALID"}
        assert await accounts.ask(LOG_OUT, refreshToken=token) == ({"loggedOut": False}, [])


async def test_an_expired_refresh_token_is_refused(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await superuser.execute(
        """
        update private.refresh_tokens
           set created_at = now() - interval '2 days',
               expires_at = now() - interval '1 day'
        """
    )
    assert not await accounts.refreshes(session["refreshToken"])


async def test_a_refresh_token_holds_as_long_as_the_settings_say(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await accounts.session(REFRESH, refreshToken=session["refreshToken"])
    lifetimes = await superuser.fetch(
        "select extract(epoch from expires_at - created_at)::float8 as seconds from private.refresh_tokens"
    )
    assert [row["seconds"] for row in lifetimes] == [accounts.settings.refresh_token_lifetime] * 2


async def test_logging_out_ends_the_session_and_no_other(accounts: Accounts) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    other = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    assert await accounts.ask(LOG_OUT, refreshToken=session["refreshToken"]) == ({"loggedOut": True}, [])
    assert await accounts.ask(LOG_OUT, refreshToken=session["refreshToken"]) == ({"loggedOut": False}, [])
    assert not await accounts.refreshes(session["refreshToken"])
    assert await accounts.refreshes(other["refreshToken"])


async def test_the_database_sees_no_password_and_no_refresh_token(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    [credentials] = await superuser.fetch("select c::text as kept from private.credentials as c")
    [token] = await superuser.fetch("select r::text as kept, r.token_hash from private.refresh_tokens as r")
    assert "$argon2id$" in credentials["kept"]
    assert PASSWORD not in credentials["kept"]
    assert session["refreshToken"] not in token["kept"]
    assert session["refreshToken"].encode() not in token["token_hash"]


async def test_an_old_hash_is_replaced_at_log_in(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    weak = Passwords(memory_cost=64, time_cost=1, parallelism=1)
    old = await weak.hash(PASSWORD)
    weak.close()
    await superuser.execute("update private.credentials set password_hash = $1", old)
    await accounts.error(LOG_IN, username="ada", password="wrong horse")
    assert await superuser.fetchval("select password_hash from private.credentials") == old
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    new = await superuser.fetchval("select password_hash from private.credentials")
    assert "$m=65536,t=3,p=4$" in new
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    assert await superuser.fetchval("select password_hash from private.credentials") == new


async def test_no_token_can_take_the_role_of_log_in(accounts: Accounts) -> None:
    signed = Signer(accounts.settings).sign("1", "threads_auth")
    with pytest.raises(Forbidden):
        await accounts.verifier.caller(f"Bearer {signed}")
