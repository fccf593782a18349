"""One attack each: what a hostile provider, person or network may try, and what stops it.

Cookie, state used once and return address are the server's: tests of `server/http/identity.py`.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.identity.interface import IdentityError
from server.identity.provider import Claims
from tests.identity.stage import (
    ACR,
    BARE,
    CODE,
    ENCRYPTED,
    METHOD,
    SIGNED,
    STARTED,
    Stage,
    attempt_at,
    stage,
)

TEST_ACR = "http://ftn.ficora.fi/2017/loatest2"


async def refused(s: Stage, answer: dict[str, str]) -> IdentityError:
    with pytest.raises(IdentityError) as raised:
        await s.party.finish(s.attempt, answer)
    return raised.value


# The callback.


async def test_answer_to_another_attempt_is_refused_before_the_code_is_spent() -> None:
    async with stage() as s:
        answer = await s.answer()
        error = await refused(s, {**answer, "state": "state-of-another"})
        assert (error.reason, error.code) == ("invalid", "bad_state")
        assert s.provider.asked["/token"] == 0


async def test_answer_without_state_is_refused() -> None:
    async with stage() as s:
        answer = await s.answer()
        del answer["state"]
        assert (await refused(s, answer)).code == "bad_state"


async def test_mix_up_with_another_issuer_is_refused_before_the_code_is_spent() -> None:
    async with stage() as s:
        answer = await s.answer()
        error = await refused(s, {**answer, "iss": "https://other.example"})
        assert error.code == "wrong_issuer"
        assert s.provider.asked["/token"] == 0


async def test_answer_without_the_announced_issuer_is_refused() -> None:
    async with stage() as s:
        answer = await s.answer()
        del answer["iss"]
        assert (await refused(s, answer)).code == "wrong_issuer"


async def test_answer_needs_no_issuer_where_none_is_announced() -> None:
    async with stage() as s:
        s.lies.metadata = lambda said: {
            **said,
            "authorization_response_iss_parameter_supported": False,
        }
        answer = await s.answer()
        del answer["iss"]
        assert (await s.party.finish(s.attempt, answer)).code == CODE


async def test_error_of_another_issuer_does_not_cancel() -> None:
    async with stage() as s:
        answer = {"state": s.attempt.state, "error": "access_denied", "iss": "https://x.example"}
        assert (await refused(s, answer)).code == "wrong_issuer"


@pytest.mark.parametrize(
    ("error", "reason", "code"),
    [
        ("access_denied", "cancelled", "cancelled"),
        ("cancel", "cancelled", "cancelled"),
        ("login_required", "refused", "provider_error"),
        ("server_error", "unavailable", "provider_error"),
        ("temporarily_unavailable", "unavailable", "provider_error"),
        ("<script>", "refused", "provider_error"),
    ],
)
async def test_providers_error_is_told_in_our_words(error: str, reason: str, code: str) -> None:
    async with stage() as s:
        answer = {"state": s.attempt.state, "iss": s.provider.issuer, "error": error}
        raised = await refused(s, answer)
        assert (raised.reason, raised.code) == (reason, code)
        assert "script" not in str(raised)


@pytest.mark.parametrize("code", ["", "x" * 5_000])
async def test_answer_without_a_usable_code_is_refused(code: str) -> None:
    async with stage() as s:
        answer = {"state": s.attempt.state, "iss": s.provider.issuer, "code": code}
        assert (await refused(s, answer)).code == "missing_code"


async def test_code_is_redeemed_once() -> None:
    async with stage() as s:
        answer = await s.answer()
        await s.party.finish(s.attempt, answer)
        assert (await refused(s, answer)).code == "bad_token_response"


async def test_code_of_another_attempt_is_worth_nothing_by_pkce() -> None:
    """A stolen code, put into the thief's own attempt: state is theirs, the verifier is not."""
    async with stage() as s:
        stolen = (await s.answer())["code"]
        s.attempt = attempt_at(STARTED, "thief")
        own = await s.answer()
        assert (await refused(s, {**own, "code": stolen})).code == "bad_token_response"


# The ID token's claims.


async def test_token_of_another_attempt_is_refused_by_its_nonce() -> None:
    async with stage() as s:
        s.claiming(nonce="nonce-of-another")
        assert await s.refused() == "wrong_nonce"


@pytest.mark.parametrize("nonce", [None, 7, ["nonce-of-one"], ""])
async def test_token_without_a_nonce_is_refused(nonce: object) -> None:
    async with stage() as s:
        s.claiming(nonce=nonce)
        assert await s.refused() == "wrong_nonce"


@pytest.mark.parametrize("issuer", ["https://other.example", None, "", ["x"]])
async def test_token_of_another_issuer_is_refused(issuer: object) -> None:
    async with stage() as s:
        s.claiming(iss=issuer)
        assert await s.refused() == "wrong_issuer"


@pytest.mark.parametrize("audience", ["other", None, [], ["other"], {"shop": 1}, "shopx"])
async def test_token_for_another_client_is_refused(audience: object) -> None:
    async with stage() as s:
        s.claiming(aud=audience)
        assert await s.refused() == "wrong_audience"


async def test_token_for_us_and_others_is_refused_where_that_was_not_agreed() -> None:
    async with stage() as s:
        s.claiming(aud=["shop", "other"], azp="shop")
        assert await s.refused() == "wrong_audience"


@pytest.mark.parametrize("authorized", ["other", None])
async def test_token_for_many_that_another_asked_for_is_refused(authorized: str | None) -> None:
    async with stage(aud_list_with_azp=True) as s:
        s.claiming(aud=["shop", "other"], azp=authorized)
        assert await s.refused() == "wrong_azp"


async def test_token_that_another_client_asked_for_is_refused() -> None:
    async with stage() as s:
        s.claiming(azp="other")
        assert await s.refused() == "wrong_azp"


@pytest.mark.parametrize("expires_in", [-60, -3600])
async def test_expired_token_is_refused(expires_in: int) -> None:
    async with stage() as s:
        s.lies.claims = lambda said: {**said, "exp": s.provider.now() + expires_in}
        assert await s.refused() == "token_expired"


@pytest.mark.parametrize("expiry", [None, "later", True, 1e300, -(10**400), [1]])
async def test_token_whose_end_is_no_time_is_refused(expiry: object) -> None:
    async with stage() as s:
        s.claiming(exp=expiry)
        assert await s.refused() in ("token_expired", "bad_token_response")


@pytest.mark.parametrize("name", ["iat", "nbf", "auth_time"])
async def test_token_from_the_future_is_refused(name: str) -> None:
    async with stage() as s:
        s.lies.claims = lambda said: {**said, name: s.provider.now() + 120}
        assert await s.refused() == "token_from_future"


async def test_token_that_does_not_say_when_it_was_made_is_refused() -> None:
    async with stage() as s:
        s.claiming(iat=None)
        assert await s.refused() == "token_from_future"


async def test_clocks_may_differ_a_little() -> None:
    async with stage() as s:
        s.lies.claims = lambda said: {
            **said,
            "iat": said["iat"] + 30,
            "auth_time": STARTED // 1000 - 3,
            "exp": s.provider.now() - 30,
        }
        assert (await s.prove()).at == STARTED


async def test_stale_single_sign_on_is_refused() -> None:
    async with stage(prompt="") as s:  # a provider that does not ask again
        s.provider.session_since = s.provider.now() - 60
        assert await s.refused() == "stale_login"


async def test_token_that_does_not_say_when_the_person_logged_in_is_refused() -> None:
    async with stage() as s:
        s.claiming(auth_time=None)
        assert await s.refused() == "stale_login"


@pytest.mark.parametrize("acr", ["http://ftn.ficora.fi/2017/loa1", None, "", 2, [ACR], f"{ACR} "])
async def test_level_downgrade_is_refused(acr: object) -> None:
    async with stage() as s:
        s.claiming(acr=acr)
        assert await s.refused() == "wrong_acr"


async def test_level_that_only_userinfo_claims_does_not_count() -> None:
    async with stage(userinfo=BARE) as s:
        s.claiming(acr=None)
        s.lies.userinfo = lambda said: {**said, "acr": ACR}
        assert await s.refused() == "wrong_acr"


async def test_test_level_is_refused_outside_demo_mode() -> None:
    async with stage() as s:
        s.claiming(acr=TEST_ACR)
        assert await s.refused() == "test_level"


async def test_test_level_is_refused_though_the_configuration_takes_it() -> None:
    method = msgspec.structs.replace(METHOD, levels={"urn:broker:test": "substantial"})
    async with stage(methods=(method,), test_acrs=("urn:broker:test",)) as s:
        s.claiming(acr="urn:broker:test")
        assert await s.refused() == "test_level"


async def test_test_level_of_the_network_is_refused_though_it_is_not_listed() -> None:
    method = msgspec.structs.replace(METHOD, levels={TEST_ACR: "substantial"})
    async with stage(methods=(method,), test_acrs=()) as s:
        s.claiming(acr=TEST_ACR)
        assert await s.refused() == "test_level"


async def test_test_level_does_in_demo_mode() -> None:
    method = msgspec.structs.replace(METHOD, levels={TEST_ACR: "substantial"})
    async with stage(methods=(method,), demo=True) as s:
        s.claiming(acr=TEST_ACR)
        assert (await s.prove()).level == "substantial"


# The person.


async def test_userinfo_about_somebody_else_is_refused() -> None:
    async with stage(userinfo=BARE) as s:
        s.lies.userinfo = lambda said: {**said, "sub": "transient-2"}
        assert await s.refused() == "wrong_subject"


@pytest.mark.parametrize("subject", [None, "", 1])
async def test_userinfo_about_nobody_is_refused(subject: object) -> None:
    async with stage(userinfo=BARE) as s:
        s.claiming(sub=subject)
        s.lies.userinfo = lambda said: {**said, "sub": subject}
        assert await s.refused() == "wrong_subject"


@pytest.mark.parametrize(
    ("claims", "code"),
    [({"iss": "https://other.example"}, "wrong_issuer"), ({"aud": ["other"]}, "wrong_audience")],
)
async def test_signed_userinfo_for_others_is_refused(claims: dict[str, Any], code: str) -> None:
    async with stage(userinfo=SIGNED, userinfo_as="signed") as s:
        s.lies.userinfo = lambda said: {**said, **claims}
        assert await s.refused() == code


async def test_bare_userinfo_is_refused_where_an_encrypted_one_was_agreed() -> None:
    async with stage(userinfo=ENCRYPTED, userinfo_as="json") as s:
        assert await s.refused() == "not_encrypted"


async def test_userinfo_that_is_only_signed_is_refused_where_encryption_was_agreed() -> None:
    async with stage(userinfo=ENCRYPTED, userinfo_as="signed") as s:
        assert await s.refused() == "not_encrypted"


async def test_userinfo_does_not_change_whom_the_token_named() -> None:
    async with stage(userinfo=BARE) as s:
        s.lies.userinfo = lambda said: {**said, "personal_identity_code": "010190-900P"}
        assert (await s.prove()).code == CODE


@pytest.mark.parametrize("said", [None, "", "   ", 131052, [CODE]])
async def test_answer_without_a_personal_code_is_refused(said: object) -> None:
    async with stage() as s:
        s.claiming(personal_identity_code=said)
        assert await s.refused() == "no_code"


@pytest.mark.parametrize("said", ["131052-900X", "311152-900W", "x" * 5_000, "１３１０５２-900W"])
async def test_personal_code_that_is_none_is_refused_and_not_repeated(said: str) -> None:
    async with stage() as s:
        s.claiming(personal_identity_code=said)
        error = await refused(s, await s.answer())
        assert error.code == "bad_code"
        assert said not in f"{error} {error.__cause__} {error.__context__}"


@pytest.mark.parametrize("country", ["SE", None, 7])
async def test_code_of_another_country_is_refused(country: object) -> None:
    claims = Claims(code=("personal_identity_code",), country="country")
    async with stage(claims=claims) as s:
        s.claiming(country=country)
        assert await s.refused() == "bad_code"
