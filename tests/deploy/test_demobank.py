"""The demo bank is a real and strict OpenID provider, asked here without our own relying party."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwe
from joserfc.jwk import RSAKey
from joserfc.registry import HeaderParameter

from tests.services.bank import Bank, running_bank
from tests.services.ports import free_port

SUBSTANTIAL = "urn:tiski:demo:a"
NORDIC = "urn:tiski:demo:nordic"
#: Brokers repeat both in the header of an encrypted token.
JWE = jwe.JWERegistry(
    header_registry={
        "iss": HeaderParameter("Issuer", "str"),
        "aud": HeaderParameter("Audience", "str"),
    },
    algorithms=["RSA-OAEP", "RSA-OAEP-256", "A128CBC-HS256", "A256GCM"],
)


class Shop:
    """A client of the bank, with a browser that keeps its cookies."""

    def __init__(self, bank: Bank, browser: aiohttp.ClientSession) -> None:
        self.bank = bank
        self.browser = browser
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.verifier = secrets.token_urlsafe(48)
        self.nonce = secrets.token_urlsafe(32)

    async def jwks(self, _: web.Request) -> web.Response:
        public = RSAKey.import_key(self.key).as_dict(private=False)
        keys = [public | {"kid": use, "use": use} for use in ("sig", "enc")]
        return web.json_response({"keys": keys})

    def signed(self, claims: dict[str, Any]) -> str:
        now = int(time())
        whole = {"aud": self.bank.url, "iat": now, "exp": now + 60, "jti": secrets.token_hex(8)}
        return jwt.encode(whole | claims, self.key, "RS256", headers={"kid": "sig"})

    def assertion(self) -> dict[str, str]:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        claims = {"iss": self.bank.client_id, "sub": self.bank.client_id}
        return {"client_assertion_type": kind, "client_assertion": self.signed(claims)}

    def request(self, **changes: str | None) -> dict[str, Any]:
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        request: dict[str, Any] = {
            "iss": self.bank.client_id,
            "client_id": self.bank.client_id,
            "response_type": "code",
            "redirect_uri": self.bank.redirect_uri,
            "scope": "openid",
            "state": "a-state",
            "nonce": self.nonce,
            "prompt": "login",
            "acr_values": SUBSTANTIAL,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": "en",
        } | changes
        return {name: value for name, value in request.items() if value is not None}

    async def push(self, form: dict[str, Any]) -> dict[str, Any]:
        sent = {"client_id": self.bank.client_id, **form}
        async with self.browser.post(f"{self.bank.url}/request", data=sent) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def go(self, **changes: str | None) -> tuple[str, str]:
        """Push a request; return where it leads a browser, and the page that is there."""
        signed = self.signed(self.request(**changes))
        pushed = await self.push({**self.assertion(), "request": signed})
        assert "request_uri" in pushed, pushed
        asked = {"client_id": self.bank.client_id, "request_uri": pushed["request_uri"]}
        address = f"{self.bank.url}/auth?{urlencode(asked)}"
        async with self.browser.get(address) as response:
            return address, await response.text()

    async def redeem(self, code: str) -> tuple[int, dict[str, Any]]:
        form = {
            **self.assertion(),
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.bank.redirect_uri,
            "code_verifier": self.verifier,
        }
        async with self.browser.post(f"{self.bank.url}/token", data=form) as response:
            return response.status, await response.json()

    async def userinfo(self, token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.browser.get(f"{self.bank.url}/me", headers=headers) as response:
            return await response.text()

    async def read(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Decrypt and verify; return the outer header and the claims."""
        opened = jwe.decrypt_compact(token, RSAKey.import_key(self.key), registry=JWE)
        assert opened.plaintext is not None
        async with self.browser.get(f"{self.bank.url}/jwks") as response:
            keys = jwt.PyJWKSet.from_dict(await response.json())
        inner = opened.plaintext.decode()
        key = keys[jwt.get_unverified_header(inner)["kid"]]
        return opened.headers(), jwt.decode(
            inner, key, ["RS256"], audience=self.bank.client_id, issuer=self.bank.url
        )


@asynccontextmanager
async def serving(shop: Shop, port: int) -> AsyncIterator[None]:
    application = web.Application()
    application.router.add_get("/identity/jwks/demobank", shop.jwks)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    yield
    await runner.cleanup()


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Give a shop whose customer has a browser of their own."""
    port = free_port()
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        running_bank(tmp_path, f"http://localhost:{port}") as bank,
        aiohttp.ClientSession(cookie_jar=jar) as browser,
    ):
        made = Shop(bank, browser)
        async with serving(made, port):
            yield made


async def test_a_login_gives_encrypted_claims_of_a_test_customer(shop: Shop) -> None:
    before = int(time())
    address, page = await shop.go(ftn_spname="Kaira Outdoor")
    assert "not a real bank" in page
    assert "Kaira Outdoor gets your name" in page
    back = await shop.bank.visit(shop.browser, address, customer="one")
    assert (back["state"], back["iss"]) == ("a-state", shop.bank.url)
    status, answer = await shop.redeem(back["code"])
    assert status == 200, answer
    header, claims = await shop.read(answer["id_token"])
    assert (header["alg"], header["enc"]) == ("RSA-OAEP", "A128CBC-HS256")
    assert claims["urn:oid:1.2.246.21"] == "131052-900W"
    assert claims["name"] == "Test Customer One"
    assert claims["acr"] == SUBSTANTIAL
    assert claims["amr"] == ["pin", "hwk"]
    assert claims["nonce"] == shop.nonce
    assert before - 1 <= claims["auth_time"] <= int(time())
    header, more = await shop.read(await shop.userinfo(answer["access_token"]))
    assert (header["alg"], header["enc"]) == ("RSA-OAEP-256", "A256GCM")
    assert more["sub"] == claims["sub"]
    assert more["urn:oid:1.2.246.21"] == claims["urn:oid:1.2.246.21"]
    status, again = await shop.redeem(back["code"])
    assert (status, again["error"]) == (400, "invalid_grant"), "a code is good once"


async def test_every_login_asks_the_person_and_gives_another_subject(shop: Shop) -> None:
    subjects = set()
    for customer in ("two", "two", "three"):
        address, page = await shop.go()
        assert "Choose who you are today" in page
        back = await shop.bank.visit(shop.browser, address, customer=customer)
        _, answer = await shop.redeem(back["code"])
        _, claims = await shop.read(answer["id_token"])
        assert claims["name"] == f"Test Customer {customer.title()}"
        subjects.add(claims["sub"])
    assert len(subjects) == 3


async def test_the_nordic_way_gives_a_norwegian_code(shop: Shop) -> None:
    address, page = await shop.go(acr_values=NORDIC, ui_locales="sv")
    assert "ingen riktig bank" in page
    back = await shop.bank.visit(shop.browser, address, customer="three")
    _, answer = await shop.redeem(back["code"])
    _, claims = await shop.read(answer["id_token"])
    assert claims["acr"] == NORDIC
    assert claims["nin_issuing_country"] == "NO"
    assert claims["nin"].startswith("249203"), "80 is added to the month of a synthetic code"
    assert len(claims["nin"]) == 11
    assert "urn:oid:1.2.246.21" not in claims


async def test_cancel_comes_back_as_access_denied(shop: Shop) -> None:
    address, _ = await shop.go()
    back = await shop.bank.visit(shop.browser, address, customer="one", action="cancel")
    assert (back["error"], back["state"], back["iss"]) == (
        "access_denied",
        "a-state",
        shop.bank.url,
    )
    assert "code" not in back


@pytest.mark.parametrize("missing", ["code_challenge", "code_challenge_method"])
async def test_a_request_without_pkce_s256_is_refused(shop: Shop, missing: str) -> None:
    signed = shop.signed(shop.request(**{missing: None}))
    answer = await shop.push({**shop.assertion(), "request": signed})
    assert answer["error"] == "invalid_request"


async def test_requests_must_be_signed_and_pushed_and_the_client_proven(shop: Shop) -> None:
    request = shop.request()
    unsigned = await shop.push(shop.assertion() | request)
    assert unsigned["error"] == "invalid_request"
    signed = shop.signed(request)
    nobody = await shop.push({"request": signed})
    assert nobody["error"] in ("invalid_client", "invalid_request")
    asked = {"client_id": shop.bank.client_id, "request": signed}
    async with shop.browser.get(
        f"{shop.bank.url}/auth", params=asked, allow_redirects=False
    ) as response:
        assert "error=invalid_request" in response.headers["Location"], "it was not pushed"


async def test_new_keys_are_used_at_once_and_the_old_ones_gone(shop: Shop) -> None:
    async def kids() -> set[str]:
        async with shop.browser.get(f"{shop.bank.url}/jwks") as response:
            return {key["kid"] for key in (await response.json())["keys"]}

    before = await kids()
    await shop.bank.behave(rotate=True)
    assert not before & await kids()


async def test_the_switches_of_tests_are_not_there_in_a_demo(tmp_path: Path) -> None:
    async with (
        running_bank(tmp_path, "http://localhost:1", testing=False) as bank,
        aiohttp.ClientSession() as http,
        http.post(f"{bank.url}/testing", data=json.dumps({"coop": "same-origin"})) as response,
    ):
        assert response.status == 404
        assert "Cross-Origin-Opener-Policy" not in response.headers
