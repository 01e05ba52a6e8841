"""sdl/auth.graphql: accounts and sessions, from the functions in db/functions/{accounts,sessions,attempts}.sql.

Python does what SQL should not: it hashes passwords, so that the database never sees one, and signs tokens.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
from datetime import timedelta
from typing import Any

import orjson
from tartiflette import Resolver

from gatepost.engine.handwritten import Context, Row
from gatepost.errors import BadInput, GatepostError, Unauthenticated

ROLE = "threads_auth"
"""The database role that may call the functions below; no token can take it."""
CLAIMS = '{"role":"threads_auth"}'
MEMBER = "threads_member"

COOKIE = "__Host-threads-refresh"
"""The cookie that holds a refresh token, where a browser asked for one: no script reads it."""

Arguments = dict[str, dict[str, Any]]
Session = dict[str, object]


@Resolver("Mutation.signUp")
async def sign_up(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    given = arguments["input"]
    for name in ("username", "displayName"):
        if not _is_text(given.get(name) or ""):
            raise BadInput("That holds a character that is no text.", extensions={"field": name})
    await _take_turn(context, "sign_up", _account(given["username"]))
    password_hash = await context.passwords.hash(given["password"])
    [account] = await _ask(
        context,
        "select a.user_id from private.create_account($1, $2, $3) as a",
        given["username"],
        given.get("displayName"),
        password_hash,
    )
    return await _open_session(context, account["user_id"], given.get("cookie"))


@Resolver("Mutation.logIn")
async def log_in(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    given = arguments["input"]
    account = _account(given["username"])
    await _take_turn(context, "log_in", account)
    found = await _ask(
        context,
        "select f.user_id, f.password_hash from private.find_credentials($1) as f",
        # What Postgres cannot hold is nobody's name, and takes as long to refuse.
        given["username"] if _is_text(given["username"]) else "",
    )
    stored = found[0]["password_hash"] if found else None
    verdict = await context.passwords.verify(given["password"], stored)
    if not verdict.right:
        raise Unauthenticated("The username or the password is wrong.", code="INVALID_CREDENTIALS")
    user_id = found[0]["user_id"]
    await _ask(context, "select private.forget_turns('log_in', $1)", account)
    if verdict.new_hash is not None:
        await _ask(context, "select private.replace_password_hash($1, $2, $3)", user_id, stored, verdict.new_hash)
    return await _open_session(context, user_id, given.get("cookie"))


@Resolver("Mutation.refreshToken")
async def refresh_token(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    old, in_cookie = _given_token(arguments["input"], context)
    await _take_turn(context, "refresh", _digest(old))
    token = _new_token()
    [exchange] = await _ask(
        context,
        "select e.outcome, e.user_id, e.session_id, e.wait from private.exchange_refresh_token($1, $2, $3, $4) as e",
        _digest(old),
        _digest(token),
        timedelta(seconds=context.settings.refresh_token_lifetime),
        context.address,
    )
    if exchange["wait"]:
        raise _too_often(exchange["wait"])
    if exchange["outcome"] != "exchanged":
        if in_cookie:
            context.set_cookie(COOKIE, "", 0)
        raise Unauthenticated("The session has ended. Log in again.", code="REFRESH_TOKEN_INVALID")
    return _session(context, exchange["user_id"], exchange["session_id"], token, in_cookie)


@Resolver("Mutation.logOut")
async def log_out(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, bool]:
    token, in_cookie = _given_token(arguments["input"], context)
    [ended] = await _ask(context, "select private.end_session($1) as done", _digest(token))
    if in_cookie:
        context.set_cookie(COOKIE, "", 0)
    return {"loggedOut": ended["done"]}


@Resolver("Mutation.changePassword")
async def change_password(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, object]:
    given = arguments["input"]
    claims = orjson.loads(context.caller.claims)
    subject = str(claims.get("sub", ""))
    if context.caller.role != MEMBER or not subject.isdecimal():
        raise Unauthenticated("You need to log in first.", code="NOT_LOGGED_IN")
    user_id = int(subject)
    account = _digest(f"user {user_id}")  # which is no username
    await _take_turn(context, "log_in", account)
    [found] = await _ask(context, "select private.find_password_hash($1) as hash", user_id)
    verdict = await context.passwords.verify(given["currentPassword"], found["hash"])
    if not verdict.right:
        raise Unauthenticated("The current password is wrong.", code="INVALID_CREDENTIALS")
    new_hash = await context.passwords.hash(given["newPassword"])
    [changed] = await _ask(
        context,
        "select private.change_password($1, $2, $3, $4) as done, private.forget_turns('log_in', $5)",
        user_id,
        found["hash"],
        new_hash,
        claims.get("sid"),
        account,
    )
    if not changed["done"]:
        raise Unauthenticated("The current password is wrong.", code="INVALID_CREDENTIALS")
    return {"user": Row("User", {"id": user_id})}


async def _ask(context: Context, sql: str, *values: object) -> list[Any]:
    return await context.database.fetch(ROLE, CLAIMS, sql, *values)


async def _take_turn(context: Context, action: str, account: bytes) -> None:
    """Counts an attempt, of an account and from an address. Raises TOO_MANY_ATTEMPTS."""
    network = None if context.address is None else _network(context.address)
    address = None if network is None else hashlib.sha256(network.encode()).digest()
    [turn] = await _ask(context, "select private.take_turns($1, $2, $3) as wait", action, account, address)
    if turn["wait"]:
        raise _too_often(turn["wait"])


def _too_often(wait: float) -> GatepostError:
    seconds = math.ceil(wait)
    return GatepostError(
        f"Too many attempts. Try again in {seconds} second{'' if seconds == 1 else 's'}.",
        code="TOO_MANY_ATTEMPTS",
        status=429,
        extensions={"retryAfter": seconds},
    )


def _network(address: str) -> str | None:
    """Whom an address stands for: a household has 2 to the 64 addresses of IPv6 at least.

    None for this machine: a developer, or a proxy that the settings do not trust, behind which are all callers.
    """
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback:
        return None
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _account(username: str) -> bytes:
    """By what the attempts at an account are counted, whether there is one or not."""
    return _digest(username.strip().lower())


def _given_token(given: dict[str, Any], context: Context) -> tuple[str, bool]:
    """The refresh token that was sent, and whether it came in the cookie."""
    token = given.get("refreshToken")
    if token is not None:
        return token, False
    token = context.cookie(COOKIE)
    return token or "", token is not None


async def _open_session(context: Context, user_id: int, in_cookie: bool | None) -> Session:
    token = _new_token()
    device = context.header("user-agent") or ""
    [opened] = await _ask(
        context,
        "select private.open_session($1, $2, $3, $4, $5) as id",
        user_id,
        _digest(token),
        timedelta(seconds=context.settings.refresh_token_lifetime),
        "".join(character for character in device if character.isprintable()),
        context.address,
    )
    return _session(context, user_id, opened["id"], token, bool(in_cookie))


def _session(context: Context, user_id: int, session_id: object, token: str, in_cookie: bool) -> Session:
    """The payload of a session, whose `user` is read as the one who has just logged in."""
    access_token, caller = context.signer.issue(str(user_id), MEMBER, sid=str(session_id))
    if in_cookie:
        context.set_cookie(COOKIE, token, context.settings.refresh_token_lifetime)
    return {
        "accessToken": access_token,
        "refreshToken": None if in_cookie else token,
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
