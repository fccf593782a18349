"""The relying party and the demo bank understand each other: discovery, login, keys, failures."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from joserfc.jwk import RSAKey

from server.identity.config import load_providers
from server.identity.interface import Attempt, Evidence, IdentityError
from server.identity.provider import OidcConfig
from server.identity.relying_party import RelyingParty
from server.services.clock import system_clock
from tests.identity.stage import OurKeys
from tests.services.bank import Bank, running_bank
from tests.services.ports import free_port


@dataclass
class Stage:
    """A relying party, the bank, and a customer's browser."""

    bank: Bank
    party: RelyingParty
    browser: aiohttp.ClientSession

    def attempt(self, method: str) -> Attempt:
        return Attempt(
            id="attempt",
            method=f"demobank.{method}",
            lang="en",
            service="Kaira Outdoor",
            redirect_uri=self.bank.redirect_uri,
            started_at=system_clock(),
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
        )

    async def prove(self, method: str = "bank-a", **form: str) -> Evidence:
        attempt = self.attempt(method)
        address = await self.party.begin(attempt)
        back = await self.bank.visit(self.browser, address, customer="one", **form)
        return await self.party.finish(attempt, back)


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Give a relying party that the demo's own configuration describes."""
    keys, port = OurKeys(), free_port()
    (theirs,) = await keys.decrypting()
    signing = await keys.signing("PS256")
    published = [
        {**RSAKey.import_key(key.private).as_dict(private=False), "kid": key.kid, "use": use}
        for key, use in ((signing, "sig"), (theirs, "enc"))
    ]

    async def jwks(_: web.Request) -> web.Response:
        return web.json_response({"keys": published})

    application = web.Application()
    application.router.add_get("/identity/jwks/demobank", jwks)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    async with (
        running_bank(tmp_path, f"http://localhost:{port}") as bank,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        (config,) = load_providers(bank.identity, demo=True)
        assert isinstance(config, OidcConfig)
        yield Stage(bank, RelyingParty(config, keys, http, system_clock), browser)
    await runner.cleanup()


@pytest.mark.parametrize(
    ("method", "country", "code", "level"),
    [
        ("bank-a", "FI", "131052-900W", "substantial"),
        ("bank-b", "FI", "131052-900W", "high"),
        ("nordic", "NO", "13905210038", "substantial"),
    ],
)
async def test_each_way_proves_its_code_and_level(
    stage: Stage, method: str, country: str, code: str, level: str
) -> None:
    found = await stage.prove(method)
    assert (found.country, found.code, found.level) == (country, code, level)
    assert found.name == "Test Customer One"


async def test_new_keys_of_the_bank_are_fetched_and_the_same_token_verified(stage: Stage) -> None:
    await stage.prove()
    await stage.bank.behave(rotate=True)
    assert (await stage.prove()).name == "Test Customer One"


async def test_cancel_at_the_bank_is_cancelled(stage: Stage) -> None:
    with pytest.raises(IdentityError) as caught:
        await stage.prove(action="cancel")
    assert (caught.value.reason, caught.value.code) == ("cancelled", "cancelled")


@pytest.mark.parametrize("path", ["/request", "/token", "/me"])
async def test_a_bank_that_fails_is_unavailable_and_the_next_try_succeeds(
    stage: Stage, path: str
) -> None:
    await stage.bank.behave(fail={path: 503})
    with pytest.raises(IdentityError) as caught:
        await stage.prove()
    assert caught.value.reason == "unavailable"
    assert (await stage.prove()).name == "Test Customer One"
