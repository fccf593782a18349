"""`server.identity.keys`: our keys towards brokers, on real databases."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey
from sqlalchemy import select

from server.identity.keys import OVERLAP, KeyRing
from server.identity.provider import SigningAlgorithm
from server.identity.vault import Ring, UnknownKey, Vault
from server.store.database import Database
from server.store.identity_tables import provider_key
from server.store.migrate import migrate

_HOUR = 3_600_000
_START = 1_800_000_000_000
_US = "https://chat.example"


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'keys.db'}")
    await migrate(database)
    yield database
    await database.aclose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def vault() -> Vault:
    return Vault(lambda: Ring({"one": bytes(32)}, "m" * 32))


@pytest.fixture
def ring(db: Database, vault: Vault, time: Time) -> KeyRing:
    return KeyRing(db, vault, time, _US)


async def _shown(ring: KeyRing, use: str) -> list[str]:
    return [key["kid"] for key in (await ring.public_jwks("RS256"))["keys"] if key["use"] == use]


def _encrypted(jwks: dict[str, list[dict[str, str]]], text: str) -> str:
    key = next(one for one in jwks["keys"] if one["use"] == "enc")
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key["kid"]}
    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM"])
    return jwe.encrypt_compact(header, text, RSAKey.import_key(key), registry=registry)


async def _opened(ring: KeyRing, token: str) -> bytes | None:
    head = token.partition(".")[0]
    kid = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    for key in await ring.decrypting():
        if key.kid == kid:
            registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM"])
            private = RSAKey.import_key(key.private)
            return jwe.decrypt_compact(token, private, registry=registry).plaintext
    return None


async def test_the_first_need_makes_keys_that_stay(
    ring: KeyRing, db: Database, vault: Vault, time: Time
) -> None:
    first = await ring.signing("RS256")
    again = KeyRing(db, vault, time, _US)
    assert (await again.signing("RS256")).kid == first.kid
    assert len(await again.decrypting()) == 1
    assert [life.use for life in await ring.lifetimes()] == ["sig"]  # as it was read
    time.now += _HOUR
    assert sorted(life.use for life in await ring.lifetimes()) == ["enc", "sig"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_what_is_signed_verifies_by_the_published_set(
    ring: KeyRing, algorithm: SigningAlgorithm
) -> None:
    key = await ring.signing(algorithm)
    token = key.sign({"iss": "us"})
    keys = jwt.PyJWKSet.from_dict(await ring.public_jwks(algorithm))
    found = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, found.key, [algorithm]) == {"iss": "us"}


async def test_the_published_set_has_no_private_part(ring: KeyRing) -> None:
    algorithms: tuple[SigningAlgorithm, ...] = ("RS256", "ES256")
    for algorithm in algorithms:
        for key in (await ring.public_jwks(algorithm))["keys"]:
            assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
    assert "RSAPrivateKey" not in repr(await ring.signing("RS256"))


async def test_what_is_encrypted_to_the_published_key_opens(ring: KeyRing) -> None:
    token = _encrypted(await ring.public_jwks("RS256"), "a secret")
    assert await _opened(ring, token) == b"a secret"


async def test_the_database_holds_keys_only_sealed(ring: KeyRing, db: Database, time: Time) -> None:
    key = await ring.signing("RS256")
    async with db.read() as tx:
        row = (await tx.execute(select(provider_key))).one()
    private = RSAKey.import_key(key.private).as_dict(private=True)
    assert str(private["d"]).encode() not in row.sealed
    stranger = KeyRing(db, Vault(lambda: Ring({"two": bytes(32)}, "m" * 32)), time, _US)
    with pytest.raises(UnknownKey):
        await stranger.signing("RS256")


async def test_a_new_key_is_published_a_day_before_it_signs_and_the_old_a_day_after(
    ring: KeyRing, time: Time
) -> None:
    await ring.public_jwks("RS256")
    old = (await ring.signing("RS256")).kid
    (new,) = [life.kid for life in await ring.rotate() if life.use == "sig"]

    time.now += 60_000  # nodes may still not know it
    assert await _shown(ring, "sig") == [old]
    time.now += 60_000
    assert await _shown(ring, "sig") == [old, new]
    assert (await ring.signing("RS256")).kid == old

    time.now = _START + OVERLAP
    assert (await ring.signing("RS256")).kid == new
    assert await _shown(ring, "sig") == [new, old]

    time.now = _START + 2 * OVERLAP
    assert await _shown(ring, "sig") == [new]


async def test_a_retired_key_decrypts_for_seven_days(ring: KeyRing, time: Time) -> None:
    token = _encrypted(await ring.public_jwks("RS256"), "late")
    await ring.rotate()
    retired = _START + 2 * OVERLAP
    time.now = retired + 7 * OVERLAP - 1
    assert await _opened(ring, token) == b"late"
    time.now = retired + 7 * OVERLAP
    assert await _opened(ring, token) is None


async def test_a_stolen_key_is_withdrawn_at_once(ring: KeyRing, time: Time) -> None:
    token = _encrypted(await ring.public_jwks("RS256"), "before")
    old = (await ring.signing("RS256")).kid
    await ring.rotate(now=True)
    assert (await ring.signing("RS256")).kid != old
    assert old not in await _shown(ring, "sig")
    assert len(await _shown(ring, "enc")) == 1
    assert await _opened(ring, token) == b"before"


async def test_the_lead_is_as_long_as_a_broker_needs(ring: KeyRing, time: Time) -> None:
    old = (await ring.signing("RS256")).kid
    await ring.rotate(lead=14 * OVERLAP)
    time.now += 14 * OVERLAP - 1
    assert (await ring.signing("RS256")).kid == old
    time.now += 1
    assert (await ring.signing("RS256")).kid != old


async def test_rotation_leaves_nothing_of_keys_that_are_over(
    ring: KeyRing, db: Database, time: Time
) -> None:
    await ring.public_jwks("RS256")
    await ring.rotate()
    time.now += 30 * OVERLAP
    await ring.rotate(now=True)
    async with db.read() as tx:
        rows = (await tx.execute(select(provider_key.c.id, provider_key.c.retired_at))).all()
    assert len(rows) == 4  # the second pair, which still decrypts or is just withdrawn, and a third


async def test_the_signed_set_is_verified_by_the_entity_key(ring: KeyRing, time: Time) -> None:
    statement = await ring.statement({"organization_name": "The Shop"}, days=365)
    claims = jwt.decode(statement, options={"verify_signature": False})
    entity = jwt.PyJWKSet.from_dict(claims["jwks"])
    assert claims["metadata"]["openid_relying_party"]["organization_name"] == "The Shop"

    token = await ring.signed_jwks("RS256")
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "jwk-set+jwt"
    key = entity[header["kid"]].key
    options = {"verify_exp": False, "verify_iat": False}  # the test's clock is its own
    signed = jwt.decode(token, key, ["RS256"], issuer=_US, options=options)
    assert signed["sub"] == _US
    assert signed["exp"] - time.now // 1000 == 24 * 3600
    assert signed["keys"] == (await ring.public_jwks("RS256"))["keys"]


async def test_the_entity_key_is_replaced_only_by_name(ring: KeyRing) -> None:
    async def entity() -> str:
        return str(jwt.get_unverified_header(await ring.signed_jwks("RS256"))["kid"])

    before = await entity()
    await ring.rotate(now=True)
    assert await entity() == before
    signing = (await ring.signing("RS256")).kid
    await ring.rotate(now=True, entity=True)
    assert await entity() != before
    assert (await ring.signing("RS256")).kid == signing


async def test_a_node_learns_of_anothers_rotation_within_a_minute(
    ring: KeyRing, db: Database, vault: Vault, time: Time
) -> None:
    other = KeyRing(db, vault, time, _US)
    old = (await other.signing("RS256")).kid
    await ring.rotate(now=True)
    time.now += 59_999
    assert (await other.signing("RS256")).kid == old
    time.now += 1
    assert (await other.signing("RS256")).kid != old


async def test_nodes_that_need_a_key_at_once_make_one(url: str, vault: Vault, time: Time) -> None:
    nodes = [Database(url) for _ in range(2)]
    try:
        await migrate(nodes[0])
        rings = [KeyRing(db, vault, time, _US) for db in (*nodes, *nodes)]
        kids = {key.kid for key in await asyncio.gather(*(one.signing("RS256") for one in rings))}
        assert len(kids) == 1
        async with nodes[0].read() as tx:
            assert len((await tx.execute(select(provider_key.c.id))).all()) == 1
    finally:
        for db in nodes:
            await db.aclose()


async def test_a_node_whose_clock_is_behind_uses_the_key_that_another_made(
    ring: KeyRing, db: Database, vault: Vault, time: Time
) -> None:
    made = (await ring.signing("RS256")).kid
    late = KeyRing(db, vault, lambda: time.now - 5_000, _US)
    assert (await late.signing("RS256")).kid == made
    assert await _shown(late, "sig") == [made]


async def test_keys_are_written_as_json_that_only_the_vault_opens(
    ring: KeyRing, db: Database, vault: Vault
) -> None:
    key = await ring.signing("RS256")
    async with db.read() as tx:
        row = (await tx.execute(select(provider_key))).one()
    opened = json.loads(vault.open(row.sealed, "provider_key", key.kid))
    assert opened["kty"] == "RSA"
