"""sdl/auth.graphql: accounts and sessions, from the functions in db/functions/accounts.sql.

Python does what SQL should not: it hashes passwords, so that the database never sees one, and signs tokens.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from tartiflette import Resolver

from gatepost.engine.handwritten import Context, Row
from gatepost.errors import BadInput, Unauthenticated

ROLE = "threads_auth"
"""The database role that may call the functions below; no token can take it."""
CLAIMS = '{"role":"threads_auth"}'
MEMBER = "threads_member"

Arguments = dict[str, dict[str, Any]]
Session = dict[str, object]


@Resolver("Mutation.signUp")
async def sign_up(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    given = arguments["input"]
    for name in ("username", "displayName"):
        if not _is_text(given.get(name) or ""):
            raise BadInput("That holds a character that is no text.", extensions={"field": name})
    password_hash = await context.passwords.hash(given["password"])
    [account] = await context.database.fetch(
        ROLE,
        CLAIMS,
        "select a.user_id from private.create_account($1, $2, $3) as a",
        given["username"],
        given.get("displayName"),
        password_hash,
    )
    return await _open_session(context, account["user_id"])


@Resolver("Mutation.logIn")
async def log_in(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    given = arguments["input"]
    found = await context.database.fetch(
        ROLE,
        CLAIMS,
        "select f.user_id, f.password_hash from private.find_credentials($1) as f",
        # What Postgres cannot hold is nobody's name, and takes as long to refuse.
        given["username"] if _is_text(given["username"]) else "",
    )
    stored = found[0]["password_hash"] if found else None
    verdict = await context.passwords.verify(given["password"], stored)
    if not verdict.right:
        raise Unauthenticated("The username or the password is wrong.", code="INVALID_CREDENTIALS")
    user_id = found[0]["user_id"]
    if verdict.new_hash is not None:
        await context.database.fetch(
            ROLE, CLAIMS, "select private.replace_password_hash($1, $2, $3)", user_id, stored, verdict.new_hash
        )
    return await _open_session(context, user_id)


@Resolver("Mutation.refreshToken")
async def refresh_token(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    token = _new_token()
    [exchange] = await context.database.fetch(
        ROLE,
        CLAIMS,
        "select e.outcome, e.user_id from private.exchange_refresh_token($1, $2, $3) as e",
        _digest(arguments["input"]["refreshToken"]),
        _digest(token),
        timedelta(seconds=context.settings.refresh_token_lifetime),
    )
    if exchange["outcome"] != "exchanged":
        raise Unauthenticated("The session has ended. Log in again.", code="REFRESH_TOKEN_INVALID")
    return _session(context, exchange["user_id"], token)


@Resolver("Mutation.logOut")
async def log_out(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, bool]:
    [revoked] = await context.database.fetch(
        ROLE,
        CLAIMS,
        "select private.revoke_refresh_token($1) as done",
        _digest(arguments["input"]["refreshToken"]),
    )
    return {"loggedOut": revoked["done"]}


async def _open_session(context: Context, user_id: int) -> Session:
    token = _new_token()
    await context.database.fetch(
        ROLE,
        CLAIMS,
        "select private.store_refresh_token($1, $2, $3)",
        user_id,
        _digest(token),
        timedelta(seconds=context.settings.refresh_token_lifetime),
    )
    return _session(context, user_id, token)


def _session(context: Context, user_id: int, token: str) -> Session:
    """The payload of a session, whose `user` is read as the one who has just logged in."""
    access_token, caller = context.signer.issue(str(user_id), MEMBER)
    return {
        "accessToken": access_token,
        "refreshToken": token,
        "expiresIn": context.signer.lifetime,
        "user": Row("User", {"id": user_id}, caller),
    }


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    """What the database keeps of a refresh token. With 256 random bits in it, it needs neither salt nor slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _is_text(value: str) -> bool:
    """Whether Postgres can hold the value: no U+0000, and no half of a surrogate pair."""
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
