"""BankID from the widget's poll to the proof, with the whole server and the pretended BankID."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import PasswordHasher
from ulid import ULID

from deploy.demobank.bankid.orders import CUSTOMERS, Orders
from deploy.demobank.bankid.serving import serving
from server import demo
from server.bootstrap import Server
from server.config import Settings
from server.services import passwords
from server.store import people
from signaling import messages
from signaling.backend import Principal
from signaling.events import ConversationState
from signaling.messages import Snapshot
from tests.server.test_http import Browser
from tests.services.ports import free_port

METHOD = "demobankid.bankid"


@dataclass
class Counter:
    """A server with BankID, and a conversation whose visitor is asked who they are."""

    server: Server
    orders: Orders
    browser: Browser
    phone: aiohttp.ClientSession
    agent: Principal
    token: str
    visitor: Principal
    conv: str
    verification: str

    async def start(self) -> str:
        """Choose BankID; return the attempt."""
        body = {"conv": self.conv, "method": METHOD, "way": "none", "lang": "sv"}
        path = f"/api/v1/identity/verifications/{self.verification}/attempts"
        status, started = await self.ask("POST", path, json=body)
        assert (status, started["kind"]) == (201, "bankid")
        attempt: str = started["attempt"]
        return attempt

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        status, answer, _ = await self.browser.ask(method, path, headers=headers, **more)
        return status, answer

    async def poll(self, attempt: str) -> dict[str, Any]:
        status, told = await self.ask("GET", f"/api/v1/identity/attempts/{attempt}")
        assert status == 200
        answer: dict[str, Any] = told
        return answer

    async def until(self, attempt: str, **wanted: str) -> dict[str, Any]:
        """Poll as the widget does until the answer has this in it."""
        async with asyncio.timeout(15):
            while True:
                told = await self.poll(attempt)
                if wanted.items() <= told.items():
                    return told
                await asyncio.sleep(0.2)  # a widget polls too; nothing tells it

    async def state(self, who: Principal) -> ConversationState:
        opened = await self.server.backend.open_conversation(who, self.conv, None)
        assert isinstance(opened, Snapshot)
        return opened.state


@pytest.fixture
async def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counter]:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: quick)
    port, api, app = free_port(), free_port(), free_port()
    identity = tmp_path / "identity.toml"
    identity.write_text(
        '[provider.demobankid]\npreset = "demobankid"\n'
        f'api = "https://127.0.0.1:{api}/rp/v6.0"\nautostart = "http://127.0.0.1:{app}/"\n'
        'certificate = "bankid/client.pem"\nkey = "bankid/client.key"\nca = "bankid/ca.pem"\n'
    )
    environment = {
        "TISKI_PORT": str(port),
        "TISKI_SHOP_PORT": str(free_port()),
        "TISKI_PLAYER_PORT": str(free_port()),
        "TISKI_MEDIA_PORT": str(free_port()),
        "TISKI_DATA_DIR": str(tmp_path / "data"),
        "TISKI_IDENTITY": str(identity),
    }
    async with (
        serving(tmp_path / "bankid", api, app) as orders,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        aiohttp.ClientSession(f"http://127.0.0.1:{app}") as phone,
    ):
        server = Server(Settings.from_environment(environment, demo=True))
        await server.start()
        async with server.db.read() as tx:
            site = await people.site_by_key(tx, demo.SITE_KEY)
            assert site is not None
            found = await people.agent_by_email(tx, demo.ACCOUNTS[0][0])
            assert found is not None
        agent = Principal(found.person, "staff", site.id, "-", 1e12)
        browser = Browser(http, server.settings.public_url)
        body = {"site": demo.SITE_KEY, "create": True}
        _, session, _ = await browser.ask("POST", "/api/v1/visitor/session", json=body)
        execute = server.backend.execute
        visitor = await server.backend.authenticate(session["token"], None)
        begun = await execute(visitor, messages.Start(id=str(ULID()), text="Hej", lang="sv"))
        assert begun.conv is not None
        await execute(agent, messages.Accept(id=str(ULID()), conv=begun.conv))
        wish = messages.AskIdentity(id=str(ULID()), conv=begun.conv, purpose="refund")
        asked = await execute(agent, wish)
        assert asked.verification is not None
        yield Counter(
            server,
            orders,
            browser,
            phone,
            agent,
            session["token"],
            visitor,
            begun.conv,
            asked.verification,
        )
        await server.aclose()


async def _submit(phone: aiohttp.ClientSession, page: str, place: int, **form: str) -> str:
    """Press a button of the app: of its forms the one at `place`."""
    action = re.findall(r"action=(/orders/\S+?)>", page)[place]
    async with phone.post(action, data=form) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_scanned_code_proves_who_the_visitor_is_and_only_staff_learns_it(
    counter: Counter, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    attempt = await counter.start()
    first = await counter.until(attempt, hint="outstandingTransaction")
    async with counter.phone.post("/scan", data={"text": first["qr"]}) as scanned:
        page = await scanned.text()
    page = await _submit(counter.phone, page, 0, customer=CUSTOMERS[0].number)
    await counter.until(attempt, hint="userSign")
    await _submit(counter.phone, page, 0)
    assert await counter.until(attempt, status="verified") == {"status": "verified"}

    known = (await counter.state(counter.agent)).identity
    assert known is not None
    assert (known.name, known.method, known.level) == (
        CUSTOMERS[0].name,
        "Demo BankID",
        "substantial",
    )
    seen = (await counter.state(counter.visitor)).identity
    assert seen is not None
    assert (seen.name, seen.method) == ("", "")

    told = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("tiski.db*"))
    assert counter.conv.encode() in kept
    token = first["qr"].split(".")[1]
    for secret in (CUSTOMERS[0].number, token, first["autostart"].split("=")[1].split("&")[0]):
        assert secret not in told.out + told.err
        assert secret.encode() not in kept


async def test_cancelling_in_the_widget_takes_the_order_back(counter: Counter) -> None:
    attempt = await counter.start()
    address = (await counter.poll(attempt))["autostart"]
    status, _ = await counter.ask("POST", f"/api/v1/identity/attempts/{attempt}/cancel")
    assert status in (200, 204)
    assert (await counter.poll(attempt))["reason"] == "cancelled"
    async with asyncio.timeout(15):
        while True:
            async with counter.phone.get(address) as opened:
                if opened.status == 409:
                    break
            await asyncio.sleep(0.2)  # another process: nothing to wait on


async def test_cancelling_in_the_app_lets_the_visitor_choose_again(counter: Counter) -> None:
    attempt = await counter.start()
    async with counter.phone.get((await counter.poll(attempt))["autostart"]) as opened:
        page = await opened.text()
    await _submit(counter.phone, page, -1)
    assert (await counter.until(attempt, status="failed"))["reason"] == "cancelled"
    asked = (await counter.state(counter.agent)).verification
    assert asked is not None
    assert (asked.state, asked.failed) == ("asked", "cancelled")
