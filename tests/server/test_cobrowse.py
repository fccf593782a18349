"""Co-browsing through a real server: the chat's commands, the relay, the database."""

import contextlib
import sqlite3

import aiohttp
import pytest
from ulid import ULID

from signaling.cobrowse import frames
from signaling.cobrowse.frames import Curtain, Operate, Operated, Sharing, TakeSnapshot, Viewers
from signaling.events import CobrowseEnded, CobrowsePaused, ControlReleased, Page
from signaling.messages import Event
from tests.server.test_realtime import Browser, ask, converse
from tests.services.server import running_server
from tests.signaling.cobrowse.fakes import Peer, delta, parse, snapshot


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@contextlib.asynccontextmanager
async def mirror(browser: Browser, cobrowse: str, role: str, **hello):
    """Open a browser's `/ws/cobrowse`."""
    url = f"{browser.server.url}/ws/cobrowse"
    async with browser.http.ws_connect(url, origin=browser.server.url, max_msg_size=0) as ws:
        peer = Peer(ws)
        first = frames.Hello(v=1, token=browser.token, cobrowse=cobrowse, role=role, **hello)
        await peer.say(first)
        peer.welcome = await peer.hear(frames.Welcome)
        yield peer


async def hear_event(client, kind):
    while True:
        event = await client.hear(Event)
        if isinstance(event.event, kind):
            return event.event


async def masking(browser: Browser) -> str:
    bearer = {"Authorization": f"Bearer {browser.token}", "Origin": browser.server.url}
    url = f"{browser.server.url}/api/v1/cobrowse/rules"
    async with browser.http.get(url, headers=bearer) as answer:
        assert answer.status == 200
        return (await answer.json())["version"]


async def test_page_is_shown_helped_with_paused_and_ended(tmp_path, http):
    async with running_server(tmp_path) as server:
        visitor = await Browser(server, http).visit()
        agent = await Browser(server, http).sign_in()
        page = Page(url=f"{server.shop_url}/cart")
        async with visitor.connected() as shopper, agent.connected() as desk:
            conv = await converse(shopper, desk)
            asked = await ask(desk, "cobrowse.ask", conv=conv)
            consent = {"consent": "view-1", "lang": "fi", "masking": await masking(visitor)}
            cb = (
                await ask(shopper, "cobrowse.start", conv=conv, cobrowse=asked.cobrowse, **consent)
            ).cobrowse
            on = {"conv": conv, "cobrowse": cb}
            async with (
                mirror(visitor, cb, "share", page=page) as sharer,
                mirror(agent, cb, "view") as viewer,
            ):
                await sharer.hear(TakeSnapshot)
                await sharer.show(snapshot(1, packed=True))
                await sharer.show(delta(1, 1))
                assert [(await viewer.see())[0].seq for _ in range(2)] == [0, 1]

                await ask(desk, "cobrowse.control.ask", **on, caps=["click", "fill"])
                grant = str(ULID())
                await ask(
                    shopper,
                    "cobrowse.control.grant",
                    **on,
                    grant=grant,
                    caps=["fill"],
                    consent="control-1",
                )
                codes = []
                while "done" not in codes:  # as soon as the relay has heard of the grant
                    fill = Operate(
                        id=str(ULID()), grant=grant, epoch=1, op="fill", node=9, value="Oulu"
                    )
                    await viewer.say(fill)
                    answer = await either(sharer, viewer)
                    if isinstance(answer, Operate):
                        await sharer.say(Operated(id=answer.id, code="done"))
                        answer = await viewer.hear(Operated)
                    codes.append(answer.code)
                assert set(codes) <= {"done", "no_grant"}
                click = Operate(id="c", grant=grant, epoch=1, op="click", node=9)
                await viewer.say(click)
                assert (await viewer.hear(Operated)).code == "no_grant"
                await ask(shopper, "cobrowse.control.release", **on, grant=grant)

                await ask(shopper, "cobrowse.pause", **on, reason="shopper")
                assert (await viewer.hear(Curtain)).reason == "shopper"
                assert isinstance(await hear_event(desk, CobrowsePaused), CobrowsePaused)
                await ask(shopper, "cobrowse.resume", **on)
                assert not (await viewer.hear(Curtain)).down
                resume = sharer.welcome.resume

                after = Page(url=f"{server.shop_url}/checkout?secret=1")
                async with mirror(visitor, cb, "share", page=after, resume=resume) as next_page:
                    assert await sharer.closed() == (4004, "superseded")
                    await next_page.hear(TakeSnapshot)
                    await next_page.show(snapshot(next_page.welcome.epoch + 1))
                    header, _ = await viewer.see()
                    assert header.epoch == next_page.welcome.epoch + 1
                    await ask(shopper, "cobrowse.end", **on)
                    assert await viewer.closed() == (4003, "ended")
                    assert await next_page.closed() == (4003, "ended")
            ended = await hear_event(desk, CobrowseEnded)
            assert (ended.reason, ended.pages) == ("stopped", 2)
        assert "Oulu" not in server.log()
        assert "secret" not in server.log()
    trail = audited(tmp_path)
    assert ("cobrowse.fill", "done") in trail
    assert ("cobrowse.click", "no_grant") in trail


async def test_agent_who_stays_away_loses_control_and_the_page_goes_on(tmp_path, http):
    async with running_server(tmp_path) as server:
        visitor = await Browser(server, http).visit()
        agent = await Browser(server, http).sign_in()
        page = Page(url=f"{server.shop_url}/")
        async with visitor.connected() as shopper, agent.connected() as desk:
            conv = await converse(shopper, desk)
            rules = await masking(visitor)
            consent = {"consent": "view-1", "lang": "fi", "masking": rules}
            cb = (await ask(shopper, "cobrowse.start", conv=conv, **consent)).cobrowse
            on = {"conv": conv, "cobrowse": cb}
            async with mirror(visitor, cb, "share", page=page) as sharer:
                async with mirror(agent, cb, "view"):
                    await ask(desk, "cobrowse.control.ask", **on, caps=["click"])
                    given = {"grant": str(ULID()), "caps": ["click"], "consent": "control-1"}
                    await ask(shopper, "cobrowse.control.grant", **on, **given)
                while (await sharer.hear(Viewers)).viewers:
                    pass
                heard = None
                while heard is None:
                    with contextlib.suppress(TimeoutError):
                        heard = await hear_event(desk, ControlReleased)
                assert heard.reason == "gone"
                async with mirror(agent, cb, "view") as back:
                    assert back.welcome.sharing
                    await sharer.ws.close()
                    assert await back.hear(Sharing) == Sharing(on=False)


async def either(sharer: Peer, viewer: Peer):
    """Return the operation that reached the page, or the answer that came at once."""
    for _ in range(100):
        for peer, kind in ((sharer, Operate), (viewer, Operated)):
            with contextlib.suppress(TimeoutError):
                message = await peer.ws.receive(timeout=0.05)
                if message.type is aiohttp.WSMsgType.TEXT:
                    frame = parse(message.data)
                    if isinstance(frame, kind):
                        return frame
    raise AssertionError("no answer")


def audited(folder) -> set[tuple[str, str]]:
    """Return what was audited, with the last word of each line."""
    (file,) = folder.glob("*.db")
    with contextlib.closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT action, object FROM audit").fetchall()
    return {(action, thing.split()[-1]) for action, thing in rows}
