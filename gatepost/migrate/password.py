"""A login role's password as Postgres stores it, so that neither the wire nor a log ever holds the password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from gatepost.errors import SetUpError

_ITERATIONS = 4096
"""What Postgres itself uses (scram_iterations)."""


def verifier(password: str) -> str:
    """The SCRAM-SHA-256 verifier of a password (RFC 5802 section 3, RFC 7677), in the format of pg_authid.rolpassword.

    Raises SetUpError when the password is empty or has other than printable ASCII characters: those would need
    SASLprep (RFC 4013).
    """
    if not password or not password.isascii() or not password.isprintable():
        raise SetUpError("login_password must be of printable ASCII characters")
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    return f"SCRAM-SHA-256${_ITERATIONS}:{text(salt)}${text(stored_key)}:{text(server_key)}"
