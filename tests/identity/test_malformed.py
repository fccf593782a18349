"""Whatever a provider answers, and however slowly: an attempt fails by name, and only so."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.identity import transport
from server.identity.claims import check_header, check_id_token, check_userinfo, evidence
from server.identity.decrypt import open_token
from server.identity.interface import Evidence, IdentityError
from server.identity.keyset import read_keys, read_signed_keys
from server.identity.metadata import read_metadata
from server.identity.request import pushed_address
from server.identity.response import check_answer, read_grant
from server.identity.signature import choose_key, read_header, verify
from tests.identity.rogue import encrypt, forge, public_jwk, rsa_key
from tests.identity.stage import (
    BARE,
    ENCRYPTED,
    METHOD,
    PERSON,
    STARTED,
    attempt_at,
    config_for,
    our_key,
    stage,
)

Answers = Callable[[web.Request], Any]
KEYS = "/jwks"
METADATA = "/.well-known/openid-configuration"
EVERYWHERE = (METADATA, KEYS, "/par", "/token", "/userinfo")
#: What each place makes of an answer that is none.
SAID = {
    METADATA: {"unavailable", "wrong_issuer"},
    KEYS: {"unavailable"},
    "/par": {"unavailable"},
    "/token": {"bad_token_response", "unavailable", "not_encrypted"},
    "/userinfo": {"bad_token_response", "unavailable", "wrong_subject"},
}


async def _answered(path: str, answer: Answers, **changes: Any) -> str:
    async with stage(userinfo=BARE, **changes) as s:
        s.lies.answers[path] = answer
        return await s.refused()


async def _slow(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def _trickling(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"{")
    await asyncio.Event().wait()
    return response


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65_536)


async def _breaking(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"{")
    assert request.transport is not None
    request.transport.abort()
    return response


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("answer", [_slow, _trickling])
async def test_provider_that_does_not_finish_is_not_waited_for(path: str, answer: Answers) -> None:
    assert await _answered(path, answer, timeout=0.1) == "unavailable"


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("answer", [_endless, _breaking])
async def test_answer_that_is_endless_or_breaks_off_is_refused(path: str, answer: Answers) -> None:
    assert await _answered(path, answer) == "unavailable"


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("status", [302, 307])
async def test_redirect_is_not_followed(path: str, status: int) -> None:
    async with stage(userinfo=BARE) as s:
        headers = {"Location": f"{s.provider.issuer}/elsewhere"}
        s.lies.answers[path] = lambda _: web.Response(status=status, headers=headers)
        assert await s.refused() in SAID[path]
        assert s.provider.asked["/elsewhere"] == 0


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("status", [204, 401, 503])
async def test_refusal_of_the_provider_has_a_name(path: str, status: int) -> None:
    assert await _answered(path, lambda _: web.Response(status=status)) in SAID[path]


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"<html>Sign in</html>",
        b"[" * 100_000,
        b'{"issuer": 1, "keys": 1, "request_uri": 1, "id_token": 1, "sub": 1}',
        b'{"keys": [], "request_uri": "", "id_token": "", "sub": ""}',
        b'{"keys": [1], "request_uri": "a\\nb", "id_token": "a.b", "access_token": "\\n"}',
    ],
)
async def test_garbage_has_a_name(path: str, body: bytes) -> None:
    assert await _answered(path, lambda _: web.Response(body=body)) in SAID[path]


async def test_key_set_of_thousands_is_refused() -> None:
    def flood(_: web.Request) -> web.Response:
        return web.json_response({"keys": [{"kty": "RSA", "kid": str(n)} for n in range(2_000)]})

    assert await _answered(KEYS, flood) == "unavailable"


async def test_packed_answer_is_refused_though_it_makes_sense() -> None:
    async with stage() as s:

        def packed(_: web.Request) -> web.Response:
            keys = {"keys": [public_jwk(s.provider.key(), s.provider.kid)]}
            body = gzip.compress(json.dumps(keys).encode())
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})

        s.lies.answers[KEYS] = packed
        assert await s.refused() == "unavailable"


@pytest.mark.parametrize("token", [None, 1, "", [], {"a": 1}, "x" * 200_000])
async def test_id_token_that_is_none_is_refused(token: object) -> None:
    async with stage() as s:
        s.lies.tokens = lambda said: {**said, "id_token": token}
        assert await s.refused() == "bad_token_response"


@pytest.mark.parametrize("token", [None, 1, "", "a\r\nX: y", "ä", "x" * 5_000])
async def test_token_that_no_header_can_hold_is_refused(token: object) -> None:
    async with stage(userinfo=BARE) as s:
        s.lies.tokens = lambda said: {**said, "access_token": token}
        assert await s.refused() == "bad_token_response"


@pytest.mark.parametrize("kind", [None, 1, "DPoP"])
async def test_token_that_is_not_a_bearers_is_refused(kind: object) -> None:
    async with stage(userinfo=BARE) as s:
        s.lies.tokens = lambda said: {**said, "token_type": kind}
        assert await s.refused() == "bad_token_response"


async def test_answer_of_the_largest_size_is_read_and_a_byte_more_is_not() -> None:
    async with stage() as s:
        asks = transport.Transport(s.http)
        for size in (transport.MAX_SIZE, transport.MAX_SIZE + 1):
            s.lies.answers["/x"] = lambda _, size=size: web.Response(body=b" " * size)
            if size == transport.MAX_SIZE:
                answer = await asks.get(f"{s.provider.issuer}/x", accept="*/*")
                assert len(answer.body) == size
            else:
                with pytest.raises(IdentityError):
                    await asks.get(f"{s.provider.issuer}/x", accept="*/*")


async def test_connection_that_was_closed_meanwhile_costs_nobody_their_login() -> None:
    async with stage() as s:
        answer = await s.answer()

        def hang_up(request: web.Request) -> web.Response:
            del s.lies.answers["/token"]
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        s.lies.answers["/token"] = hang_up
        assert (await s.party.finish(s.attempt, answer)).code == PERSON["personal_identity_code"]
        assert s.provider.asked["/token"] == 2


async def test_provider_that_is_not_there_is_unavailable() -> None:
    async with stage() as s:
        s.lies.metadata = lambda said: {**said, "jwks_uri": "http://127.0.0.1:1/jwks"}
        assert await s.refused() == "unavailable"


async def test_nothing_of_a_failure_tells_what_was_sent_or_came() -> None:
    async with stage() as s:
        answer = await s.answer()
        s.lies.tokens = lambda said: {**said, "id_token": "secret-token"}
        with pytest.raises(IdentityError) as raised:
            await s.party.finish(s.attempt, answer)
        error = raised.value
        seen = f"{error!r} {error} {error.__cause__!r} {error.args}"
        for secret in ("secret-token", answer["code"], s.attempt.verifier, s.attempt.nonce):
            assert secret not in seen
        assert error.__suppress_context__ or error.__context__ is None


# Properties: anything at all, and nothing but IdentityError comes out.

CONFIG = config_for("https://broker.example")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
CLAIMS = {
    "iss": CONFIG.issuer,
    "sub": "transient-1",
    "aud": "shop",
    "exp": STARTED / 1000 + 300,
    "iat": STARTED / 1000,
    "auth_time": STARTED / 1000,
    "nonce": attempt_at().nonce,
    "acr": METHOD.acr[0],
    **PERSON,
}
QUICK = settings(max_examples=80, deadline=None)


def _bent(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return `good` with some of its values replaced by anything."""
    names = st.sampled_from([*good, "azp", "nbf", "given_name"])
    return st.dictionaries(names, ANYTHING, max_size=4).map(lambda more: {**good, **more})


def _quiet(call: Callable[[], object]) -> object | None:
    try:
        return call()
    except IdentityError:
        return None


@QUICK
@given(id_token=_bent(CLAIMS), userinfo=_bent(CLAIMS))
def test_any_claims_prove_something_or_fail_by_name(
    id_token: dict[str, Any], userinfo: dict[str, Any]
) -> None:
    def run() -> Evidence:
        now = STARTED + 20_000
        check_id_token(CONFIG, attempt_at(), id_token, now=now / 1000)
        check_userinfo(CONFIG, id_token, userinfo)
        check_header(userinfo, id_token)
        return evidence(CONFIG, METHOD, attempt_at(), id_token, userinfo, now=now)

    proven = _quiet(run)
    if isinstance(proven, Evidence):
        assert id_token["nonce"] == attempt_at().nonce
        assert id_token["acr"] in METHOD.levels
        assert STARTED <= proven.at <= STARTED + 20_000


@QUICK
@given(st.dictionaries(st.sampled_from(["state", "iss", "code", "error"]), st.text()))
def test_any_callback_yields_a_code_or_fails_by_name(answer: dict[str, str]) -> None:
    good = {"state": attempt_at().state, "iss": CONFIG.issuer, "code": "c"}
    assert _quiet(lambda: check_answer(CONFIG, attempt_at(), answer, announces_issuer=True)) is None
    code = _quiet(
        lambda: check_answer(CONFIG, attempt_at(), {**answer, **good}, announces_issuer=True)
    )
    assert code == ("c" if not answer.get("error") else None)


@QUICK
@given(st.dictionaries(st.text(max_size=9), ANYTHING) | st.none(), _bent({"keys": [], "exp": 1}))
def test_any_document_is_read_or_refused_by_name(
    document: dict[str, Any] | None, keys: dict[str, Any]
) -> None:
    _quiet(lambda: read_metadata(CONFIG, document))
    _quiet(lambda: read_keys(keys))
    _quiet(lambda: read_grant(CONFIG, document))
    _quiet(lambda: pushed_address(CONFIG, "https://broker.example/a", keys))


@QUICK
@given(token=st.text() | st.text("ab.=_-0", max_size=60), keys=_bent({"n": "", "e": ""}))
def test_any_token_is_refused_by_name(token: str, keys: dict[str, Any]) -> None:
    assert _quiet(lambda: open_token(token, [our_key("ours-enc")], ENCRYPTED)) is None
    assert _quiet(lambda: read_header(token, ["RS256"])) is None
    assert _quiet(lambda: read_signed_keys(token.encode(), (keys,), now=0.0)) is None


@QUICK
@given(header=_bent({"alg": "RS256", "kid": "theirs-1"}), key=_bent({"kty": "RSA", "e": "AQAB"}))
def test_any_header_and_any_key_are_refused_by_name(
    header: dict[str, Any], key: dict[str, Any]
) -> None:
    token = forge({**header, "alg": "RS256"}, CLAIMS, b"x" * 256)

    def run() -> object:
        read = read_header(token, ["RS256"])
        long = {**key, "n": "_" * 342, "kid": "theirs-1"}
        chosen = choose_key([key, long, public_jwk(rsa_key("theirs-1"), "theirs-1")], read)
        return verify(token, chosen, read) if chosen else verify(token, long, read)

    assert _quiet(run) is None


@settings(QUICK, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(header=_bent({"alg": "RSA-OAEP-256", "enc": "A256GCM"}), inner=st.binary(max_size=40))
def test_any_encryption_header_is_refused_by_name(header: dict[str, Any], inner: bytes) -> None:
    good = encrypt("a.b.c", rsa_key("ours-enc").public_key()).split(".")
    bent = forge(header, {}).split(".")[0]
    token = ".".join([bent, *good[1:]])
    assert _quiet(lambda: open_token(token, [our_key("ours-enc")], ENCRYPTED)) is None
    body = encrypt(inner.decode("latin-1"), rsa_key("ours-enc").public_key())
    _quiet(lambda: open_token(body, [our_key("ours-enc")], ENCRYPTED))
