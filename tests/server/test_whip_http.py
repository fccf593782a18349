"""WHIP and WHEP over HTTP: tokens, sessions, refusals, and what everybody in the call is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from server.bootstrap import Server
from server.services import whip
from server.services.throttle import Limit
from server.store.tables import audit, guest
from signaling.errors import Refusal
from signaling.messages import Answer, Event
from tests.server.test_floor_http import SUPERVISOR, Shop
from tests.server.test_http import Browser, browser, http, server
from tests.server.test_realtime import ask
from tests.signaling.client import Client

__all__ = ["browser", "http", "server"]

SDP = (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
FRAGMENT = "a=ice-ufrag:+yQj\r\na=ice-pwd:x\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"


@dataclass
class Call:
    """A call that is on, a supervisor, and a client of other programs' kind."""

    shop: Shop
    boss: Browser
    conv: str
    id: str
    visitor: Client
    http: aiohttp.ClientSession

    async def make(self, kind: str, label: str = "Shop floor") -> tuple[str, str, str]:
        """Make a token; return the guest's id, where to use the token, and the token."""
        path = f"/api/v1/agent/conversations/{self.conv}/guests"
        status, made, _ = await self.boss.ask("POST", path, json={"kind": kind, "label": label})
        assert status == 201
        return made["guest"]["id"], made["url"], made["token"]

    async def ask(
        self, method: str, url: str, token: str | None = None, *, kind: str = "application/sdp",
        body: str | None = None, **headers: str,
    ) -> tuple[int, aiohttp.typedefs.LooseHeaders, str]:  # fmt: skip
        """Ask as a program does, which sends no Origin; return status, headers and body."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = kind
        async with self.http.request(method, url, data=body, headers=headers) as response:
            return response.status, response.headers, await response.text()

    async def listed(self) -> list[dict[str, Any]]:
        path = f"/api/v1/agent/conversations/{self.conv}/guests"
        status, found, _ = await self.boss.ask("GET", path)
        assert status == 200
        guests: list[dict[str, Any]] = found["guests"]
        return guests

    async def told(self, kind: str) -> Any:
        """Return the next event of a kind that the visitor hears of."""
        while True:
            frame = await self.visitor.hear(Event)
            if frame.event.__struct_config__.tag == kind:
                return frame

    def session(self, url: str, location: str) -> str:
        """Return the address of a session."""
        origin = url.partition("/api/")[0]
        return f"{origin}{location}"


@pytest.fixture
async def call(server: Server, http: aiohttp.ClientSession) -> AsyncIterator[Call]:
    shop = Shop(server, http)
    boss = await shop.staff(SUPERVISOR)
    async with contextlib.AsyncExitStack() as stack:
        conv, visitor = await stack.enter_async_context(shop.visitor())
        started = await ask(visitor, "call.start", conv=conv, media=["audio"])
        yield Call(shop, boss, conv, started.call, visitor, http)


async def test_a_source_comes_into_the_call_for_all_to_see_and_goes(call: Call) -> None:
    key, url, token = await call.make("publish", "Shop floor")
    assert url.endswith(f"/api/v1/whip/{call.id}")
    status, headers, answer = await call.ask("POST", url, token, body=SDP)
    assert (status, headers["Content-Type"]) == (201, "application/sdp")
    assert answer.count("a=recvonly") == 2
    assert "a=candidate:" in answer
    joined = await call.told("call_joined")
    assert (joined.by.id, joined.by.role, joined.by.name) == (key, "guest", "Shop floor")
    assert joined.event.media == ["audio", "video"]
    assert [one["connected"] for one in await call.listed()] == [True]

    session = call.session(url, headers["Location"])
    status, _, _ = await call.ask("DELETE", session, token)
    assert status == 200
    left = await call.told("call_left")
    assert (left.by.id, left.event.reason) == (key, "left")
    assert (await call.ask("DELETE", session, token))[0] == 404
    assert [one["connected"] for one in await call.listed()] == [False]


async def test_what_was_done_is_in_the_audit_log_and_no_secret_is_kept(call: Call) -> None:
    key, url, token = await call.make("publish")
    _, headers, _ = await call.ask("POST", url, token, body=SDP)
    await call.ask("DELETE", call.session(url, headers["Location"]), token)
    await call.boss.ask("DELETE", f"/api/v1/agent/guests/{key}")
    async with call.shop.server.db.read() as tx:
        rows = [
            (row.action, row.object)
            for row in await tx.execute(select(audit).order_by(audit.c.id))
            if row.action.startswith("guest_")
        ]
        kept = str((await tx.execute(select(guest))).all())
    assert rows == [
        ("guest_made", f"{call.conv} {key} publish"),
        ("guest_connected", f"{call.conv} {key} publish"),
        ("guest_left", f"{call.conv} {key}"),
        ("guest_revoked", f"{call.conv} {key}"),
    ]
    assert token not in kept
    assert headers["Location"].rpartition("/")[2] not in kept


async def test_a_revoked_token_ends_its_guest_at_once_and_opens_nothing(call: Call) -> None:
    key, url, token = await call.make("publish")
    await call.ask("POST", url, token, body=SDP)
    await call.told("call_joined")
    status, _, _ = await call.boss.ask("DELETE", f"/api/v1/agent/guests/{key}")
    assert status == 204
    assert (await call.told("call_left")).event.reason == "removed"
    assert (await call.ask("POST", url, token, body=SDP))[0] == 401
    assert [one["revoked"] for one in await call.listed()] == [True]


async def test_a_token_opens_its_own_call_in_its_own_way_only(call: Call) -> None:
    _, url, token = await call.make("publish")
    elsewhere = url.replace(call.id, "0" * 26)
    for where, what in (
        (url.replace("whip", "whep"), token),
        (elsewhere, token),
        (url, "x" * 43),
        (url, None),
    ):
        status, headers, body = await call.ask("POST", where, what, body=SDP)
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "bad_token" in body


async def test_a_token_that_is_too_old_begins_nothing(call: Call) -> None:
    _, url, token = await call.make("publish")
    async with call.shop.server.db.write() as tx:
        await tx.execute(guest.update().values(expires_at=1))
    assert (await call.ask("POST", url, token, body=SDP))[0] == 401


async def test_a_second_connection_takes_the_place_of_the_first(call: Call) -> None:
    _, url, token = await call.make("publish")
    _, first, _ = await call.ask("POST", url, token, body=SDP)
    other = SDP.replace("D6:17", "D6:18")
    status, second, _ = await call.ask("POST", url, token, body=other)
    assert status == 201
    assert (await call.ask("DELETE", call.session(url, first["Location"]), token))[0] == 404
    assert [one["connected"] for one in await call.listed()] == [True]
    assert (await call.ask("DELETE", call.session(url, second["Location"]), token))[0] == 200


async def test_an_offer_that_fails_late_leaves_the_newer_connection_alone(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first offer is asked of another node, which does not answer in time."""
    _, url, token = await call.make("publish")
    calls = call.shop.server.guests._calls
    bring, asked, given_up = calls.bring, asyncio.Event(), asyncio.Event()

    async def away(*_: object, **__: object) -> Answer:
        asked.set()
        await given_up.wait()
        raise Refusal("unavailable", "No answer.", temporary=True, retry_after=2.0)

    monkeypatch.setattr(calls, "bring", away)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        late = group.create_task(call.ask("POST", url, token, body=SDP))
        await asked.wait()
        monkeypatch.setattr(calls, "bring", bring)
        status, headers, _ = await call.ask("POST", url, token, body=SDP)
        assert status == 201
        given_up.set()
    assert late.result()[0] == 503
    assert [one["connected"] for one in await call.listed()] == [True]
    assert (await call.ask("DELETE", call.session(url, headers["Location"]), token))[0] == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (SDP, "text/plain", 415),
        ("rubbish", "application/sdp", 400),
        ("v=0\r\n" + "x" * 300_000, "application/sdp", 413),
        (SDP.replace("a=setup:actpass", "a=setup:passive"), "application/sdp", 422),
        (SDP.replace("a=sendonly", "a=recvonly"), "application/sdp", 422),
        (SDP.replace("opus", "opux").replace("VP8", "VP6").replace("H264", "H261"),
         "application/sdp", 422),
    ],
)  # fmt: skip
async def test_what_is_no_source_is_refused_and_nobody_hears_of_it(
    call: Call, body: str, kind: str, status: int
) -> None:
    _, url, token = await call.make("publish")
    assert (await call.ask("POST", url, token, body=body, kind=kind))[0] == status
    assert [one["connected"] for one in await call.listed()] == [False]


async def test_a_player_with_nothing_to_play_is_told_to_come_again(call: Call) -> None:
    _, url, token = await call.make("play", "Screen in the hall")
    assert url.endswith(f"/api/v1/whep/{call.id}")
    status, headers, _ = await call.ask("POST", url, token, body=SDP)
    assert status == 503
    assert int(headers["Retry-After"]) > 0
    assert [one["connected"] for one in await call.listed()] == [False]


async def test_a_player_gets_what_a_source_sends_and_sends_nothing(call: Call) -> None:
    _, url, token = await call.make("publish")
    await call.ask("POST", url, token, body=SDP)
    _, play, other = await call.make("play")
    status, _, answer = await call.ask("POST", play, other, body=SDP.replace("D6:17", "D6:18"))
    assert status == 201
    assert answer.count("a=sendonly") == 2
    assert "a=recvonly" not in answer


async def test_candidates_are_taken_and_a_restart_is_not_spoken(call: Call) -> None:
    _, url, token = await call.make("publish")
    _, headers, _ = await call.ask("POST", url, token, body=SDP)
    session = call.session(url, headers["Location"])

    async def patch(tag: str | None, kind: str = "application/trickle-ice-sdpfrag") -> int:
        more = {} if tag is None else {"If-Match": tag}
        return (await call.ask("PATCH", session, token, kind=kind, body=FRAGMENT, **more))[0]

    assert await patch(headers["ETag"]) == 204
    assert await patch('"another"') == 412
    assert await patch(None) == 428
    assert await patch("*") == 422
    assert await patch(headers["ETag"], "application/json") == 415
    assert (await call.ask("PATCH", f"{session}x", token, body=FRAGMENT))[0] == 404


async def test_browsers_of_any_origin_may_ask_and_are_told_the_relays(call: Call) -> None:
    _, url, token = await call.make("publish")
    status, headers, _ = await call.ask("OPTIONS", url)
    assert (status, headers["Accept-Post"]) == (204, "application/sdp")
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    status, headers, _ = await call.ask(
        "POST", url, token, body=SDP, Origin="https://player.example"
    )
    assert (status, headers["Access-Control-Allow-Origin"]) == (201, "*")
    assert {"Location", "ETag", "Link"} <= set(
        headers["Access-Control-Expose-Headers"].replace(",", " ").split()
    )
    links = headers.getall("Link")
    assert links[1].startswith('<turns:turn.example:443?transport=tcp>; rel="ice-server"')
    assert 'credential-type="password"' in links[0]
    assert (await call.ask("GET", url, token))[0] == 405
    status, headers, _ = await call.ask("POST", url, "wrong", body=SDP)
    assert (status, headers["Access-Control-Allow-Origin"]) == (401, "*")


async def test_only_supervisors_make_tokens_and_only_for_a_call(call: Call) -> None:
    agent = await call.shop.staff(0)
    path = f"/api/v1/agent/conversations/{call.conv}/guests"
    body = {"kind": "publish", "label": "x"}
    assert (await agent.ask("POST", path, json=body))[0] == 403
    assert (await agent.ask("GET", path))[0] == 403
    for wrong in ({"label": "  "}, {"kind": "steal"}, {"minutes": 0}, {"minutes": 9_999}):
        assert (await call.boss.ask("POST", path, json={**body, **wrong}))[0] == 400
    await ask(call.visitor, "call.end", conv=call.conv, call=call.id)
    status, answer, _ = await call.boss.ask("POST", path, json=body)
    assert (status, answer["error"]["code"]) == (409, "no_call")


async def test_the_end_of_the_call_is_the_end_of_its_tokens(call: Call) -> None:
    _, url, token = await call.make("publish")
    await call.ask("POST", url, token, body=SDP)
    await ask(call.visitor, "call.end", conv=call.conv, call=call.id)
    status, _, body = await call.ask("POST", url, token, body=SDP)
    assert (status, "no_call" in body) == (409, True)


async def test_a_guest_connects_so_often_and_no_more(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whip, "_CONNECTIONS", Limit(2, 60_000))
    _, url, token = await call.make("publish")
    for wanted in (201, 201, 429):
        status, headers, _ = await call.ask("POST", url, token, body=SDP)
        assert status == wanted
    assert int(headers["Retry-After"]) > 0


async def test_a_call_has_room_for_two_guests(call: Call) -> None:
    for number, wanted in enumerate((201, 201, 409)):
        _, url, token = await call.make("publish", f"Source {number}")
        assert (await call.ask("POST", url, token, body=SDP))[0] == wanted
