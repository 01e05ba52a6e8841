"""sdl/auth.graphql: signing up and sessions, from the functions in db/functions/{accounts,sessions}.sql.

Python does what SQL should not: it hashes passwords, so that the database never sees one, and signs tokens.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from typing import Any

from tartiflette import Resolver

from gatepost.engine.handwritten import Context, Row
from gatepost.errors import BadInput, Unauthenticated
from resolvers.attempts import ask, digest, is_text, take_turn, too_often

MEMBER = "threads_member"

COOKIE = "__Host-threads-refresh"
"""The cookie that holds a refresh token, where a browser asked for one: no script reads it."""

Arguments = dict[str, dict[str, Any]]
Session = dict[str, object]


@Resolver("Mutation.signUp")
async def sign_up(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    given = arguments["input"]
    for name in ("username", "displayName", "email"):
        if not is_text(given.get(name) or ""):
            raise BadInput("That holds a character that is no text.", extensions={"field": name})
    await take_turn(context, "sign_up", _account(given["username"]))
    password_hash = await context.passwords.hash(given["password"])
    [account] = await ask(
        context,
        "select a.user_id from private.create_account($1, $2, $3, $4) as a",
        given["username"],
        given.get("displayName"),
        password_hash,
        given.get("email"),
    )
    return await _open_session(context, account["user_id"], given.get("cookie"))


@Resolver("Mutation.logIn")
async def log_in(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    given = arguments["input"]
    account = _account(given["username"])
    await take_turn(context, "log_in", account)
    found = await ask(
        context,
        "select f.user_id, f.password_hash from private.find_credentials($1) as f",
        # What Postgres cannot hold is nobody's name, and takes as long to refuse.
        given["username"] if is_text(given["username"]) else "",
    )
    stored = found[0]["password_hash"] if found else None
    verdict = await context.passwords.verify(given["password"], stored)
    if not verdict.right:
        raise Unauthenticated("The username or the password is wrong.", code="INVALID_CREDENTIALS")
    user_id = found[0]["user_id"]
    await ask(context, "select private.forget_turns('log_in', $1)", account)
    if verdict.new_hash is not None:
        await ask(context, "select private.replace_password_hash($1, $2, $3)", user_id, stored, verdict.new_hash)
    return await _open_session(context, user_id, given.get("cookie"))


@Resolver("Mutation.refreshToken")
async def refresh_token(parent: None, arguments: Arguments, context: Context, info: object) -> Session:
    old, in_cookie = _given_token(arguments["input"], context)
    await take_turn(context, "refresh", digest(old))
    token = _new_token()
    [exchange] = await ask(
        context,
        "select e.outcome, e.user_id, e.session_id, e.wait, private.role_of(e.user_id) as role"
        "  from private.exchange_refresh_token($1, $2, $3, $4) as e",
        digest(old),
        digest(token),
        timedelta(seconds=context.settings.refresh_token_lifetime),
        context.address,
    )
    if exchange["wait"]:
        raise too_often(exchange["wait"])
    if exchange["outcome"] != "exchanged":
        if in_cookie:
            context.set_cookie(COOKIE, "", 0)
        raise Unauthenticated("The session has ended. Log in again.", code="REFRESH_TOKEN_INVALID")
    return _session(context, exchange, token, in_cookie)


@Resolver("Mutation.logOut")
async def log_out(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, bool]:
    token, in_cookie = _given_token(arguments["input"], context)
    [ended] = await ask(context, "select private.end_session($1) as done", digest(token))
    if in_cookie:
        context.set_cookie(COOKIE, "", 0)
    return {"loggedOut": ended["done"]}


def _account(username: str) -> bytes:
    """By what the attempts at an account are counted, whether there is one or not.

    A username and the e-mail address of the same account are counted apart: else who tries both would learn that they
    belong together. What Postgres may take for the same name is counted together: its small İ is i, Python's is not.
    """
    letters = unicodedata.normalize("NFKD", username.strip().casefold())
    return digest("".join(letter for letter in letters if not unicodedata.combining(letter)))


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
    [opened] = await ask(
        context,
        "select $1::bigint as user_id, private.open_session($1, $2, $3, $4, $5) as session_id,"
        "       private.role_of($1) as role",
        user_id,
        digest(token),
        timedelta(seconds=context.settings.refresh_token_lifetime),
        "".join(character for character in device if character.isprintable()),
        context.address,
    )
    return _session(context, opened, token, bool(in_cookie))


def _session(context: Context, opened: Any, token: str, in_cookie: bool) -> Session:
    """The payload of a session (user_id, session_id, role), whose `user` is read as the one who has just logged in."""
    user_id = opened["user_id"]
    # A server that is not told of moderators (the setting roles) takes them for members.
    role = opened["role"] if opened["role"] in context.settings.token_roles else MEMBER
    access_token, caller = context.signer.issue(str(user_id), role, sid=str(opened["session_id"]))
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
