"""Staff's routes of proofs and gates, over real sockets: for staff of the site alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from server import demo
from server.bootstrap import Server
from server.domain.commands import Actor, FinishIdentity, OpenIdentity
from server.http.exchange import AGENT_COOKIE, as_principal
from server.identity.interface import Evidence
from server.services.secrets import new_id
from server.store import people
from server.store.people import Agent, Site
from signaling import messages
from signaling.backend import Principal
from signaling.events import IdentityProof
from tests.server.test_http import Browser, _visitor, browser, http, server

__all__ = ["browser", "http", "server"]

CODE, NAME = "131052-900S", "Test Customer One"
BOSS = 2  # of the demo's accounts


@dataclass
class Stage:
    """A conversation of the demo shop whose visitor proved who they are, and all its browsers."""

    server: Server
    http: aiohttp.ClientSession
    agent: Browser
    visitor: Principal
    token: str
    conv: str
    verification: str

    async def signed_in(self, account: int) -> Browser:
        browser = Browser(self.http, self.agent.url)
        await browser.sign_in(account)
        return browser

    async def stranger(self) -> Browser:
        """Return the browser of a supervisor of another shop, who may reveal."""
        db = self.server.db
        site = Site(new_id(), "other", "Other", "#123456", ["fi"], [])
        password = await self.server.passwords.hash(demo.PASSWORD)
        boss = Agent(
            new_id(), site.id, "boss@other.example", "B", "supervisor", password, "fi", True,
            ("reveal",),
        )  # fmt: skip
        async with db.write() as tx:
            await people.add_site(tx, site)
            await people.add_agent(tx, boss, 1)
        browser = Browser(self.http, self.agent.url)
        body = {"email": boss.email, "password": demo.PASSWORD}
        assert (await browser.ask("POST", "/api/v1/agent/login", json=body))[0] == 200
        return browser

    async def expert(self) -> Browser:
        """Return the browser of an expert in the conversation."""
        path = f"/api/v1/agent/conversations/{self.conv}/invites"
        _, made, _ = await self.agent.ask("POST", path, json={"scope": ["chat"]})
        browser = Browser(self.http, self.agent.url)
        body = {"secret": made["url"].rpartition("#")[2], "name": "Expert"}
        assert (await browser.ask("POST", "/api/v1/invites/redeem", json=body))[0] == 200
        return browser

    @property
    def routes(self) -> list[tuple[str, str, Any]]:
        reason = {"reason": "A refund"}
        gates = {"history": None, "confidential": None}
        return [
            ("GET", f"/api/v1/agent/conversations/{self.conv}/identity", None),
            ("GET", f"/api/v1/agent/conversations/{self.conv}/earlier", None),
            ("POST", f"/api/v1/agent/proofs/{self.verification}/reveal", reason),
            ("DELETE", f"/api/v1/agent/proofs/{self.verification}", reason),
            ("GET", "/api/v1/agent/identity/gates", None),
            ("PUT", "/api/v1/agent/identity/gates", gates),
        ]


@pytest.fixture
async def stage(server: Server, browser: Browser, http: aiohttp.ClientSession) -> Stage:
    await browser.sign_in()
    found = await server.staff.by_cookie(browser.cookies[AGENT_COOKIE])
    assert found is not None
    agent = as_principal(*found)
    token = (await _visitor(Browser(http, browser.url)))["token"]
    visitor = await server.backend.authenticate(token, None)
    execute = server.backend.execute
    conv = (await execute(visitor, messages.Start(id=new_id(), text="Huhuu", lang="fi"))).conv
    assert conv is not None
    await execute(agent, messages.Accept(id=new_id(), conv=conv))
    ask = messages.AskIdentity(id=new_id(), conv=conv, purpose="refund")
    verification = (await execute(agent, ask)).verification
    assert verification is not None
    who, act = Actor(visitor.person, "visitor"), server.conversations.act
    await act(conv, OpenIdentity(verification, "attempt", "bank.one"), who)
    evidence = Evidence("FI", CODE, NAME, "substantial", "Test Bank", server.clock())
    async with server.db.write() as tx:
        await server.identities.keep(
            tx, site=agent.site, conv=conv, verification=verification, evidence=evidence
        )
    proof = IdentityProof(verification, evidence.at, NAME, "Test Bank", "substantial")
    await act(conv, FinishIdentity("attempt", proof, False), who)
    return Stage(server, http, browser, visitor, token, conv, verification)


async def test_staff_sees_a_masked_code_and_reveals_it(stage: Stage) -> None:
    path = f"/api/v1/agent/conversations/{stage.conv}/identity"
    status, seen, response = await stage.agent.ask("GET", path)
    assert (status, response.headers["Cache-Control"]) == (200, "no-store")
    at = seen["proofs"][0]["at"]
    assert seen == {
        "proofs": [
            {
                "verification": stage.verification,
                "name": NAME,
                "method": "Test Bank",
                "level": "substantial",
                "at": at,
                "country": "FI",
                "masked": "13••••-••••",
                "accepted": True,
            }
        ],
        "gates": [
            {
                "action": "history",
                "level": "substantial",
                "max_age": 60,
                "open": True,
                "why": None,
            },
            {
                "action": "confidential",
                "level": "substantial",
                "max_age": 30,
                "open": True,
                "why": None,
            },
        ],
        "may_reveal": True,
    }
    path = f"/api/v1/agent/proofs/{stage.verification}/reveal"
    status, shown, response = await stage.agent.ask("POST", path, json={"reason": "A refund"})
    assert (status, shown) == (200, {"code": CODE})
    assert response.headers["Cache-Control"] == "no-store"


async def test_nobody_from_outside_gets_anything(stage: Stage) -> None:
    """A visitor and an expert of the very conversation, by cookie and by token, and a stranger."""
    visitor, expert = Browser(stage.http, stage.agent.url), await stage.expert()
    visitor.cookies[f"__Host-tiski-v-{demo.SITE_KEY}"] = stage.token
    _, seat, _ = await expert.ask("POST", "/api/v1/expert/token", json={})
    tokens = {"visitor": stage.token, "expert": seat["token"]}
    for method, path, body in stage.routes:
        for outside in (visitor, expert, Browser(stage.http, stage.agent.url)):
            for token in tokens.values():
                headers = {"Authorization": f"Bearer {token}"}
                status, said, _ = await outside.ask(method, path, json=body, headers=headers)
                assert (status, said["error"]["code"]) == (401, "signed_out"), (method, path)
    stranger = await stage.stranger()
    for method, path, body in stage.routes[:4]:
        status, said, _ = await stranger.ask(method, path, json=body)
        assert (status, said["error"]["code"]) == (404, "not_found"), (method, path)
    method, path, body = stage.routes[5]
    assert (await stranger.ask(method, path, json=body))[0] == 200, "their own shop's"
    _, gates, _ = await stage.agent.ask("GET", path)
    assert gates == {
        "history": {"level": "substantial", "max_age": 60},
        "confidential": {"level": "substantial", "max_age": 30},
    }


async def test_what_only_some_of_the_staff_may_is_refused_to_others(stage: Stage) -> None:
    colleague = await stage.signed_in(1)
    for method, path, body in (stage.routes[2], stage.routes[3], stage.routes[5]):
        status, said, _ = await colleague.ask(method, path, json=body)
        assert (status, said["error"]["code"]) == (403, "forbidden"), (method, path)


async def test_a_foreign_page_changes_nothing(stage: Stage) -> None:
    for method, path, body in stage.routes:
        if method == "GET":
            continue
        headers = {"Origin": "https://evil.example"}
        status, said, _ = await stage.agent.ask(method, path, json=body, headers=headers)
        assert (status, said["error"]["code"]) == (403, "foreign_origin")


async def test_a_supervisor_sets_gates_and_history_stays_shut(stage: Stage) -> None:
    boss = await stage.signed_in(BOSS)
    gates = {"history": {"level": "high", "max_age": 5}, "confidential": None}
    path = "/api/v1/agent/identity/gates"
    status, kept, _ = await boss.ask("PUT", path, json=gates)
    assert (status, kept) == (200, gates)
    assert (await stage.agent.ask("GET", path))[1] == gates
    earlier = f"/api/v1/agent/conversations/{stage.conv}/earlier"
    status, said, _ = await stage.agent.ask("GET", earlier)
    assert (status, said["error"]["code"]) == (403, "identity_needed")
    assert "level high or higher, not older than 5 minutes" in said["error"]["message"]
    seen = (await stage.agent.ask("GET", f"/api/v1/agent/conversations/{stage.conv}/identity"))[1]
    assert [(g["level"], g["open"], g["why"]) for g in seen["gates"]] == [
        ("high", False, "level_too_low"),
        (None, True, None),
    ]
    assert (await boss.ask("PUT", path, json={**gates, "history": None}))[0] == 200
    assert (await stage.agent.ask("GET", earlier))[:2] == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"history": None},
        {"history": {"level": "best", "max_age": 5}, "confidential": None},
        {"history": {"level": "high", "max_age": 0}, "confidential": None},
        {"history": {"level": "high", "max_age": 1441}, "confidential": None},
        {"history": {"level": "high", "max_age": 10**30}, "confidential": None},
        {"history": "off", "confidential": None},
    ],
)
async def test_what_is_no_gate_is_refused(stage: Stage, body: dict[str, Any]) -> None:
    boss = await stage.signed_in(BOSS)
    status, said, _ = await boss.ask("PUT", "/api/v1/agent/identity/gates", json=body)
    assert (status, said["error"]["code"]) == (400, "bad_request")


async def test_a_bad_reason_is_refused_before_anything_is_shown(stage: Stage) -> None:
    boss = await stage.signed_in(BOSS)
    for method, path, _ in (stage.routes[2], stage.routes[3]):
        for reason in ("", "no", "x" * 201, "\x00\x00\x00\x00"):
            status, said, _ = await boss.ask(method, path, json={"reason": reason})
            assert (status, said["error"]["code"]) == (400, "bad_text")
        for body in ({}, {"reason": 5}, []):
            assert (await boss.ask(method, path, json=body))[0] == 400
    for key in ("nothing", "%00", "x" * 300):
        path = f"/api/v1/agent/proofs/{key}/reveal"
        status, _, _ = await boss.ask("POST", path, json={"reason": "A refund"})
        assert status in (400, 404)


async def test_a_supervisor_erases_and_it_is_gone(stage: Stage) -> None:
    boss = await stage.signed_in(BOSS)
    method, path, body = stage.routes[3]
    assert (await boss.ask(method, path, json=body))[0] == 204
    seen = (await stage.agent.ask("GET", f"/api/v1/agent/conversations/{stage.conv}/identity"))[1]
    assert seen["proofs"] == []
    assert [gate["why"] for gate in seen["gates"]] == ["no_proof", "no_proof"]
    assert (await boss.ask(method, path, json=body))[0] == 404
    method, path, body = stage.routes[2]
    assert (await boss.ask(method, path, json=body))[0] == 404
