"""A backend that keeps one co-browsing in memory, and peers over real sockets.

Tokens are "<audience>:<person>", as in `tests/signaling/fakes.py`.
"""

import asyncio
import contextlib
import gzip
import json

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from signaling import errors, hints
from signaling.cobrowse import binary, frames
from signaling.cobrowse.backend import Opened, Terms
from signaling.cobrowse.gateway import CobrowseGateway
from signaling.events import CobrowseGrant, CobrowseState, Page, Person
from tests.signaling.fakes import FakeBackend

PATIENCE = 10.0  # seconds until a test that waits for something fails
PAGE = Page(url="https://shop.example/cart")
SHOPPER = Person(id="v", role="visitor")

parse = msgspec.json.Decoder(frames.ServerFrame).decode

META = {"type": 4, "data": {"href": "https://shop.example/cart"}, "timestamp": 1}
FULL = {"type": 2, "data": {"node": {}}, "timestamp": 2}
CHANGE = {"type": 3, "data": {"source": 0}, "timestamp": 3}


def snapshot(epoch: int, *, packed: bool = False, events=(META, FULL)) -> bytes:
    """Return a snapshot as the page sends it."""
    return recorded(binary.SNAPSHOT, epoch, 0, events, packed=packed)


def delta(epoch: int, seq: int, *, packed: bool = False, events=(CHANGE,)) -> bytes:
    """Return a delta as the page sends it."""
    return recorded(binary.DELTA, epoch, seq, events, packed=packed)


def recorded(kind: int, epoch: int, seq: int, events, *, packed: bool = False) -> bytes:
    """Return a binary frame. `events` may be bytes."""
    payload = events if isinstance(events, bytes) else json.dumps(events).encode()
    if packed:
        payload = gzip.compress(payload)
    return binary.encode(binary.Header(kind, int(packed), epoch, seq), payload)


class FakeCobrowse:
    """One co-browsing, "cb" of conversation "c": anybody who is not banned may see it."""

    def __init__(self, bus) -> None:
        self.bus = bus
        self.state = CobrowseState(id="cb", by=SHOPPER, state="on")
        self.banned: set[str] = set()
        self.resume: str | None = None
        self.shares = 0
        self.asked = 0  # times that terms were
        self.failing = False
        self.done: list = []
        self.pages: list[str] = []
        self.renewed: list[list[str]] = []
        self.left: list[str] = []
        self._people = FakeBackend(bus)

    async def authenticate(self, token, origin):
        return await self._people.authenticate(token, origin)

    async def share(self, who, cobrowse, resume, page):
        self._on(cobrowse)
        if who.audience != "visitor" or resume != self.resume:
            raise errors.Refusal("forbidden", "The token was used.")
        self.shares += 1
        self.resume = f"resume-{self.shares}"
        self.pages.append(page.url)
        return Opened("c", self.state, self.resume)

    async def view(self, who, cobrowse):
        self._on(cobrowse)
        if who.audience == "visitor" or who.person.id in self.banned:
            raise errors.Refusal("forbidden", "The page is not for you to see.")
        return Opened("c", self.state)

    async def terms(self, cobrowse, viewers):
        self.asked += 1
        await asyncio.sleep(0)
        if self.state is None:
            return Terms(None)
        return Terms(self.state, frozenset(one.person.id for one in viewers) - self.banned)

    async def renew(self, cobrowses):
        self.renewed.append(list(cobrowses))

    async def sharer_left(self, cobrowse):
        self.left.append("sharer")

    async def page_shown(self, cobrowse, page):
        self.pages.append(page.url)

    async def viewer_left(self, who, cobrowse):
        self.left.append(who.person.id)

    async def operated(self, cobrowse, done):
        if self.failing:
            raise RuntimeError("the database is away")
        self.done += done

    def _on(self, cobrowse):
        if self.state is None or cobrowse != self.state.id:
            raise errors.Refusal("no_cobrowse", "The page is not shown any more.")

    async def hint(self) -> None:
        """Tell all nodes that the conversation has moved on."""
        moved = hints.ConversationHint(conv="c", seq=1)
        await self.bus.publish(hints.conversation_topic("c"), hints.encode(moved))

    async def change(self, **fields) -> None:
        """Commit another state, and tell."""
        self.state = msgspec.structs.replace(self.state, **fields)
        await self.hint()

    async def grant(self, person: str, caps=("click",), until: int = 2**53) -> None:
        """Let `person` operate, by the grant "g"."""
        agent = Person(id=person, role="agent", name=person.title())
        await self.change(grant=CobrowseGrant(id="g", agent=agent, caps=list(caps), until=until))

    async def end(self) -> None:
        """End it."""
        self.state = None
        await self.hint()


class Peer:
    """One WebSocket of a sharer or a viewer."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.welcome: frames.Welcome | None = None

    async def say(self, frame) -> None:
        data = frame if isinstance(frame, str) else msgspec.json.encode(frame).decode()
        await self.ws.send_str(data)

    async def show(self, data: bytes) -> None:
        await self.ws.send_bytes(data)

    async def next(self):
        """Return what comes next, pings left out: a frame, or a header with its payload."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    return binary.decode(message.data), message.data[frames.HEADER :]
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise ConnectionError(f"closed with {self.ws.close_code}")
                frame = parse(message.data)
                if not isinstance(frame, frames.Ping):
                    return frame
                await self.say(frames.Pong())

    async def hear(self, *types):
        """Return the next text frame of a type, and keep none of the others."""
        while True:
            got = await self.next()
            if isinstance(got, types):
                return got

    async def see(self) -> tuple[binary.Header, bytes]:
        """Return the next binary frame, and keep nothing before it."""
        while True:
            got = await self.next()
            if isinstance(got, tuple):
                return got

    async def closed(self) -> tuple[int | None, str | None]:
        """Read to the end; return the close code and the word of the bye."""
        reason = None
        with contextlib.suppress(ConnectionError):
            while True:
                reason = (await self.hear(frames.Bye)).reason
        return self.ws.close_code, reason


class Node:
    """A gateway behind a real HTTP server, and ways to connect.

    Its clock stands still but for `offset`, however long a busy machine takes.
    """

    def __init__(self, backend, bus, name="n1") -> None:
        self.backend = backend
        self.offset = 0.0
        self.gateway = CobrowseGateway(
            backend, bus, node=name, origins=frozenset({"https://ours.example"})
        )
        start, wall = self.gateway.now(), self.gateway.wall()
        self.gateway.now = lambda: start + self.offset
        self.gateway.wall = lambda: wall + self.offset
        app = web.Application()
        app.router.add_get("/ws/cobrowse", self.gateway.handler)
        self.server = TestServer(app)
        self.http = None

    async def __aenter__(self):
        await self.server.start_server()
        self.gateway.start()
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error):
        await self.http.close()
        await self.gateway.aclose()
        await self.server.close()

    @contextlib.asynccontextmanager
    async def socket(self, **more):
        """Connect, and say nothing yet."""
        url = self.server.make_url("/ws/cobrowse")
        async with self.http.ws_connect(url, max_msg_size=0, **more) as ws:
            yield Peer(ws)

    async def until(self, condition) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 — it is not an event that we can set
                await asyncio.sleep(0.01)

    @contextlib.asynccontextmanager
    async def sharer(self, token="visitor:v", resume=None, page=PAGE):
        """Connect the shopper's browser."""
        async with self.socket() as peer:
            hello = frames.Hello(
                v=1, token=token, cobrowse="cb", role="share", resume=resume, page=page
            )
            await peer.say(hello)
            peer.welcome = await peer.hear(frames.Welcome)
            yield peer

    @contextlib.asynccontextmanager
    async def viewer(self, person="a", audience="staff"):
        """Connect somebody who looks."""
        async with self.socket() as peer:
            token = f"{audience}:{person}"
            await peer.say(frames.Hello(v=1, token=token, cobrowse="cb", role="view"))
            peer.welcome = await peer.hear(frames.Welcome)
            yield peer
