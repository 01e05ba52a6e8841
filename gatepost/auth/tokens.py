"""JSON Web Tokens (RFC 7519): verifies those that callers send, signs those that log-in hands out."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections import OrderedDict
from typing import Any

import jwt
import orjson

from gatepost.auth.caller import Caller
from gatepost.auth.jwks import RemoteKeys
from gatepost.auth.keys import ASYMMETRIC, Key, signing, verifying
from gatepost.errors import Forbidden, SetUpError, Unauthenticated
from gatepost.settings import Settings

LONGEST_HEADER = 8_192
"""Characters of an Authorization header."""
REMEMBERED_TOKENS = 10_000
"""Verified tokens that one process keeps; the one unused for longest gives way."""


class Verifier:
    """Turns an Authorization header into a Caller.

    A token that was verified once is remembered until it expires, under a digest whose key lives as long as the
    process: the memory holds no token that could be stolen from it, and nobody can construct a collision.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SetUpError where a key of the settings cannot be used."""
        self._keys = verifying(settings)
        self._remote: RemoteKeys | None = None
        if settings.jwks_url is not None:
            self._remote = RemoteKeys(settings.jwks_url, settings.jwks_lifetime, settings.jwt_algorithms)
        self._withdrawn = 0
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._leeway = settings.jwt_leeway
        self._role_claim = settings.role_claim
        self._authenticated_role = settings.authenticated_role
        self._roles = settings.token_roles
        self._anonymous: Caller | None = None
        if settings.anonymous_role is not None:
            claims = orjson.dumps({"role": settings.anonymous_role}).decode()
            self._anonymous = Caller(settings.anonymous_role, claims)
        # RFC 7519, section 4.1.6: `iat` tells an age and is no ground to refuse (clocks differ by a second or two).
        self._decoder = jwt.PyJWT(
            {
                "require": ["exp", *settings.jwt_required_claims],
                "verify_iat": False,
                "verify_aud": settings.jwt_audience is not None,
            }
        )
        self._digest_key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    async def close(self) -> None:
        """Ends what is under way to other servers."""
        if self._remote is not None:
            await self._remote.close()

    async def caller(self, authorization: str | None) -> Caller:
        """The caller that the header (None where the request has none) proves.

        Raises Unauthenticated (UNAUTHENTICATED without a token where one is needed, INVALID_TOKEN, TOKEN_EXPIRED),
        Forbidden (ROLE_NOT_ALLOWED) and Unavailable (KEYS_UNAVAILABLE). A token that does not hold never makes an
        anonymous caller.
        """
        if authorization is None:
            if self._anonymous is None:
                raise Unauthenticated("Log in first: this API needs a token.")
            return self._anonymous
        if len(authorization) > LONGEST_HEADER or not authorization.isascii():
            raise _invalid("The Authorization header is too long or holds characters that no token has.")
        if self._remote is not None:
            # For tokens that are known, too: else what a withdrawn key signed would hold while nobody sends another.
            self._remote.renew()
            if self._remote.withdrawn != self._withdrawn:
                self._withdrawn = self._remote.withdrawn
                self._known.clear()
        digest = hashlib.blake2b(authorization.encode("ascii"), key=self._digest_key, digest_size=32).digest()
        known = self._known.get(digest)
        if known is not None:
            if known[1] > time.time():
                self._known.move_to_end(digest)
                return known[0]
            del self._known[digest]
            raise _expired()
        caller, expires = await self._verify(_bearer(authorization))
        self._known[digest] = caller, expires
        if len(self._known) > REMEMBERED_TOKENS:
            self._known.popitem(last=False)
        return caller

    async def _verify(self, token: str) -> tuple[Caller, float]:
        """The caller that a token names, and when the token expires (seconds since 1970)."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise _does_not_hold() from None
        claims = self._claims(token, header.get("alg"), await self._matching(header))
        # PyJWT reads a text as a number; section 4.1.4 wants a number.
        expires = claims["exp"]
        if isinstance(expires, bool) or not isinstance(expires, int | float) or not math.isfinite(expires):
            raise _does_not_hold()
        role = self._role(claims)
        try:
            text = orjson.dumps(claims).decode()
        except (TypeError, ValueError):
            raise _does_not_hold() from None
        # Postgres cannot hold U+0000: reading such a claim would fail in the middle of somebody's statement.
        if "\\u0000" in text:
            raise _does_not_hold()
        return Caller(role, text), expires + self._leeway

    async def _matching(self, header: dict[str, Any]) -> list[Key]:
        """The keys that may verify a token of this header, of which nothing but `alg` and `kid` is heeded."""
        algorithm, key_id = header.get("alg"), header.get("kid")
        keys = [key for key in self._keys if key.suits(algorithm, key_id)]
        if self._remote is not None and algorithm in ASYMMETRIC:
            keys += await self._remote.matching(algorithm, key_id)
        return keys

    def _claims(self, token: str, algorithm: object, keys: list[Key]) -> dict[str, Any]:
        for key in keys:
            try:
                claims: dict[str, Any] = self._decoder.decode(
                    token,
                    key.material,
                    algorithms=[str(algorithm)],
                    issuer=self._issuer,
                    audience=self._audience,
                    leeway=self._leeway,
                )
            except jwt.InvalidSignatureError:
                continue
            except jwt.ExpiredSignatureError:
                raise _expired() from None
            except (jwt.PyJWTError, ValueError, RecursionError):
                break
            return claims
        raise _does_not_hold()

    def _role(self, claims: dict[str, Any]) -> str:
        """The database role that the claims name; a claim that is not there is set to the authenticated role."""
        if self._role_claim.startswith("/"):
            role = _at(claims, self._role_claim)
            role = self._authenticated_role if role is None else role
        else:
            role = claims.setdefault(self._role_claim, self._authenticated_role)
        if role is None:
            raise Forbidden("The token names no role.", code="ROLE_NOT_ALLOWED")
        if not isinstance(role, str) or role not in self._roles:
            raise Forbidden("The token's role may not use this API.", code="ROLE_NOT_ALLOWED")
        return role


class Signer:
    """Signs access tokens that a Verifier with the same settings accepts."""

    def __init__(self, settings: Settings) -> None:
        self._key = signing(settings)
        self._role_claim = settings.role_claim
        self._fixed: dict[str, object] = {}
        if settings.jwt_issuer is not None:
            self._fixed["iss"] = settings.jwt_issuer
        if settings.jwt_audience is not None:
            self._fixed["aud"] = settings.jwt_audience
        self.lifetime = settings.access_token_lifetime
        """Seconds that a token holds."""

    def sign(self, subject: str, role: str, **claims: object) -> str:
        """A token for `subject` (its `sub`) that acts as the database role `role`, with further `claims`.

        Raises SetUpError where the settings have no key that signs, or the role is no claim of its own.
        """
        return self.issue(subject, role, **claims)[0]

    def issue(self, subject: str, role: str, **claims: object) -> tuple[str, Caller]:
        """What `sign` gives, and the caller that a Verifier would make of it."""
        if self._key is None:
            raise SetUpError("jwt_secret or jwt_private_key is needed to sign tokens")
        if self._role_claim.startswith("/"):
            raise SetUpError("role_claim must be the name of a claim, where tokens are signed here")
        now = int(time.time())
        payload = {
            **claims,
            **self._fixed,
            "sub": subject,
            self._role_claim: role,
            "iat": now,
            "exp": now + self.lifetime,
            "jti": secrets.token_urlsafe(16),
        }
        key = self._key
        signed = jwt.encode(payload, key.material, key.algorithm, {"kid": key.id} if key.id else None)
        return signed, Caller(role, orjson.dumps(payload).decode())


def _bearer(authorization: str) -> str:
    """The token of a `Bearer` header; the scheme's case does not matter (RFC 9110, section 11.1)."""
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or " " in token or "," in token:
        raise _invalid('The Authorization header must read "Bearer" and a token.')
    return token


def _at(claims: object, pointer: str) -> object:
    """What a JSON pointer (RFC 6901) leads to; None where it leads nowhere."""
    for step in pointer[1:].split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(claims, dict):
            claims = claims.get(step)
        elif isinstance(claims, list) and step.isdecimal() and int(step) < len(claims):
            claims = claims[int(step)]
        else:
            return None
    return claims


def _does_not_hold() -> Unauthenticated:
    return _invalid("The token does not hold. Log in again.")


def _invalid(message: str) -> Unauthenticated:
    return Unauthenticated(message, code="INVALID_TOKEN")


def _expired() -> Unauthenticated:
    return Unauthenticated("The token has expired. Log in again or refresh it.", code="TOKEN_EXPIRED")
