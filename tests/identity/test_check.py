"""`server.identity.check` against a provider that can be anything, and our own keys for real."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import msgspec
import pytest
import pytest_asyncio
from aiohttp import web

from server.http.keys import KeyRoutes
from server.identity.check import Check
from server.identity.keys import KeyRing
from server.identity.provider import Endpoints, OidcConfig
from server.identity.report import Report
from server.identity.vault import Ring, Vault
from server.services.clock import system_clock
from server.store.database import Database
from server.store.migrate import migrate
from tests.identity.rogue import Provider, public_jwk, rsa_key, serving
from tests.identity.stage import PERSON, config_for
from tests.services.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Bench:
    """A provider, our keys in public, and what the check says."""

    provider: Provider
    ring: KeyRing
    http: aiohttp.ClientSession
    public_url: str

    def config(self, **changes: Any) -> OidcConfig:
        return config_for(self.provider.issuer, **changes)

    async def check(
        self, config: OidcConfig, clock: Callable[[], int] = system_clock
    ) -> tuple[bool, str]:
        """Return whether something failed, and all that was said."""
        lines: list[str] = []
        report = Report(lines.append)
        await Check(
            config,
            keys=self.ring,
            http=self.http,
            clock=clock,
            public_url=self.public_url,
            sites=["shop"],
            report=report,
        ).run()
        return report.failed, "\n".join(lines)

    def signed(self, entity: str = "entity-1", **more: Any) -> OidcConfig:
        """A broker like OP: no discovery, signed keys, no pushed requests."""
        issuer = self.provider.issuer
        ends = Endpoints(
            authorization=f"{issuer}/authorize",
            token=f"{issuer}/token",
            signed_jwks=f"{issuer}/signed-jwks",
        )
        pinned = public_jwk(rsa_key(entity), "entity-1")
        return self.config(
            discovery=False, endpoints=ends, keys="signed", entity_keys=(pinned,), par=False, **more
        )

    def says(self, path: str, status: int, said: Any = None, **headers: str) -> None:
        """Have the provider answer with that at `path`."""
        self.provider.lies.answers[path] = lambda _: web.json_response(
            said, status=status, headers=headers
        )


@dataclass
class Ours:
    """Our keys and where they are public, for all tests here."""

    ring: KeyRing
    public_url: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ours]:
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('check') / 'keys.db'}")
    await migrate(db)
    ring = KeyRing(db, Vault(lambda: Ring({"one": bytes(32)}, "m" * 32)), system_clock, public_url)
    app = web.Application()
    app.add_routes(KeyRoutes([config_for("http://127.0.0.1")], ring).routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield Ours(ring, public_url)
    await runner.cleanup()
    await db.aclose()


@pytest_asyncio.fixture(loop_scope="module")
async def bench(ours: Ours) -> AsyncIterator[Bench]:
    key = await ours.ring.signing("PS256")
    (decrypts,) = await ours.ring.decrypting()
    provider = Provider(
        clock=system_clock,
        client="shop",
        client_keys=[public_jwk(key.private, key.kid, alg="PS256")],  # type: ignore[arg-type]
        encryption_key=decrypts.private.public_key(),
        person=dict(PERSON),
    )
    async with serving(provider), aiohttp.ClientSession() as http:
        yield Bench(provider, ours.ring, http, ours.public_url)


async def test_a_broker_that_fits_passes(bench: Bench) -> None:
    failed, said = await bench.check(bench.config())
    assert not failed, said
    assert "✓ Bank: the broker took a signed request, and knows us." in said
    assert len(bench.provider.requests) == 1


async def test_a_broker_without_discovery_and_with_signed_keys_passes(bench: Bench) -> None:
    bench.says("/authorize", 200, {})
    failed, said = await bench.check(bench.signed())
    assert not failed, said
    assert "signed by a pinned entity key, good for" in said
    assert "– Bank: the broker's page opens; a person must try the rest." in said
    assert "✓ Client id: the broker knows us and our key." in said


async def test_keys_that_another_entity_signed_are_found(bench: Bench) -> None:
    bench.says("/authorize", 200, {})
    failed, said = await bench.check(bench.signed(entity="somebody"))
    assert failed
    assert "✗ The broker's keys: " in said
    assert "newest entity statement" in said


async def test_signed_keys_whose_time_is_over_are_found(bench: Bench) -> None:
    bench.says("/authorize", 200, {})
    claims = {"exp": system_clock() // 1000 - 60, **bench.provider._keys()}
    token = jwt.encode(claims, rsa_key("entity-1"), "RS256", {"kid": "entity-1"})
    bench.provider.lies.answers["/signed-jwks"] = lambda _: web.Response(text=token)
    failed, said = await bench.check(bench.signed())
    assert failed
    assert "✗ The broker's keys: " in said


async def test_a_client_that_the_broker_does_not_know_is_found(bench: Bench) -> None:
    bench.says("/authorize", 200, {})
    bench.says("/token", 400, {"error": "unauthorized_client", "error_description": "eyJsecret"})
    failed, said = await bench.check(bench.signed())
    assert failed
    assert "✗ Client id: the broker refuses with 400 (invalid_client)" in said
    assert "eyJsecret" not in said


async def test_a_broker_that_sends_the_browser_back_with_an_error_is_found(bench: Bench) -> None:
    back = f"{bench.public_url}/identity/callback/broker?error=invalid_scope&state=x"
    bench.says("/authorize", 303, None, Location=back)
    failed, said = await bench.check(bench.signed())
    assert failed
    assert "✗ Bank: the broker refuses with 303 (invalid_scope)" in said


@pytest.mark.parametrize("word", ["<script>", 5, None, "invented_error"])
async def test_only_words_that_are_known_are_repeated(bench: Bench, word: object) -> None:
    bench.says("/par", 400, {"error": word})
    failed, said = await bench.check(bench.config())
    assert failed
    assert "✗ Bank: the broker refuses with 400." in said


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"request_object_signing_alg_values_supported": ["RS256"]}, "signing_algorithm (PS256)"),
        ({"id_token_encryption_alg_values_supported": ["RSA1_5"]}, "id_token (RSA-OAEP-256)"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, "private_key_jwt"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE (S256)"),
    ],
)
async def test_what_the_broker_cannot_do_is_named(
    bench: Bench, metadata: dict[str, Any], said: str
) -> None:
    bench.provider.lies.metadata = lambda published: {**published, **metadata}
    failed, lines = await bench.check(bench.config())
    assert failed
    assert f"The broker does not do {said}" in lines or said in lines


async def test_what_metadata_leaves_out_is_said_and_fails_nothing(bench: Bench) -> None:
    bench.provider.lies.metadata = lambda published: {
        **published,
        "acr_values_supported": ["other"],
        "scopes_supported": ["profile"],
        "claims_supported": ["sub"],
    }
    failed, said = await bench.check(bench.config())
    assert not failed
    for line in ("does not list the acr http://ftn", "the scope openid", "list auth_time"):
        assert line in said


async def test_keys_of_another_kind_than_agreed_are_found(bench: Bench) -> None:
    bench.provider.lies.keys = lambda keys: {"keys": [{**keys["keys"][0], "use": "enc"}]}
    failed, said = await bench.check(bench.config())
    assert failed
    assert "✗ None of the broker's 1 keys signs by RS256" in said


@pytest.mark.parametrize(("seconds", "side"), [(90, "ahead of"), (-90, "behind")])
async def test_a_clock_that_is_wrong_is_found(bench: Bench, seconds: int, side: str) -> None:
    failed, said = await bench.check(bench.config(), clock=lambda: system_clock() + seconds * 1000)
    assert failed
    assert f"s {side} the broker's" in said


async def test_a_broker_that_is_away_ends_the_check_early(bench: Bench) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    failed, said = await bench.check(msgspec.structs.replace(bench.config(), issuer=nowhere))
    assert failed
    assert said.count("✗") == 1
    assert "✗ Metadata: " in said
