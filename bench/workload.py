"""The operations that are measured: their documents, their variables and the callers that send them."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

from bench import HERE

JWT_SECRET = "bench-secret-bench-secret-bench-secret!"
VIEWER = 42  # who sends the load
PRIVATE_AUTHOR = 6761  # has private threads, number 40 among them


@dataclass(frozen=True)
class Operation:
    """One operation, the same for every peer but for the names in its document."""

    name: str
    variables: str  # a JSON text with %d where the number goes, the same form in wrk.lua
    numbers: int  # numbers run from 1 to this
    cases: tuple[dict[str, str], ...]  # variables to compare the answers with

    def document(self, peer: str) -> str:
        """The GraphQL text as `peer` names things, on one line."""
        return " ".join((HERE / "operations" / peer / f"{self.name}.graphql").read_text().split())

    def body(self, peer: str, variables: dict[str, str]) -> bytes:
        """A complete request body."""
        return json.dumps({"query": self.document(peer), "variables": variables}).encode()


SPREAD = tuple(1 + n * 7919 for n in range(1, 25))
IDS = (77, 40, 60_000, 1, 20, 39_999, 200_000, 999_999, *(n % 200_000 for n in SPREAD))
NAMES = ("user77", "user1", "user42", "user6761", "nobody", *(f"user{n % 10_000}" for n in SPREAD))
BY_NAME = tuple({"username": name} for name in NAMES)
BODIES = ({"body": 'bench create \u00e9 "quoted"'}, {"body": ""})

OPERATIONS = (
    Operation("point", '{"id":"%d"}', 200_000, tuple({"id": str(number)} for number in IDS)),
    Operation("feed", "{}", 1, ({},)),
    Operation("nested", '{"username":"user%d"}', 10_000, BY_NAME),
    Operation("nested_roots", '{"username":"user%d"}', 10_000, BY_NAME),
    Operation("create", '{"body":"bench create %d"}', 1_000_000_007, BODIES),
)


def token(user: int) -> str:
    """A signed token (RFC 7519, HS256) for a user of the benchmark, valid until 2100."""
    claims = {"user_id": user, "role": "bench_user", "iat": 1_760_000_000, "exp": 4_102_444_800}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = b".".join(map(base64url, parts))
    return (signed + b"." + base64url(hmac.digest(JWT_SECRET.encode(), signed, hashlib.sha256))).decode()


def base64url(content: bytes) -> bytes:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=")
