"""The whole way with an honest provider, in each shape that brokers have."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from server.identity.interface import IdentityError
from server.identity.provider import Endpoints, Token
from tests.identity.rogue import encrypt, public_jwk, rsa_key
from tests.identity.stage import (
    ACR,
    BARE,
    CODE,
    ENCRYPTED,
    HIGH,
    METHOD,
    SIGNED,
    STARTED,
    our_key,
    stage,
)


async def test_person_is_proven_by_a_pushed_request_and_an_encrypted_token() -> None:
    async with stage() as s:
        proven = await s.prove()
        assert (proven.country, proven.code, proven.name) == ("FI", CODE, "Test Customer One")
        assert (proven.level, proven.method) == ("substantial", "Bank")
        assert proven.at == STARTED + 20_000
        assert CODE not in repr(proven)
        assert "Customer" not in repr(proven)


async def test_browser_sees_nothing_of_the_pushed_request() -> None:
    async with stage() as s:
        query = parse_qs(urlsplit(await s.party.begin(s.attempt)).query)
        assert set(query) == {"client_id", "request_uri"}


async def test_request_object_goes_in_the_address_where_nothing_can_be_pushed() -> None:
    async with stage(par=False) as s:
        query = parse_qs(urlsplit(await s.party.begin(s.attempt)).query)
        assert set(query) == {"client_id", "request"}
        assert (await s.prove()).code == CODE
        assert s.provider.asked["/par"] == 0


async def test_request_asks_for_a_fresh_login_by_one_way_in_the_visitors_language() -> None:
    async with stage() as s:
        await s.party.begin(s.attempt)
        (asked,) = s.provider.requests
        assert asked["prompt"] == "login"
        assert asked["acr_values"] == ACR
        assert asked["ui_locales"] == "fi"
        assert asked["ftn_spname"] == "Demo Shop with a name that is longer tha"
        assert asked["nonce"] == s.attempt.nonce
        assert s.attempt.verifier not in str(asked)


async def test_login_of_before_does_not_count_because_a_fresh_one_is_asked_for() -> None:
    async with stage() as s:
        s.provider.session_since = s.provider.now() - 3600
        assert (await s.prove()).at == STARTED + 20_000


@pytest.mark.parametrize("audience", ["issuer", "token_endpoint"])
async def test_assertion_is_for_whom_the_provider_wants_it(audience: str) -> None:
    async with stage(assertion_audience=audience) as s:
        assert (await s.prove()).code == CODE


async def test_signed_token_that_is_not_encrypted_does_where_that_was_agreed() -> None:
    async with stage(encrypts=False, id_token=SIGNED) as s:
        assert (await s.prove()).code == CODE


@pytest.mark.parametrize("alg", ["RSA-OAEP", "RSA-OAEP-256"])
@pytest.mark.parametrize("enc", ["A128CBC-HS256", "A128GCM", "A256GCM"])
async def test_every_encryption_of_the_brokers_is_opened(alg: str, enc: str) -> None:
    agreed = Token(signing=("RS256",), encryption=(alg,), content=(enc,))
    async with stage(id_token=agreed) as s:
        s.lies.encrypt = lambda token: encrypt(token, s.provider.encryption_key, alg=alg, enc=enc)
        assert (await s.prove()).code == CODE


async def test_token_for_our_previous_key_is_opened_while_keys_overlap() -> None:
    async with stage() as s:
        s.ours.decrypts.insert(0, our_key("ours-new"))
        assert (await s.prove()).code == CODE


async def test_token_that_names_no_key_of_ours_is_tried_by_all() -> None:
    async with stage() as s:
        s.ours.decrypts.insert(0, our_key("ours-new"))
        s.lies.encrypt = lambda token: encrypt(token, s.provider.encryption_key, kid=None)
        assert (await s.prove()).code == CODE


async def test_header_may_repeat_claims_and_hold_what_nobody_knows() -> None:
    async with stage() as s:
        s.lies.encrypt = lambda token: encrypt(
            token, s.provider.encryption_key, iss=s.provider.issuer, aud="shop", xyz="1"
        )
        assert (await s.prove()).code == CODE


@pytest.mark.parametrize(
    ("userinfo_as", "expected"), [("json", BARE), ("signed", SIGNED), ("encrypted", ENCRYPTED)]
)
async def test_code_comes_from_userinfo_where_the_token_has_none(
    userinfo_as: Literal["json", "signed", "encrypted"], expected: Token
) -> None:
    async with stage(userinfo=expected, userinfo_as=userinfo_as) as s:
        s.claiming(personal_identity_code=None, name=None)
        proven = await s.prove()
        assert (proven.code, proven.name) == (CODE, "Test Customer One")


async def test_acr_says_the_level() -> None:
    async with stage() as s:
        s.claiming(acr=HIGH)
        assert (await s.prove()).level == "high"


async def test_level_is_the_methods_where_the_broker_says_none() -> None:
    method = msgspec.structs.replace(METHOD, acr=(), levels={}, level="low")
    async with stage(methods=(method,)) as s:
        s.claiming(acr=None)
        assert (await s.prove()).level == "low"
        assert "acr_values" not in s.provider.requests[0]


async def test_static_addresses_need_no_discovery() -> None:
    async with stage(
        discovery=False,
        configured=lambda p: {
            "endpoints": Endpoints(
                authorization=f"{p.issuer}/authorize",
                token=f"{p.issuer}/token",
                par=f"{p.issuer}/par",
                jwks=f"{p.issuer}/jwks",
            )
        },
    ) as s:
        assert (await s.prove()).code == CODE
        assert s.provider.asked["/.well-known/openid-configuration"] == 0


async def test_configured_address_comes_before_the_published_one() -> None:
    async with stage(configured=lambda p: {"endpoints": Endpoints(token=f"{p.issuer}/token")}) as s:
        s.lies.metadata = lambda said: {**said, "token_endpoint": f"{s.provider.issuer}/other"}
        assert (await s.prove()).code == CODE


async def test_keys_signed_by_the_pinned_entity_key_are_used() -> None:
    entity = public_jwk(rsa_key("entity-1"), "entity-1")
    async with stage(keys="signed", entity_keys=(entity,)) as s:
        assert (await s.prove()).code == CODE
        assert s.provider.asked["/jwks"] == 0


async def test_pinned_keys_are_used_without_asking() -> None:
    pinned = public_jwk(rsa_key("theirs-1"), "theirs-1")
    async with stage(keys="pinned", pinned_keys=(pinned,)) as s:
        assert (await s.prove()).code == CODE
        assert s.provider.asked["/jwks"] == 0


async def test_audience_may_be_a_list_where_the_broker_sends_one() -> None:
    async with stage(aud_list_with_azp=True) as s:
        s.claiming(aud=["shop", "https://broker.example"], azp="shop")
        assert (await s.prove()).code == CODE


async def test_methods_are_told_as_visitors_choose_them() -> None:
    async with stage() as s:
        (method,) = s.party.methods
        assert (s.party.id, method.id, method.kind) == ("broker", "broker.bank", "redirect")
        assert (method.label, method.country, method.level) == ("Bank", "FI", "substantial")


async def test_method_that_was_taken_away_is_unavailable() -> None:
    async with stage(methods=(msgspec.structs.replace(METHOD, id="broker.other"),)) as s:
        with pytest.raises(IdentityError) as raised:
            await s.party.begin(s.attempt)
        assert raised.value.code == "unavailable"
