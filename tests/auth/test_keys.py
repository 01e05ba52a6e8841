"""Public keys of files: which tokens they verify, which they sign, and how nobody makes another use of them."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from gatepost.auth.keys import PrivateKey, thumbprint
from gatepost.auth.tokens import Signer, Verifier
from gatepost.errors import GatepostError, SetUpError
from gatepost.settings import Settings

SECRET = "a secret of at least thirty-two bytes"
SETTINGS = Settings(database_url="postgresql://localhost/threads", authenticated_role="member")
RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
KEYS: dict[str, PrivateKey] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
WEAK = b"""-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDBFp1rXvPcdFp/88qpkTXXkz2p
Wjl9HQ838Xxf9N9BllnSIZsyf8YswnGbuH1fHhrCE3E+duD80ir9sTns8LJAs0Fi
qvlN9dus7G7PQ14L2Be82YP74RW/T4VC3icgOXPFbiEg4NCJ66c1kS45qyWmdJsv
mLJVuztitobszOpnlwIDAQAB
-----END PUBLIC KEY-----
"""  # RSA of 1,024 bits
PAYLOAD = {"sub": "7", "exp": 4_102_444_800}


def public_pem(*keys: PrivateKey) -> bytes:
    return b"".join(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) + b"\n" for key in keys
    )


def private_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def verifier(path: Path, content: bytes, **settings: Any) -> Verifier:
    path.write_bytes(content)
    return Verifier(dataclasses.replace(SETTINGS, jwt_public_key=path, **settings))


async def refused(verifier: Verifier, token: str) -> str:
    with pytest.raises(GatepostError) as caught:
        await verifier.caller(f"Bearer {token}")
    return caught.value.code


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_public_key_verifies_what_its_private_key_signed(algorithm: str, tmp_path: Path) -> None:
    key = KEYS[algorithm]
    by_key = verifier(tmp_path / "key.pem", public_pem(key))
    assert (await by_key.caller("Bearer " + jwt.encode(PAYLOAD, key, algorithm))).role == "member"
    assert (await by_key.caller("Bearer " + jwt.encode(PAYLOAD, key, algorithm, {"kid": "any"}))).role == "member"
    other = dict(KEYS, RS256=rsa.generate_private_key(public_exponent=65_537, key_size=2_048))
    for name, stranger in other.items():
        if stranger is not key:
            assert await refused(by_key, jwt.encode(PAYLOAD, stranger, name)) == "INVALID_TOKEN"


async def test_ed448_is_eddsa_too(tmp_path: Path) -> None:
    key = ed448.Ed448PrivateKey.generate()
    by_key = verifier(tmp_path / "key.pem", public_pem(key))
    assert (await by_key.caller("Bearer " + jwt.encode(PAYLOAD, key, "EdDSA"))).role == "member"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_public_key_is_no_secret(algorithm: str, tmp_path: Path) -> None:
    """Whoever has the public key signs with its text, and says that it is an HMAC."""
    pem = public_pem(RSA)
    by_key = verifier(tmp_path / "key.pem", pem, jwt_secret=SECRET)
    for text in (pem, pem.strip(), pem.replace(b"\n", b"")):
        header = {"alg": algorithm, "typ": "JWT"}
        forged = jwt.PyJWS().encode(json.dumps(PAYLOAD).encode(), text.hex(), algorithm, header)
        assert await refused(by_key, forged) == "INVALID_TOKEN"
        assert await refused(by_key, hmac_signed(text, algorithm)) == "INVALID_TOKEN"


def hmac_signed(key: bytes, algorithm: str) -> str:
    """A token whose HMAC key is any bytes; PyJWT itself refuses to take a PEM for one."""
    parts = [{"alg": algorithm}, PAYLOAD]
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    digest = hmac.digest(key, signed, f"sha{algorithm[2:]}")
    return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


async def test_the_secret_verifies_by_the_algorithms_that_were_set() -> None:
    secret = "s" * 64
    default = Verifier(dataclasses.replace(SETTINGS, jwt_secret=secret))
    longer = Verifier(dataclasses.replace(SETTINGS, jwt_secret=secret, jwt_algorithms=("HS384", "HS512")))
    for algorithm, takes, refuses in (("HS256", default, longer), ("HS384", longer, default)):
        signed = jwt.encode(PAYLOAD, secret, algorithm)
        assert (await takes.caller(f"Bearer {signed}")).role == "member"
        assert await refused(refuses, signed) == "INVALID_TOKEN"


async def test_algorithms_can_be_fewer_than_the_key_has(tmp_path: Path) -> None:
    by_key = verifier(tmp_path / "key.pem", public_pem(RSA), jwt_algorithms=("PS256",))
    assert (await by_key.caller("Bearer " + jwt.encode(PAYLOAD, RSA, "PS256"))).role == "member"
    assert await refused(by_key, jwt.encode(PAYLOAD, RSA, "RS256")) == "INVALID_TOKEN"


async def test_a_file_holds_several_keys_and_certificates(tmp_path: Path) -> None:
    """As while one key takes over from another."""
    key = KEYS["ES256"]
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    old, new = RSA, rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    by_keys = verifier(tmp_path / "keys.pem", public_pem(old, new) + certificate.public_bytes(Encoding.PEM))
    for signer, algorithm in ((old, "RS256"), (new, "RS256"), (key, "ES256")):
        assert (await by_keys.caller("Bearer " + jwt.encode(PAYLOAD, signer, algorithm))).role == "member"


@pytest.mark.parametrize("algorithm", ["RS256", "ES384", "EdDSA"])
async def test_a_private_key_signs_under_its_thumbprint(algorithm: str, tmp_path: Path) -> None:
    path = tmp_path / "private.pem"
    path.write_bytes(private_pem(KEYS[algorithm]))
    settings = dataclasses.replace(SETTINGS, jwt_private_key=path)
    signed = Signer(settings).sign("7", "member")
    header = jwt.get_unverified_header(signed)
    assert (header["alg"], header["kid"]) == (algorithm, thumbprint(KEYS[algorithm].public_key()))
    assert (await Verifier(settings).caller(f"Bearer {signed}")).role == "member"
    elsewhere = verifier(tmp_path / "public.pem", public_pem(KEYS[algorithm]))
    assert (await elsewhere.caller(f"Bearer {signed}")).role == "member"


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    """Its appendix A.3 gives a key and the thumbprint of it."""
    key = jwt.PyJWK({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}).key
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no public key in PEM"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "holds a PUBLIC KEY that cannot be read"),
        (private_pem(RSA), "holds a private key"),
        (WEAK, "suits none of RSA of 2,048"),
        (public_pem(ec.generate_private_key(ec.SECP224R1())), "suits none of"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_at_the_start(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match=message):
        verifier(tmp_path / "key.pem", content)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"jwt_algorithms": ("none",)}, "none is none of HS256"),
        ({"jwt_algorithms": ("HS512",), "jwt_secret": SECRET}, "at least 64 bytes for HS512"),
        ({"jwt_private_key": Path("/nowhere.pem")}, "jwt_private_key: /nowhere.pem cannot be read"),
        ({"jwt_public_key": Path("/nowhere.pem")}, "jwt_public_key: /nowhere.pem cannot be read"),
    ],
)
def test_settings_that_cannot_be_are_told_at_the_start(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SetUpError, match=message):
        Verifier(dataclasses.replace(SETTINGS, **settings))


async def test_claims_that_are_required() -> None:
    by_secret = Verifier(dataclasses.replace(SETTINGS, jwt_secret=SECRET, jwt_required_claims=("sub", "session")))
    whole = jwt.encode({**PAYLOAD, "session": "s"}, SECRET, "HS256")
    assert (await by_secret.caller(f"Bearer {whole}")).role == "member"
    assert await refused(by_secret, jwt.encode(PAYLOAD, SECRET, "HS256")) == "INVALID_TOKEN"


async def test_leeway_is_for_clocks_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    by_secret = Verifier(dataclasses.replace(SETTINGS, jwt_secret=SECRET, jwt_leeway=30))
    now = time.time()
    late = jwt.encode({"exp": int(now) - 10}, SECRET, "HS256")
    early = jwt.encode({"exp": int(now) + 600, "nbf": int(now) + 10}, SECRET, "HS256")
    for token in (late, early, late, early):  # the second time out of memory
        assert (await by_secret.caller(f"Bearer {token}")).role == "member"
    assert await refused(by_secret, jwt.encode({"exp": int(now) - 40}, SECRET, "HS256")) == "TOKEN_EXPIRED"
    monkeypatch.setattr(time, "time", lambda: now + 25)
    assert await refused(by_secret, late) == "TOKEN_EXPIRED"


@pytest.mark.parametrize(
    ("pointer", "claims", "role"),
    [
        ("/app_metadata/role", {"app_metadata": {"role": "editor"}}, "editor"),
        ("/realm_access/roles/1", {"realm_access": {"roles": ["x", "editor"]}}, "editor"),
        ("/https:~1~1example.com~1claims/role", {"https://example.com/claims": {"role": "editor"}}, "editor"),
        ("/app_metadata/role", {"role": "editor"}, "member"),
        ("/realm_access/roles/1", {"realm_access": {"roles": ["editor"]}}, "member"),
        ("/app_metadata/role", {"app_metadata": {"role": "postgres"}}, None),
        ("/app_metadata/role", {"app_metadata": {"role": ["editor"]}}, None),
        ("/app_metadata", {"app_metadata": {"role": "editor"}}, None),
        ("https://example.com/role", {"https://example.com/role": "editor"}, "editor"),
    ],
)
async def test_where_in_the_claims_the_role_is(pointer: str, claims: dict[str, Any], role: str | None) -> None:
    settings = dataclasses.replace(SETTINGS, jwt_secret=SECRET, role_claim=pointer, roles=("editor",))
    token = jwt.encode({**PAYLOAD, **claims}, SECRET, "HS256")
    if role is None:
        assert await refused(Verifier(settings), token) == "ROLE_NOT_ALLOWED"
    else:
        caller = await Verifier(settings).caller(f"Bearer {token}")
        assert caller.role == role
        assert claims.items() <= json.loads(caller.claims).items()
