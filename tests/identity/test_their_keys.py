"""The provider's keys and addresses: rotation, what drives us to fetch, what we do not believe."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from server.identity.cached import FRESH, PAUSE, RETRY, STALE
from server.identity.interface import IdentityError
from server.identity.metadata import read_metadata
from tests.identity.rogue import forge, public_jwk, rsa_key
from tests.identity.stage import CODE, Stage, attempt_at, config_for, stage

KEYS = "/jwks"
METADATA = "/.well-known/openid-configuration"


async def begins(s: Stage) -> str:
    """Return the code that beginning fails with, or nothing."""
    try:
        await s.party.begin(s.attempt)
    except IdentityError as error:
        return error.code
    return ""


async def again(s: Stage, name: str) -> str:
    s.attempt = attempt_at(s.clock.now, name)
    return (await s.prove()).code


# Rotation.


async def test_token_by_a_new_key_is_verified_after_the_keys_were_fetched_again() -> None:
    async with stage() as s:
        answer = await s.answer()
        s.provider.rotate("theirs-2")
        proven = await s.party.finish(s.attempt, answer)  # the code is spent: the same token
        assert proven.code == CODE
        assert s.provider.asked["/token"] == 1
        assert s.provider.asked[KEYS] == 2


async def test_key_that_the_provider_took_away_is_no_longer_believed() -> None:
    async with stage() as s:
        await s.prove()
        stolen = rsa_key("theirs-1")
        s.provider.rotate("theirs-2")
        s.clock.move(FRESH / 1000)
        s.lies.sign = lambda claims: jwt.encode(
            claims, stolen, "RS256", headers={"kid": "theirs-1"}
        )
        s.attempt = attempt_at(s.clock.now, "two")
        assert await s.refused() == "unknown_key"


async def test_unknown_keys_make_us_fetch_once_a_minute_at_most() -> None:
    """The key-set flood: strangers' tokens must not make us hammer the provider."""
    async with stage() as s:
        s.lies.header = {"kid": "not-theirs"}
        assert await s.refused() == "unknown_key"
        fetched = s.provider.asked[KEYS]
        for number in range(5):
            s.clock.move(0.1)
            s.attempt = attempt_at(s.clock.now, f"flood-{number}")
            answer = s.provider.login(await s.party.begin(s.attempt))
            with pytest.raises(IdentityError):
                await s.party.finish(s.attempt, answer)
        assert s.provider.asked[KEYS] == fetched
        s.clock.move(PAUSE / 1000)
        s.attempt = attempt_at(s.clock.now, "later")
        assert await s.refused() == "unknown_key"
        assert s.provider.asked[KEYS] == fetched + 1


async def test_many_who_come_at_a_rotation_wait_for_one_fetch() -> None:
    async with stage() as s:
        attempts = [attempt_at(s.clock.now, str(number)) for number in range(5)]
        answers = [s.provider.login(await s.party.begin(attempt)) for attempt in attempts]
        s.provider.rotate("theirs-2")
        fetched = s.provider.asked[KEYS]
        proven = await asyncio.gather(
            *(s.party.finish(a, answer) for a, answer in zip(attempts, answers, strict=True))
        )
        assert [one.code for one in proven] == [CODE] * 5
        assert s.provider.asked[KEYS] == fetched + 1


async def test_failed_fetch_counts_as_the_minutes_one() -> None:
    async with stage() as s:
        answer = await s.answer()
        s.provider.rotate("theirs-2")
        s.lies.answers[KEYS] = lambda _: web.Response(status=503)
        with pytest.raises(IdentityError) as raised:
            await s.party.finish(s.attempt, answer)
        assert raised.value.code == "unknown_key"
        del s.lies.answers[KEYS]
        s.attempt = attempt_at(s.clock.now, "two")
        assert await s.refused() == "unknown_key"
        s.clock.move(PAUSE / 1000)
        assert await again(s, "three") == CODE


async def test_pinned_keys_are_never_replaced() -> None:
    pinned = public_jwk(rsa_key("theirs-1"), "theirs-1")
    async with stage(keys="pinned", pinned_keys=(pinned,)) as s:
        s.provider.rotate("theirs-2")
        assert await s.refused() == "unknown_key"
        assert s.provider.asked[KEYS] == 0


# Which key.


async def test_token_without_a_key_id_does_where_there_is_no_choice() -> None:
    async with stage() as s:
        s.lies.sign = lambda claims: jwt.encode(claims, s.provider.key(), "RS256")
        assert (await s.prove()).code == CODE


async def test_token_without_a_key_id_is_refused_where_there_is_a_choice() -> None:
    async with stage() as s:
        more = public_jwk(rsa_key("forger"), "theirs-0")
        s.lies.keys = lambda said: {"keys": [more, *said["keys"]]}
        s.lies.sign = lambda claims: jwt.encode(claims, s.provider.key(), "RS256")
        assert await s.refused() == "unknown_key"


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"alg": "PS256"},
        {"alg": "RSA-OAEP"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"n": "short"},
        {"n": 7},
        {"n": "!" * 342},
        {"e": None},
    ],
)
async def test_key_that_is_not_for_this_is_not_used(change: dict[str, Any]) -> None:
    async with stage() as s:
        s.lies.keys = lambda said: {"keys": [{**key, **change} for key in said["keys"]]}
        assert await s.refused() in ("unknown_key", "bad_signature")


@pytest.mark.parametrize(
    "other",
    [
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "theirs-1"},
        {**public_jwk(rsa_key("forger"), "theirs-1"), "kty": "XYZ"},
    ],
)
async def test_key_of_another_type_may_have_the_same_name(other: dict[str, Any]) -> None:
    """As RFC 7517 allows (section 4.5), which also has unknown types ignored (section 5)."""
    async with stage() as s:
        s.lies.keys = lambda said: {"keys": [other, *said["keys"]]}
        assert (await s.prove()).code == CODE


async def test_short_key_is_not_used_though_it_is_the_providers() -> None:
    async with stage() as s:
        short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        s.lies.keys = lambda _: {"keys": [public_jwk(short, "theirs-1")]}

        def sign(claims: dict[str, Any]) -> str:
            unsigned = forge({"alg": "RS256", "kid": "theirs-1"}, claims).rstrip(".")
            signature = short.sign(unsigned.encode(), padding.PKCS1v15(), hashes.SHA256())
            return f"{unsigned}.{forge({}, {}, signature).split('.')[2]}"

        s.lies.sign = sign
        assert await s.refused() == "unknown_key"


async def test_two_keys_of_one_name_are_not_chosen_between() -> None:
    async with stage() as s:
        twin = public_jwk(rsa_key("forger"), "theirs-1")
        s.lies.keys = lambda said: {"keys": [twin, *said["keys"]]}
        assert await s.refused() == "unknown_key"


# Signed sets of keys.

ENTITY = public_jwk(rsa_key("entity-1"), "entity-1")


async def test_key_set_that_another_entity_signed_is_refused() -> None:
    async with stage(keys="signed", entity_keys=(ENTITY,)) as s:
        s.provider.entity_kid = "forger"
        assert await begins(s) == "unavailable"


async def test_key_set_that_was_forged_under_the_entitys_name_is_refused() -> None:
    async with stage(keys="signed", entity_keys=(ENTITY,)) as s:
        thief = rsa_key("forger")
        keys = {"keys": [public_jwk(thief, "theirs-1")]}
        forged = jwt.encode(keys, thief, "RS256", headers={"kid": "entity-1"})
        s.lies.answers["/signed-jwks"] = lambda _: web.Response(text=forged)
        assert await begins(s) == "unavailable"


async def test_plain_key_set_is_refused_where_a_signed_one_was_agreed() -> None:
    async with stage(keys="signed", entity_keys=(ENTITY,)) as s:
        keys = {"keys": [public_jwk(rsa_key("theirs-1"), "theirs-1")]}
        s.lies.answers["/signed-jwks"] = lambda _: web.json_response(keys)
        assert await begins(s) == "unavailable"


@pytest.mark.parametrize("ends", [-1, 0, "never"])
async def test_key_set_whose_time_is_over_is_refused(ends: object) -> None:
    async with stage(keys="signed", entity_keys=(ENTITY,)) as s:
        when = s.provider.now() + ends if isinstance(ends, int) else ends
        s.lies.answers["/signed-jwks"] = lambda _: web.Response(text=_signed(s, when))
        assert await begins(s) == "unavailable"


def _signed(s: Stage, ends: object) -> str:
    claims = {"keys": [public_jwk(s.provider.key(), s.provider.kid)], "exp": ends}
    head = {"kid": "entity-1"}
    return jwt.PyJWS().encode(json.dumps(claims).encode(), rsa_key("entity-1"), "RS256", head)


# Addresses.


@pytest.mark.parametrize("issuer", ["https://other.example", "", None, 1])
async def test_metadata_of_another_issuer_is_refused(issuer: object) -> None:
    """Mix-up: metadata that leads to one provider in the name of another."""
    async with stage() as s:
        s.lies.metadata = lambda said: {**said, "issuer": issuer}
        assert await begins(s) == "wrong_issuer"
        assert s.provider.asked["/par"] == 0


PUBLISHED = {
    "issuer": "https://broker.example",
    "authorization_endpoint": "https://broker.example/authorize",
    "token_endpoint": "https://broker.example/token",
    "pushed_authorization_request_endpoint": "https://broker.example/par",
    "jwks_uri": "https://keys.example/jwks",
}


def test_addresses_may_be_on_another_host_of_the_provider() -> None:
    read = read_metadata(config_for("https://broker.example"), PUBLISHED)
    assert read.jwks == "https://keys.example/jwks"


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "issuer"])
@pytest.mark.parametrize(
    "address",
    [
        "http://broker.example/x",
        "//broker.example/x",
        "file:///etc/passwd",
        "https:///x",
        "https://user@broker.example/x",
        "https://broker.example/x#y",
        "https://broker.example:99999/x",
        "https://[::1/x",
        "https://broker.example/a b",
        "https://broker.example/\n",
        "",
        None,
        7,
    ],
)
def test_address_that_is_not_plainly_https_is_refused(name: str, address: object) -> None:
    with pytest.raises(IdentityError) as raised:
        read_metadata(config_for("https://broker.example"), {**PUBLISHED, name: address})
    assert raised.value.code == "unavailable"


# What is kept, and for how long.


async def test_addresses_and_keys_are_fetched_once_for_many() -> None:
    async with stage() as s:
        await asyncio.gather(*(s.party.begin(attempt_at(name=str(n))) for n in range(5)))
        assert (s.provider.asked[METADATA], s.provider.asked[KEYS]) == (1, 1)


async def test_provider_that_went_down_is_served_from_what_is_known_for_a_day() -> None:
    async with stage() as s:
        await s.prove()
        for path in (METADATA, KEYS):
            s.lies.answers[path] = lambda _: web.Response(status=503)
        s.clock.move(FRESH / 1000)
        assert await again(s, "two") == CODE
        s.clock.move((STALE - FRESH) / 1000)
        assert await begins(s) == "unavailable"


async def test_provider_that_is_down_is_not_asked_by_everybody() -> None:
    async with stage() as s:
        s.lies.answers[METADATA] = lambda _: web.Response(status=503)
        for _ in range(5):
            assert await begins(s) == "unavailable"
        assert s.provider.asked[METADATA] == 1
        del s.lies.answers[METADATA]
        s.clock.move(RETRY / 1000)
        assert await begins(s) == ""


async def test_nobody_is_sent_to_log_in_when_the_keys_cannot_be_had() -> None:
    async with stage() as s:
        s.lies.answers[KEYS] = lambda _: web.Response(status=404)
        assert await begins(s) == "unavailable"
        assert s.provider.asked["/par"] == 0
