"""The floor and an agent's work over REST, with the frames that tell the others."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from server.bootstrap import Server
from server.store.tables import audit
from signaling.messages import Desk, QueuePlace
from tests.server.test_http import Browser, _visitor, browser, http, server
from tests.server.test_realtime import ask
from tests.signaling.client import Client

__all__ = ["browser", "http", "server"]

FIRST, SECOND, SUPERVISOR = 0, 1, 2


class Shop:
    """A running shop: people come to it through browsers of their own."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.url = server.settings.public_url
        self._http = http

    async def staff(self, account: int) -> Browser:
        """Sign somebody of the staff in."""
        found = Browser(self._http, self.url)
        await found.sign_in(account)
        return found

    @contextlib.asynccontextmanager
    async def desk(self, who: Browser) -> AsyncIterator[Client]:
        """Let somebody of the staff be at their desk."""
        status, answer, _ = await who.ask("POST", "/api/v1/agent/token", json={})
        assert status == 200
        async with self._connected(answer["token"]) as client:
            yield client

    @contextlib.asynccontextmanager
    async def visitor(self, text: str = "Huhuu") -> AsyncIterator[tuple[str, Client]]:
        """Let a visitor begin to talk, and look at the conversation."""
        session = await _visitor(Browser(self._http, self.url))
        async with self._connected(session["token"]) as client:
            ack = await ask(client, "conversation.start", text=text, lang="fi")
            assert ack.conv is not None
            await ask(client, "subscribe", stream=ack.conv)
            yield ack.conv, client

    @contextlib.asynccontextmanager
    async def _connected(self, token: str) -> AsyncIterator[Client]:
        async with self._http.ws_connect(f"{self.url}/ws", origin=self.url) as ws:
            client = Client(ws)
            await client.hello(token, {"inbox": None})
            yield client

    async def floor(self, boss: Browser) -> dict[str, Any]:
        status, floor, _ = await boss.ask("GET", "/api/v1/agent/floor")
        assert status == 200
        found: dict[str, Any] = floor
        return found

    async def set_usual(self, boss: Browser, **changes: Any) -> str:
        """Change the usual department; return its id."""
        status, all_, _ = await boss.ask("GET", "/api/v1/agent/admin/departments")
        assert status == 200
        usual = next(one for one in all_ if one["usual"])
        path = f"/api/v1/agent/admin/departments/{usual['id']}"
        status, answer, _ = await boss.ask("PUT", path, json=usual | changes)
        assert status == 200, answer
        return str(usual["id"])

    async def deeds(self) -> list[tuple[str, str]]:
        async with self.server.db.read() as tx:
            rows = await tx.execute(select(audit.c.action, audit.c.object).order_by(audit.c.id))
            return [(row.action, row.object) for row in rows]


@pytest.fixture
def shop(server: Server, http: aiohttp.ClientSession) -> Shop:
    return Shop(server, http)


async def desk_with(client: Client, fits: Any) -> Desk:
    """Return the next desk that `fits`."""
    while True:
        desk: Desk = await client.hear(Desk)
        if fits(desk):
            return desk


async def place_with(client: Client, fits: Any) -> QueuePlace:
    while True:
        place: QueuePlace = await client.hear(QueuePlace)
        if fits(place):
            return place


def agent_of(floor: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in floor["agents"] if one["name"] == name)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/agent/floor", None),
        ("PUT", "/api/v1/agent/agents/x/state", {"state": "away"}),
        ("POST", "/api/v1/agent/tasks/x/move", {"front": True}),
    ],
)
async def test_the_floor_is_for_supervisors(
    shop: Shop, method: str, path: str, body: dict[str, Any] | None
) -> None:
    stranger = Browser(shop._http, shop.url)
    assert (await stranger.ask(method, path, json=body))[0] == 401
    agent = await shop.staff(FIRST)
    status, answer, _ = await agent.ask(method, path, json=body)
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    boss = await shop.staff(SUPERVISOR)
    status, _, _ = await boss.ask(method, path, json=body)
    assert status == (200 if method == "GET" else 404)


async def test_an_offer_is_seen_by_all_whom_it_concerns_and_by_nobody_else(shop: Shop) -> None:
    boss, one = await shop.staff(SUPERVISOR), await shop.staff(FIRST)
    async with shop.desk(one) as desk:
        assert (await desk.hear(Desk)).offers == []
        async with shop.visitor("Do you have skates?") as (conv, visitor):
            (offer,) = (await desk_with(desk, lambda d: d.offers)).offers
            assert (offer.conv, offer.text, offer.mode) == (conv, "Do you have skates?", "chat")
            ringing = await place_with(visitor, lambda place: place.ringing)
            assert (ringing.conv, ringing.place, ringing.staffed) == (conv, 1, True)
            floor = await shop.floor(boss)
            (line,) = floor["waiting"]
            assert (line["conv"], line["state"], line["place"]) == (conv, "offered", 1)
            assert line["agent"] == agent_of(floor, "Agent One")["id"]
            await ask(desk, "offer.accept", conv=conv, task=offer.task, fence=offer.fence)
            assert (await place_with(visitor, lambda place: not place.place)).conv == conv
            assert (await desk_with(desk, lambda d: not d.offers)).used == 1
            floor = await shop.floor(boss)
            assert floor["waiting"] == []
            (serving,) = agent_of(floor, "Agent One")["serving"]
            assert (serving["conv"], serving["mode"]) == (conv, "chat")
            assert not [frame for frame in visitor.heard if isinstance(frame, Desk)]
            assert not [frame for frame in desk.heard if isinstance(frame, QueuePlace)]


async def test_a_state_is_set_by_oneself_or_by_a_supervisor_who_is_noted(shop: Shop) -> None:
    boss, one = await shop.staff(SUPERVISOR), await shop.staff(FIRST)
    status = "/api/v1/agent/status"
    async with shop.desk(one) as desk:
        answer = (await one.ask("PUT", status, json={"state": "away", "reason": "lunch"}))[1]
        assert answer == {"state": "away", "reason": "lunch", "available": False}
        away = await desk_with(desk, lambda d: d.state == "away")
        assert away.reason == "lunch"
        me = agent_of(await shop.floor(boss), "Agent One")
        assert (me["state"], me["reason"], me["online"]) == ("away", "lunch", True)
        path = f"/api/v1/agent/agents/{me['id']}/state"
        assert (await boss.ask("PUT", path, json={"state": "available"}))[0] == 204
        assert (await desk_with(desk, lambda d: d.state == "available")).reason == ""
        assert ("agent_available", me["id"]) in await shop.deeds()
        assert (await one.ask("PUT", status, json={"available": False}))[1]["reason"] == "other"
        for bad in ({}, {"state": "not_responding"}, {"state": "away", "reason": "bored"}):
            assert (await one.ask("PUT", status, json=bad))[0] == 400


async def test_the_next_is_taken_by_hand(shop: Shop) -> None:
    boss, one = await shop.staff(SUPERVISOR), await shop.staff(FIRST)
    await shop.set_usual(boss, assignment="manual")
    path = "/api/v1/agent/next"
    status, answer, _ = await one.ask("POST", path)
    assert (status, answer["error"]["code"]) == (404, "nothing_waiting")
    async with shop.desk(one) as desk, shop.visitor() as (conv, visitor):
        assert (await desk_with(desk, lambda d: d.next)).next == 1
        assert (await place_with(visitor, lambda place: place.place)).place == 1
        status, answer, _ = await one.ask("POST", path)
        assert (status, answer) == (200, {"conv": conv})
        assert (await desk_with(desk, lambda d: not d.next)).used == 1


async def test_a_wrapup_is_extended_once_and_ended(shop: Shop) -> None:
    boss, one, two = [await shop.staff(each) for each in (SUPERVISOR, FIRST, SECOND)]
    await shop.set_usual(boss, assignment="manual", wrapup_seconds=60)
    async with shop.desk(one) as desk, shop.visitor() as (conv, _):
        await one.ask("POST", "/api/v1/agent/next")
        await ask(desk, "conversation.close", conv=conv, reason="resolved")
        (wrapup,) = (await desk_with(desk, lambda d: d.wrapups)).wrapups
        assert wrapup.conv == conv
        path = f"/api/v1/agent/wrapups/{wrapup.task}"
        assert (await two.ask("POST", f"{path}/end"))[0] == 404
        status, answer, _ = await one.ask("POST", f"{path}/extend")
        assert (status, answer["until"]) == (200, wrapup.until + 60_000)
        assert (await one.ask("POST", f"{path}/extend"))[0] == 403
        assert (await one.ask("POST", f"{path}/end"))[0] == 204
        assert (await desk_with(desk, lambda d: not d.wrapups)).used == 0
        assert agent_of(await shop.floor(boss), "Agent One")["served_today"] == 1


async def test_a_supervisor_moves_what_waits(shop: Shop) -> None:
    boss, one = await shop.staff(SUPERVISOR), await shop.staff(FIRST)
    usual = await shop.set_usual(boss, assignment="manual")
    floor = await shop.floor(boss)
    other = next(each["id"] for each in floor["departments"] if each["id"] != usual)
    agent = agent_of(floor, "Agent One")["id"]
    async with (
        shop.desk(one),
        shop.visitor() as (first, _),
        shop.visitor() as (second, visitor),
    ):
        path = f"/api/v1/agent/tasks/{second}/move"
        assert (await place_with(visitor, lambda place: place.place)).place == 2
        assert (await boss.ask("POST", path, json={"front": True}))[0] == 204
        assert (await place_with(visitor, lambda place: place.place != 2)).place == 1
        waiting = (await shop.floor(boss))["waiting"]
        assert [(each["conv"], each["place"]) for each in waiting] == [(second, 1), (first, 2)]
        assert (await boss.ask("POST", path, json={"department": other}))[0] == 204
        moved = next(w for w in (await shop.floor(boss))["waiting"] if w["conv"] == second)
        assert moved["department"] == other
        assert (await boss.ask("POST", path, json={"agent": agent}))[0] == 204
        assert (await place_with(visitor, lambda place: not place.place)).conv == second
        (serving,) = agent_of(await shop.floor(boss), "Agent One")["serving"]
        assert serving["conv"] == second
        deeds = await shop.deeds()
        assert ("task_moved", f"{second} front") in deeds
        assert ("queued", second) in deeds
        assert ("assigned", second) in deeds
        for bad in ({}, {"agent": agent, "front": True}, {"department": other, "agent": agent}):
            assert (await boss.ask("POST", path, json=bad))[0] == 400
        assert (await boss.ask("POST", path, json={"front": True}))[0] == 409
        assert (await boss.ask("POST", path, json={"agent": "nobody"}))[0] == 404
