"""Tokens that are not what they seem: forged, downgraded, brought with keys, badly encrypted."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.identity.rogue import encrypt, forge, public_jwk, rsa_key
from tests.identity.stage import SIGNED, stage


async def test_forged_signature_is_refused() -> None:
    async with stage() as s:
        s.lies.sign = lambda claims: jwt.encode(
            claims, rsa_key("forger"), "RS256", headers={"kid": s.provider.kid}
        )
        assert await s.refused() == "bad_signature"


async def test_claims_changed_after_signing_are_refused() -> None:
    async with stage() as s:

        def change(claims: dict[str, Any]) -> str:
            head, _, signature = s.provider.sign(claims).split(".")
            body = forge({}, {**claims, "personal_identity_code": "010190-900P"}).split(".")[1]
            return f"{head}.{body}.{signature}"

        s.lies.sign = change
        assert await s.refused() == "bad_signature"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
async def test_unsigned_token_is_refused(algorithm: str) -> None:
    async with stage() as s:
        s.lies.sign = lambda claims: forge({"alg": algorithm, "kid": s.provider.kid}, claims)
        assert await s.refused() == "bad_algorithm"


async def test_public_key_is_not_taken_for_a_shared_secret() -> None:
    async with stage() as s:
        public = s.provider.key().public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

        def confuse(claims: dict[str, Any]) -> str:
            unsigned = forge({"alg": "HS256", "kid": s.provider.kid}, claims).rstrip(".")
            digest = hmac.new(pem, unsigned.encode(), hashlib.sha256).digest()
            return f"{unsigned}.{forge({}, {}, digest).split('.')[2]}"

        s.lies.sign = confuse
        assert await s.refused() == "bad_algorithm"


async def test_algorithm_that_was_not_agreed_is_refused_though_the_key_is_right() -> None:
    async with stage() as s:
        s.provider.algorithm = "PS256"
        assert await s.refused() == "bad_algorithm"


async def test_token_by_no_known_key_is_refused() -> None:
    async with stage() as s:
        s.lies.header = {"kid": "not-theirs"}
        assert await s.refused() == "unknown_key"


async def test_key_that_the_token_brings_along_is_not_looked_at() -> None:
    async with stage() as s:
        thief = rsa_key("forger")
        jwk = public_jwk(thief, "forger")
        keys = {"jwk": jwk, "jku": f"{s.provider.issuer}/thiefs-keys", "x5u": "https://x.example"}
        for kid in ("forger", s.provider.kid):
            head = {"kid": kid, **keys}
            s.lies.sign = lambda claims, head=head: jwt.encode(  # type: ignore[misc]
                claims, thief, "RS256", headers=head
            )
            assert await s.refused() in ("unknown_key", "bad_signature")
        assert s.provider.asked["/thiefs-keys"] == 0


async def test_critical_header_that_nobody_knows_is_refused() -> None:
    async with stage() as s:
        s.lies.header = {"crit": ["exp"], "exp": 1}
        assert await s.refused() == "bad_signature"


async def test_token_that_is_not_encrypted_is_refused_where_that_was_agreed() -> None:
    async with stage(encrypts=False) as s:
        assert await s.refused() == "not_encrypted"


async def test_encrypted_token_is_refused_where_it_was_not_agreed() -> None:
    async with stage(id_token=SIGNED) as s:
        assert await s.refused() == "cannot_decrypt"


async def test_encrypted_claims_that_nobody_signed_are_refused() -> None:
    """Anybody can encrypt to our key: it is public."""
    async with stage() as s:
        s.lies.sign = json.dumps
        assert await s.refused() == "bad_signature"


async def test_token_encrypted_twice_is_refused() -> None:
    async with stage() as s:
        key = s.provider.encryption_key
        s.lies.encrypt = lambda token: encrypt(encrypt(token, key), key)
        assert await s.refused() == "bad_signature"


async def test_token_encrypted_for_somebody_else_is_refused() -> None:
    async with stage() as s:
        other = rsa_key("forger").public_key()
        s.lies.encrypt = lambda token: encrypt(token, other)
        assert await s.refused() == "cannot_decrypt"


@pytest.mark.parametrize(("alg", "enc"), [("RSA-OAEP", "A256GCM"), ("RSA-OAEP-256", "A128GCM")])
async def test_encryption_that_was_not_agreed_is_refused(alg: str, enc: str) -> None:
    async with stage() as s:
        s.lies.encrypt = lambda token: encrypt(token, s.provider.encryption_key, alg=alg, enc=enc)
        assert await s.refused() == "cannot_decrypt"


async def test_packed_token_is_refused() -> None:
    async with stage() as s:
        s.lies.encrypt = lambda token: encrypt(token, s.provider.encryption_key, zip="DEF")
        assert await s.refused() == "cannot_decrypt"


@pytest.mark.parametrize(
    ("name", "code"),
    [("iss", "wrong_issuer"), ("aud", "wrong_audience"), ("sub", "wrong_subject")],
)
async def test_encryption_header_that_contradicts_the_token_is_refused(
    name: str, code: str
) -> None:
    async with stage() as s:
        s.lies.encrypt = lambda token: encrypt(
            token, s.provider.encryption_key, **{name: "https://other.example"}
        )
        assert await s.refused() == code


@pytest.mark.parametrize("position", range(5))
async def test_encrypted_token_changed_anywhere_is_refused(position: int) -> None:
    async with stage() as s:

        def change(token: str) -> str:
            parts = encrypt(token, s.provider.encryption_key).split(".")
            part = parts[position]
            parts[position] = part[:4] + ("A" if part[4] != "A" else "B") + part[5:]
            return ".".join(parts)

        s.lies.encrypt = change
        assert await s.refused() == "cannot_decrypt"
