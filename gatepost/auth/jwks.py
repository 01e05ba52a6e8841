"""Keys that an identity provider publishes (RFC 7517), fetched when they are needed and kept through its outages."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time

import aiohttp
import jwt
import orjson

from gatepost.auth.keys import Key, key_of
from gatepost.errors import Unavailable

logger = logging.getLogger("gatepost.auth")

FLOOR = 30.0
"""Seconds between two fetches at least: whoever sends tokens with made-up key ids cannot have more of them made."""
_FIRST_FLOOR = 1.0  # while there are no keys at all, as when the provider starts later than the gateway
_TIMEOUT = aiohttp.ClientTimeout(total=5)
_LARGEST = 262_144  # bytes of a document
_MOST_KEYS = 100


class RemoteKeys:
    """The public keys at a URL, as one process knows them. `lifetime`: seconds until they are fetched anew.

    Keys older than that go on serving while new ones are fetched, and as long as they cannot be.
    """

    def __init__(self, url: str, lifetime: float, algorithms: tuple[str, ...]) -> None:
        self._url = url
        self._lifetime = lifetime
        self._algorithms = algorithms
        self._keys: tuple[Key, ...] | None = None
        self._fetched = self._tried = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self.withdrawn = 0
        """How often a key that had been there was gone; what was verified by one must be verified anew."""

    async def matching(self, algorithm: object, key_id: str | None) -> list[Key]:
        """The keys that suit a token whose header tells these; fetched, where they are not known.

        Without an id only a key that is the one of its algorithm will do. Raises Unavailable (KEYS_UNAVAILABLE) where
        no keys could ever be fetched.
        """
        if self._keys is None or not self._suitable(algorithm, key_id):
            self._start()
            if self._fetching is not None:
                await asyncio.shield(self._fetching)  # others wait for it too
        if self._keys is None:
            raise Unavailable("Tokens cannot be verified at the moment. Try again soon.", code="KEYS_UNAVAILABLE")
        return self._suitable(algorithm, key_id)

    def renew(self) -> None:
        """Has keys fetched that are older than their lifetime; whoever asks with them need not wait."""
        if self._keys is not None and time.monotonic() - self._fetched >= self._lifetime:
            self._start()

    async def close(self) -> None:
        """Ends a fetch under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._fetching

    def _suitable(self, algorithm: object, key_id: str | None) -> list[Key]:
        keys = [key for key in self._keys or () if key.suits(algorithm, key_id)]
        named = [key for key in keys if key.id is not None and key.id == key_id]
        if named:
            return named
        return keys if len(keys) == 1 else []

    def _start(self) -> None:
        """Begins a fetch, unless one is under way or it is too soon after the last."""
        now = time.monotonic()
        if self._fetching is None and now - self._tried >= (_FIRST_FLOOR if self._keys is None else FLOOR):
            self._tried = now
            self._fetching = asyncio.create_task(self._load())
            self._fetching.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _load(self) -> None:
        try:
            keys = self._read(await self._download())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # These repeat the URL, which may hold a password.
            whole = not isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL)
            logger.error(
                "the keys of jwks_url could not be fetched: %s",
                str(error) if whole and str(error) else type(error).__name__,
            )
            return
        self.withdrawn += any(key not in keys for key in self._keys or ())
        self._keys = keys
        self._fetched = time.monotonic()

    async def _download(self) -> bytes:
        # No redirects: the operator named the place, and no other answers for it.
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(self._url, allow_redirects=False, headers={"Accept": "application/json"}) as response,
        ):
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            body = b""
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _LARGEST:
                    raise ValueError(f"it is larger than {_LARGEST} bytes")
            return body

    def _read(self, body: bytes) -> tuple[Key, ...]:
        """The keys of a JWKS document that sign tokens and can be used; the others are left out. Raises ValueError."""
        document = orjson.loads(body)
        entries = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(entries, list):
            raise ValueError("it is no JSON Web Key Set")
        keys = [key for entry in entries[:_MOST_KEYS] if isinstance(entry, dict) and (key := self._key(entry))]
        if not keys:
            raise ValueError("it holds no key that verifies tokens")
        return tuple(keys)

    def _key(self, entry: dict[str, object]) -> Key | None:
        operations = entry.get("key_ops", ["verify"])
        if entry.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            return None
        key_id, algorithm = entry.get("kid"), entry.get("alg")
        # A symmetric key that everybody can read proves nothing.
        if entry.get("kty") not in ("RSA", "EC", "OKP") or not isinstance(key_id, str | None):
            return None
        try:
            material = jwt.PyJWK.from_dict(entry).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            return None
        key = key_of(material, self._algorithms, key_id)
        if key is None or algorithm is None:
            return key
        return dataclasses.replace(key, algorithms=(algorithm,)) if algorithm in key.algorithms else None
