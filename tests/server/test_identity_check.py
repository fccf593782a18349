"""`tiski identity …` against a real server, a real OpenID provider and the demo's BankID."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import unittest.mock
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import jwt
import pytest
import pytest_asyncio

from server.__main__ import main
from tests.services.bank import Bank, running_bank
from tests.services.ports import free_port
from tests.services.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Ran:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str


@dataclass
class Place:
    """A server with its bank."""

    server: Server
    bank: Bank
    folder: Path

    async def tiski(self, *words: str, identity: str | None = None, **settings: str) -> Ran:
        """Run a command with the server's settings; `identity`: another file of providers."""
        environment = {**self.server.settings, **settings}
        if identity is not None:
            path = self.bank.identity.with_name("other.toml")  # beside the certificates
            path.write_text(identity, encoding="utf-8")
            environment["TISKI_IDENTITY"] = str(path)
        return await asyncio.to_thread(_run, ["identity", *words], environment)

    @property
    def identity(self) -> str:
        return self.bank.identity.read_text(encoding="utf-8")


def _run(words: list[str], environment: dict[str, str]) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with (
        unittest.mock.patch.dict(os.environ, environment),
        unittest.mock.patch("server.logs.set_up"),  # loggers would keep this command's stream
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = main(words)
        except SystemExit as error:  # argparse
            status = int(error.code or 0)
    return Ran(status, out.getvalue(), err.getvalue())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("identity")
    identity = folder / "demo" / "identity.toml"
    server = Server(folder / "data", environment={"TISKI_IDENTITY": str(identity)})
    async with running_bank(folder, server.url, bankid=True) as bank:
        await server.start()
        try:
            yield Place(server, bank, folder)
        finally:
            await server.kill()


async def test_a_good_configuration_has_nothing_but_ticks(place: Place) -> None:
    ran = await place.tiski("check", "--demo")
    assert ran.status == 0, ran.out + ran.err
    assert "✗" not in ran.out
    for said in (
        "demobank (demobank)",
        f"Our set of keys is at {place.server.url}/identity/jwks/demobank",
        f"the issuer is {place.bank.url}",
        "Algorithms: both sides",
        "Clocks: ours and the broker's agree",
        "Demo Bank A: the broker took a signed request, and knows us",
        "Demo Bank Nordic: the broker took a signed request",
        "BankID lets us in by our certificate",
    ):
        assert f"✓ {said}" in ran.out or said in ran.out, ran.out


async def test_one_provider_may_be_asked_for(place: Place) -> None:
    ran = await place.tiski("check", "demobankid", "--demo")
    assert ran.status == 0
    assert "demobank (" not in ran.out
    ran = await place.tiski("check", "nordea", "--demo")
    assert ran.status == 2
    assert "demobank, demobankid" in ran.err


async def test_a_request_that_is_pushed_opens_no_door(place: Place) -> None:
    """What the check proves with is thrown away: nothing of it is printed."""
    ran = await place.tiski("check", "demobank", "--demo")
    for secret in ("request_uri", "eyJ", "urn:ietf", "PRIVATE"):
        assert secret not in ran.out + ran.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'preset = "demobank"',
            'preset = "demobank"\nclient_id = "stranger"',
            "Demo Bank A: the broker refuses with 401 (invalid_client)",
        ),
        ('preset = "demobank"', 'preset = "demobank"\nsites = ["none"]', "no site none"),
        ('preset = "demobank"', 'preset = "demobank"\nid_token.content = ["A192GCM"]', "id_token"),
        ("[provider.demobank]", "[provider.other]", "Demo Bank A: the broker refuses"),
    ],
)
async def test_what_the_broker_does_not_have_is_found(
    place: Place, old: str, new: str, said: str
) -> None:
    identity = place.identity.replace(old, new, 1)
    name = "other" if "other" in new else "demobank"
    ran = await place.tiski("check", name, "--demo", identity=identity)
    assert ran.status == 1, ran.out + ran.err
    line = next(line for line in ran.out.splitlines() if "✗" in line and said in line)
    after = ran.out.splitlines()[ran.out.splitlines().index(line) + 1]
    assert after.strip().startswith("→")


async def test_an_issuer_that_is_another_is_found(place: Place) -> None:
    address = place.bank.url.replace("127.0.0.1", "localhost")
    identity = place.identity.replace(place.bank.url, address)
    ran = await place.tiski("check", "demobank", "--demo", identity=identity)
    assert ran.status == 1
    assert "✗ Metadata: The metadata is another issuer's" in ran.out
    assert "Demo Bank A: " not in ran.out


async def test_keys_that_the_world_does_not_see_are_found(place: Place, tmp_path: Path) -> None:
    nobody = f"http://localhost:{free_port()}"
    ran = await place.tiski("check", "demobank", "--demo", TISKI_PUBLIC_URL=nobody)
    assert ran.status == 1
    assert f"✗ Nothing answers at {nobody}/identity/jwks/demobank" in ran.out
    # Another database has other keys, and the broker does not know them either.
    ran = await place.tiski(
        "check", "demobank", "--demo",
        TISKI_DATA_DIR=str(tmp_path), TISKI_PUBLIC_URL=place.server.url,
    )  # fmt: skip
    assert ran.status == 1
    assert "shows other keys than this database has" in ran.out
    assert "(invalid_client)" in ran.out


async def test_a_bankid_that_is_not_there_is_found(place: Place) -> None:
    port = place.bank.demo.bankid_port
    identity = place.identity.replace(f":{port}/", f":{free_port()}/")
    ran = await place.tiski("check", "demobankid", "--demo", identity=identity)
    assert ran.status == 1
    assert "✗ BankID: " in ran.out


async def test_a_file_that_is_wrong_fails_the_check(place: Place) -> None:
    ran = await place.tiski("check", identity=place.identity)  # not in demo mode
    assert ran.status == 1
    assert "is for the demo only" in ran.out
    ran = await place.tiski("check", TISKI_IDENTITY="")
    assert ran.status == 1
    assert "TISKI_IDENTITY is not set" in ran.out


async def test_a_vault_without_its_keys_is_said(place: Place) -> None:
    await place.tiski("check", "demobank", "--demo")  # there are keys to open
    other = {"TISKI_VAULT_KEYS": f"other:{'A' * 43}=", "TISKI_VAULT_MATCH": "m" * 32}
    ran = await place.tiski("check", "demobank", "--demo", **other)
    assert ran.status == 1
    assert "✗ The vault's key first is not in TISKI_VAULT_KEYS" in ran.out
    ran = await place.tiski("keys", **other)
    assert ran.status == 2
    assert "tiski: The vault's key first" in ran.err


async def test_the_server_serves_our_keys_to_anybody(place: Place) -> None:
    base = f"{place.server.url}/identity/jwks"
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{base}/demobank") as response:
            assert response.headers["Cache-Control"] == "public, max-age=3600"
            assert response.content_type == "application/jwk-set+json"
            keys = (await response.json(content_type=None))["keys"]
        async with http.get(f"{base}/demobank/signed") as response:
            assert response.content_type == "application/jwk-set+jwt"
            token = await response.text()
        for name in ("demobankid", "nobody"):
            async with http.get(f"{base}/{name}") as response:
                assert response.status == 404
    assert {key["use"] for key in keys} == {"sig", "enc"}
    ran = await place.tiski("statement", "demobank", "--organization", "The Shop", "--demo")
    statement = jwt.decode(ran.out.strip(), options={"verify_signature": False})
    entity = jwt.PyJWKSet.from_dict(statement["jwks"])
    key = entity[jwt.get_unverified_header(token)["kid"]].key
    assert jwt.decode(token, key, ["RS256"], issuer=place.server.url)["keys"] == keys
    party = statement["metadata"]["openid_relying_party"]
    assert party["redirect_uris"] == [place.bank.redirect_uri]


async def test_keys_are_listed_and_rotated_without_their_private_parts(place: Place) -> None:
    ran = await place.tiski("keys")
    kinds = [line.split()[1:4] for line in ran.out.splitlines()]
    assert ["sig", "RSA", "active"] in kinds
    assert ["enc", "RSA", "active"] in kinds
    rotated = await place.tiski("rotate", "--lead", "48")
    assert rotated.status == 0, rotated.err
    assert "identity keys --json PROVIDER" in rotated.out
    ran = await place.tiski("keys")
    kinds = [line.split()[1:4] for line in ran.out.splitlines()]
    assert ["sig", "RSA", "new"] in kinds
    ran = await place.tiski("keys", "--json", "demobank", "--demo")
    keys = json.loads(ran.out)["keys"]
    assert all(not {"d", "p", "q"} & key.keys() for key in keys)
    # The old ones work on until the new ones are used.
    assert (await place.tiski("check", "demobank", "--demo")).status == 0
    ran = await place.tiski("rotate", "--lead", "0")
    assert ran.status == 2
    assert "hours from 1 to 2160" in ran.err
