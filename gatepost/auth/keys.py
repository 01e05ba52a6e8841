"""The keys that tokens are verified and signed by, each with the algorithms that suit it.

An algorithm is the key's to choose, never the token's: a public key can never be taken for an HMAC secret, which
anybody could then sign with (RFC 8725, section 3.1).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from gatepost.errors import SetUpError
from gatepost.settings import Settings

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512", "secp256k1": "ES256K"}
_SECRETS = {"HS256": 32, "HS384": 48, "HS512": 64}
"""HMAC algorithms → the bytes that their secret must have (RFC 7518, section 3.2)."""
ASYMMETRIC = (*_RSA, *_CURVES.values(), "EdDSA")
ALGORITHMS = (*_SECRETS, *ASYMMETRIC)
"""All that a token may be signed by."""
_SHORTEST_RSA = 2_048  # bits: RFC 7518, section 3.3
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that verifies, by which algorithms, and its id (`kid`) where it has one."""

    material: str | PublicKey
    algorithms: tuple[str, ...]
    id: str | None = None

    def suits(self, algorithm: object, key_id: str | None) -> bool:
        """Whether a token whose header tells these may be verified by this key; a key without an id suits any."""
        return algorithm in self.algorithms and (self.id is None or key_id is None or self.id == key_id)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs tokens; `id` is their `kid`, so that whoever verifies them finds the key."""

    material: str | PrivateKey
    algorithm: str
    id: str | None = None


def verifying(settings: Settings) -> tuple[Key, ...]:
    """The settings' own keys: the secret, the public keys, and the private key's public half.

    Raises SetUpError for an unknown algorithm, a secret too short for one, and a file that holds no suitable key.
    """
    for algorithm in settings.jwt_algorithms:
        if algorithm not in ALGORITHMS:
            raise SetUpError(f"jwt_algorithms: {algorithm} is none of {', '.join(ALGORITHMS)}")
    keys = []
    if settings.jwt_secret is not None and (algorithms := _secret_algorithms(settings)):
        keys.append(Key(settings.jwt_secret, algorithms))
    if settings.jwt_public_key is not None:
        path = settings.jwt_public_key
        keys += [_checked(key, settings, f"jwt_public_key {path}") for key in _public_keys(path)]
    if settings.jwt_private_key is not None:
        private = _private_key(settings.jwt_private_key)
        keys.append(_checked(private.public_key(), settings, f"jwt_private_key {settings.jwt_private_key}"))
    return tuple(keys)


def signing(settings: Settings) -> SigningKey | None:
    """What signs: the private key where there is one, else the secret. Raises SetUpError as `verifying` does."""
    if settings.jwt_private_key is not None:
        private = _private_key(settings.jwt_private_key)
        key = _checked(private.public_key(), settings, f"jwt_private_key {settings.jwt_private_key}")
        return SigningKey(private, key.algorithms[0], thumbprint(private.public_key()))
    if settings.jwt_secret is not None and (algorithms := _secret_algorithms(settings)):
        return SigningKey(settings.jwt_secret, algorithms[0])
    return None


def key_of(material: object, allowed: Iterable[str], key_id: str | None = None) -> Key | None:
    """A public key with those of its algorithms that are allowed (all, where `allowed` is empty); None where none is.

    A key too weak to be trusted counts as none.
    """
    suitable: tuple[str, ...]
    if isinstance(material, rsa.RSAPublicKey):
        suitable = _RSA if material.key_size >= _SHORTEST_RSA else ()
    elif isinstance(material, ec.EllipticCurvePublicKey):
        suitable = tuple(filter(None, [_CURVES.get(material.curve.name)]))
    elif isinstance(material, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        suitable = ("EdDSA",)
    else:
        return None
    allowed = tuple(allowed)
    algorithms = tuple(name for name in allowed if name in suitable) if allowed else suitable
    return Key(material, algorithms, key_id) if algorithms else None


def thumbprint(key: PublicKey) -> str:
    """A public key's SHA-256 thumbprint (RFC 7638), in base64url."""
    members = {name: value for name, value in _jwk(key).items() if name in ("crv", "e", "kty", "n", "x", "y")}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _jwk(key: PublicKey) -> dict[str, object]:
    if isinstance(key, rsa.RSAPublicKey):
        return dict(RSAAlgorithm.to_jwk(key, as_dict=True))
    if isinstance(key, ec.EllipticCurvePublicKey):
        return dict(ECAlgorithm.to_jwk(key, as_dict=True))
    return dict(OKPAlgorithm.to_jwk(key, as_dict=True))


def _secret_algorithms(settings: Settings) -> tuple[str, ...]:
    """HMAC algorithms that tokens may be signed by; where only others are set, the secret signs and verifies none."""
    algorithms = tuple(name for name in settings.jwt_algorithms or ("HS256",) if name in _SECRETS)
    for name in algorithms:
        if len((settings.jwt_secret or "").encode()) < _SECRETS[name]:
            raise SetUpError(f"jwt_secret must have at least {_SECRETS[name]} bytes for {name}")
    return algorithms


def _checked(material: object, settings: Settings, what: str) -> Key:
    key = key_of(material, settings.jwt_algorithms)
    if key is None:
        allowed = ", ".join(settings.jwt_algorithms) or "RSA of 2,048 bits, P-256, P-384, P-521, secp256k1, Ed25519"
        raise SetUpError(f"{what} holds a key that suits none of {allowed}")
    return key


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetUpError(f"{name}: {path} cannot be read: {error.strerror}") from None


def _public_keys(path: Path) -> list[object]:
    """The keys of a PEM file of public keys and certificates, one after another."""
    keys: list[object] = []
    for block in _BLOCK.finditer(_read(path, "jwt_public_key")):
        label = block[1].decode()
        if "PRIVATE" in label:
            raise SetUpError(f"jwt_public_key: {path} holds a private key; that belongs into jwt_private_key")
        try:
            if label == "CERTIFICATE":
                keys.append(load_pem_x509_certificate(block[0]).public_key())
            else:
                keys.append(load_pem_public_key(block[0]))
        except (ValueError, UnsupportedAlgorithm):
            raise SetUpError(f"jwt_public_key: {path} holds a {label} that cannot be read") from None
    if not keys:
        raise SetUpError(f"jwt_public_key: {path} holds no public key in PEM")
    return keys


def _private_key(path: Path) -> PrivateKey:
    try:
        key = load_pem_private_key(_read(path, "jwt_private_key"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SetUpError(f"jwt_private_key: {path} holds no private key in PEM without a password") from None
    if not isinstance(key, PrivateKey):
        raise SetUpError(f"jwt_private_key: {path} holds a key that signs no tokens")
    return key
