"""Chat and call set-up through real sockets, real processes and real databases."""

import asyncio
import contextlib
import signal
from pathlib import Path

import aiohttp
import pytest
from ulid import ULID

from signaling import messages
from signaling.messages import Ack, Event, InboxChanges, Nack, Publications, Snapshot, Typing
from tests.services.redis import redis_running
from tests.services.server import running_server
from tests.signaling.client import Client, Timeline

OFFER = (Path(__file__).parents[1] / "data/sdp/chromium-156.sdp").read_bytes().decode()
SEND = {"0": "audio", "1": "camera", "2": "screen-audio", "3": "screen"}


class Browser:
    """A browser's session with one server."""

    def __init__(self, server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.token = ""

    async def visit(self) -> "Browser":
        answer = await self._post("/api/v1/visitor/session", {"site": "demo", "create": True})
        self.token = (await answer.json())["token"]
        return self

    async def sign_in(self, email="agent1@demo.example") -> "Browser":
        login = {"email": email, "password": "tiski-demo"}
        answer = await self._post("/api/v1/agent/login", login)
        cookies = "; ".join(f"{name}={one.value}" for name, one in answer.cookies.items())
        answer = await self._post("/api/v1/agent/token", {}, Cookie=cookies)
        self.token = (await answer.json())["token"]
        return self

    async def _post(self, path, body, **headers):
        origin = {"Origin": self.server.url, **headers}
        answer = await self.http.post(f"{self.server.url}{path}", json=body, headers=origin)
        assert answer.status < 300, await answer.text()
        return answer

    @contextlib.asynccontextmanager
    async def connected(self, cursors=None, *, active=False, url=None):
        url = url or self.server.url
        async with self.http.ws_connect(f"{url}/ws", origin=url) as ws:
            client = Client(ws)
            await client.hello(self.token, cursors, active=active)
            yield client


async def ask(client: Client, t: str, **fields) -> Ack:
    id_ = str(ULID())
    await client.say({"t": t, "id": id_, **fields})
    while True:
        answer = await client.hear(Ack, Nack)
        if answer.id == id_:
            assert isinstance(answer, Ack), answer
            return answer


async def converse(visitor: Client, agent: Client) -> str:
    """Let a visitor begin and the agent accept; both have the conversation open."""
    started = await ask(visitor, "conversation.start", text="hei", lang="fi")
    conv = started.conv
    await ask(visitor, "subscribe", stream=conv)
    await ask(agent, "subscribe", stream=conv)
    await ask(agent, "conversation.accept", conv=conv)
    return conv


async def hear_text(client: Client, text: str) -> Event:
    while True:
        event = await client.hear(Event)
        if getattr(event.event, "text", None) == text:
            return event


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def test_visitor_and_agent_talk_through_one_server(tmp_path, http):
    async with running_server(tmp_path) as server:
        visitor, agent = Browser(server, http), Browser(server, http)
        await visitor.visit()
        await agent.sign_in()
        async with (
            visitor.connected({"inbox": None}) as shopper,
            agent.connected({"inbox": None}) as desk,
        ):
            conv = await converse(shopper, desk)
            await ask(shopper, "message.send", conv=conv, text="onko tätä koossa L?")
            assert (await hear_text(desk, "onko tätä koossa L?")).by.role == "visitor"
            await ask(desk, "message.send", conv=conv, text="on, tuon sen")
            answer = await hear_text(shopper, "on, tuon sen")
            assert answer.by.name == "Agent One"
            await shopper.say({"t": "typing", "conv": conv, "on": True})
            assert (await desk.hear(Typing)).conv == conv
            assert any(isinstance(frame, InboxChanges) for frame in desk.heard)


async def test_offers_are_answered_and_garbage_is_refused(tmp_path, http):
    async with running_server(tmp_path) as server:
        visitor = await Browser(server, http).visit()
        agent = await Browser(server, http).sign_in()
        async with visitor.connected() as shopper, agent.connected() as desk:
            conv = await converse(shopper, desk)
            started = await ask(shopper, "call.start", conv=conv, media=["audio", "video"])
            call = started.call
            offer = {"conv": conv, "call": call, "generation": 1, "send": SEND}
            await desk.say({"t": "rtc.offer", "id": "early", "sdp": OFFER, **offer})
            assert (await desk.hear(Nack)).code == "not_in_call"
            await ask(desk, "call.join", conv=conv, call=call, media=["audio"])
            for sdp, code in (("garbage", "bad_offer"), (OFFER[:700], "bad_offer")):
                await shopper.say({"t": "rtc.offer", "id": "bad", "sdp": sdp, **offer})
                assert (await shopper.hear(Nack)).code == code
            await shopper.say({"t": "rtc.offer", "id": "good", "sdp": OFFER, **offer})
            answer = await shopper.hear(messages.Answer)
            assert (answer.id, answer.call, answer.generation) == ("good", call, 1)
            assert "a=ice-lite" in answer.sdp
            assert f" {server.media_port} typ host" in answer.sdp
            other = await desk.hear(Publications)
            assert {one.source for one in other.publications} >= {"audio", "camera"}
            await ask(desk, "call.end", conv=conv, call=call)
            await shopper.say({"t": "rtc.offer", "id": "late", "sdp": OFFER, **offer})
            assert (await shopper.hear(Nack)).code == "no_call"


async def test_acknowledged_messages_survive_kill_9_and_resends_are_not_doubled(tmp_path, http):
    async with running_server(tmp_path) as server:
        visitor = await Browser(server, http).visit()
        acked: set[str] = set()
        ids = {str(ULID()): f"message {n}" for n in range(18)}
        async with visitor.connected() as shopper:
            conv = (await ask(shopper, "conversation.start", text="hei", lang="en")).conv
            for id_, text in ids.items():
                await shopper.say({"t": "message.send", "id": id_, "conv": conv, "text": text})
            while len(acked) < 6:
                acked.add((await shopper.hear(Ack)).id)
            await server.kill()
            with contextlib.suppress(ConnectionError):
                while True:
                    acked.add((await shopper.hear(Ack)).id)
        await server.start()
        async with visitor.connected({conv: None}) as shopper:
            snapshot = await shopper.hear(Snapshot)
            kept = [
                one.event.id for one in snapshot.events if one.event.__class__.__name__ == "Message"
            ]
            assert acked <= set(kept)
            for id_, text in ids.items():
                await ask_with(shopper, id_, conv, text)
        async with visitor.connected({conv: None}) as shopper:
            snapshot = await shopper.hear(Snapshot)
            texts = [getattr(one.event, "text", "") for one in snapshot.events]
            assert [text for text in texts if text.startswith("message")] == list(ids.values())


async def ask_with(client: Client, id_: str, conv: str, text: str) -> None:
    """Send until it is acknowledged, as slowly as the server says."""
    while True:
        await client.say({"t": "message.send", "id": id_, "conv": conv, "text": text})
        answer = await client.hear(Ack, Nack)
        if isinstance(answer, Ack):
            return
        assert answer.code == "rate_limited"
        await asyncio.sleep(answer.retry_after)


@contextlib.asynccontextmanager
async def two_nodes(tmp_path, database, redis):
    environment = {"TISKI_DATABASE_URL": database, "TISKI_REDIS_URL": redis}
    async with (
        running_server(tmp_path / "one", environment=environment) as one,
        running_server(tmp_path / "two", environment=environment) as two,
    ):
        yield one, two


@pytest.mark.postgres
@pytest.mark.redis
async def test_two_processes_serve_one_conversation_and_one_call(
    tmp_path, http, postgres_url, redis_url
):
    async with two_nodes(tmp_path, postgres_url, redis_url) as (one, two):
        visitor = await Browser(one, http).visit()
        agent = await Browser(two, http).sign_in()
        async with visitor.connected() as shopper, agent.connected({"inbox": None}) as desk:
            conv = await converse(shopper, desk)
            for n in range(8):
                await ask(shopper, "message.send", conv=conv, text=f"visitor {n}")
                await hear_text(desk, f"visitor {n}")
                await ask(desk, "message.send", conv=conv, text=f"agent {n}")
                await hear_text(shopper, f"agent {n}")
            await shopper.say({"t": "typing", "conv": conv, "on": True})
            await desk.hear(Typing)
            call = (await ask(shopper, "call.start", conv=conv, media=["audio"])).call
            await ask(desk, "call.join", conv=conv, call=call, media=["audio"])
            offer = {"conv": conv, "call": call, "generation": 1, "send": SEND, "sdp": OFFER}
            ports = set()
            for client in (shopper, desk):
                await client.say({"t": "rtc.offer", "id": "1", **offer})
                answer = await client.hear(messages.Answer)
                ports |= {p for p in (one.media_port, two.media_port) if f" {p} typ" in answer.sdp}
            assert len(ports) == 1, "a room lives on one node"
            assert (await shopper.hear(Publications)).call == call


@pytest.mark.postgres
@pytest.mark.redis
async def test_losing_redis_delays_and_loses_nothing(tmp_path, http, postgres_url):
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(redis_running())
        async with two_nodes(tmp_path, postgres_url, redis.url) as (one, two):
            visitor = await Browser(one, http).visit()
            agent = await Browser(two, http).sign_in()
            async with visitor.connected() as shopper, agent.connected(active=True) as desk:
                conv = await converse(shopper, desk)
                timeline = Timeline()
                stack.close()  # Redis is gone
                for n in range(5):
                    await ask(shopper, "message.send", conv=conv, text=f"unheard {n}")
                timeline.cursor = ("", 0)
                for n in range(5):
                    await desk.say({"t": "beat", "active": True})
                    await hear_slowly(desk, f"unheard {n}")


async def hear_slowly(client: Client, text: str) -> None:
    """Wait for the next heartbeat of a call, which carries heads."""
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(TimeoutError):
                await hear_text(client, text)
                return


async def test_ctrl_c_sends_browsers_away_and_ends_cleanly(tmp_path, http):
    async with running_server(tmp_path) as server:
        visitor = await Browser(server, http).visit()
        async with visitor.connected() as shopper:
            assert server.process is not None
            server.process.send_signal(signal.SIGINT)
            assert await shopper.closed() == messages.CLOSE_DRAINING
        assert await server.process.wait() == 0
