"""The hand-written fields of Threads on a database of their own."""

from __future__ import annotations

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

from gatepost.auth.caller import Caller
from gatepost.auth.tokens import Verifier
from gatepost.engine.handwritten import Handwritten
from gatepost.settings import Settings
from gatepost.transaction import Database
from tests.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
ANONYMOUS = Caller("threads_anonymous", '{"role":"threads_anonymous"}')

SIGN_UP = "mutation ($input: SignUpInput!) { it: signUp(input: $input) { ...It user { id } } }"
LOG_IN = "mutation ($input: LogInInput!) { it: logIn(input: $input) { ...It user { id } } }"
REFRESH = "mutation ($input: RefreshTokenInput!) { it: refreshToken(input: $input) { ...It user { id } } }"
CHANGE_PASSWORD = "mutation ($input: ChangePasswordInput!) { it: changePassword(input: $input) { user { id } } }"
LOG_OUT = "mutation ($input: LogOutInput!) { it: logOut(input: $input) { loggedOut } }"


class Visited:
    """A request, as a resolver knows it."""

    def __init__(self, address: str | None, **headers: str) -> None:
        self.address = address
        self.headers = headers
        self.cookies: dict[str, str] = {}
        self.kept: dict[str, tuple[str, int]] = {}
        """The cookies that were set: value and lifetime."""

    def header(self, name: str) -> str | None:
        return self.headers.get(name.replace("-", "_"))

    def cookie(self, name: str) -> str | None:
        return self.cookies.get(name)

    def set_cookie(self, name: str, value: str, lifetime: int) -> None:
        self.kept[name] = value, lifetime


class Accounts:
    """The hand-written fields of Threads on a database of their own."""

    def __init__(self, url: str, settings: Settings, database: Database, handwritten: Handwritten) -> None:
        self.url = url
        self.settings = settings
        self._database = database
        self.handwritten = handwritten
        self.verifier = Verifier(settings)
        self.caller = ANONYMOUS
        self.visit: Visited | None = None

    async def ask(self, query: str, **given: object) -> tuple[Any, list[dict[str, Any]]]:
        """The payload of the operation's one field, and the errors."""
        name = next(word for word in query.split() if word.endswith("(input:"))[: -len("(input:")]
        payload = name[0].upper() + name[1:] + "Payload"
        if "...It" in query:
            query += f" fragment It on {payload} {{ accessToken refreshToken expiresIn }}"
        document = parse(query)
        assert validate(self.handwritten.schema, document) == []
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        values = get_variable_values(
            self.handwritten.schema, operation.variable_definitions or (), {"input": dict(given)}
        )
        assert isinstance(values, VariableValues)
        caller, visit = self.caller, self.visit
        data, errors = await self.handwritten.execute(document, operation, values, caller, self._row, visit)
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
    settings = Settings(
        database_url=await create_database(*SCRIPTS, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        roles=("threads_moderator",),
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
