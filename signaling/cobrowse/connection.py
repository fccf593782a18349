"""One WebSocket of `/ws/cobrowse`: lets its peer in, hears it, and sends what waits for it.

```
            hello              let in
  HELLO ─────────► OPENING ─────────► OPEN ────────────────────────────┐
    │ 5 s without one    │ refused       │ token expired (4001), forbidden or over (4003),
    │ or not first: 1008 │ (4001, 4003,  │ superseded (4004), too slow (4008), flood (4009),
    │ version: 4010      │ 1011)         │ draining (4012), broken frames (1008), silent (1001)
    └────────────────────┴───────────────┴──────────────► CLOSED
```
One task reads; frames are looked into one after another, large ones in a thread meanwhile, so
they keep their order and the loop is not held. Another task sends. Fan-out only ever puts
frames into the queue.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, Final, Protocol

import msgspec
import structlog
from aiohttp import ClientConnectionResetError, WSMsgType, web

from signaling import errors
from signaling.backend import Bus, Principal
from signaling.cobrowse import binary, frames
from signaling.cobrowse.backend import CobrowseBackend, Opened
from signaling.cobrowse.check import examine
from signaling.cobrowse.decoding import allowed, decode
from signaling.cobrowse.relay import PING
from signaling.connection import LINGER
from signaling.events import Page, Person
from signaling.outgoing import OutgoingQueue, Weight
from signaling.rate import Limit, TokenBucket

__all__ = ["Connection", "Host", "Place"]

log = structlog.get_logger()

HELLO_TIMEOUT: Final = 5.0  # seconds; an idle socket must not hold a slot
MISSED: Final = 2  # pings without any sign of life end the connection
STALLED: Final = 30.0  # seconds in which a peer takes nothing of what waits in its socket
IN_THREAD: Final = 64 * 1024  # bytes; to look into less is quicker than to hand it over
MAX_WAITING: Final = 12 * 1024 * 1024  # bytes; a snapshot and what went before it are less
TEXTS: Final = Limit(per_minute=200 * 60, burst=400, strikes=1_000)
FAULTS: Final = Limit(per_minute=6, burst=10, strikes=0)

_encoder: Final = msgspec.json.Encoder()


class Phase(Enum):
    """Where a connection is in its life."""

    HELLO = "hello"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


class Place(Protocol):
    """The co-browsing on this node that a connection takes part in."""

    def said(self, connection: Connection, frame: frames.ClientFrame) -> None:
        """Take a text frame."""
        ...

    def wants(self, connection: Connection, header: binary.Header, size: int) -> bool:
        """Tell whether the payload of a binary frame is worth a look."""
        ...

    def recorded(
        self, connection: Connection, header: binary.Header, data: bytes, unpacked: int
    ) -> None:
        """Take a whole binary frame, whose payload is good."""
        ...

    def unsent(self, connection: Connection) -> None:
        """Take note of how much waits for the peer."""
        ...

    def leave(self, connection: Connection) -> None:
        """Forget the connection; nothing happens when it is forgotten."""
        ...


class Host(Protocol):
    """What connections and rooms share: the gateway."""

    backend: CobrowseBackend
    bus: Bus
    node: str  # its name on the bus
    relayed: int  # bytes of recordings to viewers
    dropped: Counter[str]  # binary frames that did not pass, by reason

    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in a task that ends with the gateway at the latest."""
        ...

    async def enter(self, connection: Connection, cobrowse: str, opened: Opened) -> Place:
        """Let a connection in that the application has let in."""
        ...

    def closed(self, cobrowse: str) -> None:
        """Forget a co-browsing in which nobody on this node takes part any more."""
        ...


class Connection:
    """A WebSocket, and who is behind it."""

    def __init__(
        self,
        id_: str,
        host: Host,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport,
        origin: str | None,
    ) -> None:
        now = host.now()
        self.id = id_
        self.phase = Phase.HELLO
        self._hello: frames.Hello | None = None
        self._principal: Principal | None = None
        self.code: int | None = None  # that we closed it with
        self.unsubscribe: Callable[[], None] = _nothing
        self._host = host
        self._ws = ws
        self._transport = transport
        self._origin = origin
        self._place: Place | None = None
        self._queue = OutgoingQueue()
        self._sending = 0  # bytes that the socket has not taken yet
        self._progress = 0, now  # bytes in the transport, and since when
        self._flusher: asyncio.Task[None] | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._reason = ""
        self._hello_by = now + HELLO_TIMEOUT
        self._expires = float("inf")
        self._next_ping = float("inf")
        self._unanswered = 0
        self._texts = TokenBucket(TEXTS, now)
        self._faults = TokenBucket(FAULTS, now)

    @property
    def open(self) -> bool:
        """Whether its peer has been let in and nothing has ended it."""
        return self.phase is Phase.OPEN

    @property
    def role(self) -> str | None:
        """Whether it shares or views; None before it has said."""
        return None if self._hello is None else self._hello.role

    @property
    def page(self) -> Page | None:
        """The sharer's page when they came."""
        return None if self._hello is None else self._hello.page

    @property
    def principal(self) -> Principal:
        """Whose connection it is; only once they are let in."""
        assert self._principal is not None  # noqa: S101 — rooms know no others
        return self._principal

    @property
    def person(self) -> Person:
        """The same, as others know them."""
        return self.principal.person

    @property
    def unsent(self) -> int:
        """How many bytes the peer has not taken."""
        return self._queue.size + self._sending

    # --- in ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until either side ends it."""
        async for message in self._ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break  # too large or not UTF-8: aiohttp has closed with 1009 or 1007
            if self.phase is Phase.CLOSED:
                continue  # until the peer has read why
            self._unanswered = 0
            try:
                if message.type is WSMsgType.TEXT:
                    await self._text(message.data)
                else:
                    await self._binary(message.data)
            except binary.Malformed as error:
                self._fault(error)

    async def _text(self, data: str) -> None:
        frame = decode(data)
        if self.phase is Phase.HELLO:
            if not isinstance(frame, frames.Hello):
                self.fail(errors.ProtocolViolation("The first frame is one hello."))
                return
            await self._open(frame)
            return
        if self._texts.take(self._host.now()):
            if self._texts.exhausted:
                self.fail(errors.Flooding("It went on."))
            return
        if frame is None or isinstance(frame, frames.Pong) or self._place is None:
            return
        if not allowed(frame, self.role or ""):
            raise binary.Malformed("This is not for this side to say.")
        self._place.said(self, frame)

    async def _binary(self, data: bytes) -> None:
        place = self._place
        if self.phase is not Phase.OPEN or place is None:
            self.fail(errors.ProtocolViolation("The first frame is one hello."))
            return
        if self.role != "share":
            raise binary.Malformed("Only a sharer sends binary frames.")
        header = binary.decode(data)
        if not place.wants(self, header, len(data)):
            return
        if len(data) > IN_THREAD:
            unpacked = await asyncio.to_thread(examine, header, data)
        else:
            unpacked = examine(header, data)
        if self.phase is Phase.OPEN:
            place.recorded(self, header, data, unpacked)

    def _fault(self, error: binary.Malformed) -> None:
        self._host.dropped["malformed"] += 1
        if self.phase is Phase.HELLO or self._faults.take(self._host.now()):
            self.fail(errors.ProtocolViolation(str(error)))

    async def _open(self, hello: frames.Hello) -> None:
        # One version on either side during an update: changes are additive.
        if not max(1, frames.VERSION - 1) <= hello.v <= frames.VERSION + 1:
            self.fail(errors.UnsupportedVersion("Reload the page."))
            return
        self.phase, self._hello = Phase.OPENING, hello
        backend = self._host.backend
        try:
            who = self._principal = await backend.authenticate(hello.token, self._origin)
            if hello.role == "share":
                opened = await backend.share(who, hello.cobrowse, hello.resume, hello.page)
            else:
                opened = await backend.view(who, hello.cobrowse)
            if self.phase is not Phase.OPENING:
                return
            now = self._host.now()
            self.phase = Phase.OPEN
            self._expires = now + who.expires_at - self._host.wall()
            self._next_ping = now + PING
            self._place = await self._host.enter(self, hello.cobrowse, opened)
            if not self.open:
                self.left()
        except (errors.ConnectionRefused, errors.Refusal) as error:
            self.fail(error)
        except Exception:
            log.exception("a co-browsing could not be entered")
            self.fail(_unavailable())

    # --- time -------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Do what is due."""
        size, since = self._transport.get_write_buffer_size(), self._progress[1]
        if size != self._progress[0]:
            self._progress = size, now
        elif size and now >= since + STALLED:
            self.fail(errors.TooSlow("It was not read."))
        match self.phase:
            case Phase.HELLO if now >= self._hello_by:
                self.fail(errors.ProtocolViolation("No hello came in time."))
            case Phase.OPEN if now >= self._expires:
                self.fail(errors.TokenExpired("Get a new token."))
            case Phase.OPEN if now >= self._next_ping:
                self._ping(now)
            case _:
                pass

    def _ping(self, now: float) -> None:
        self._next_ping = now + PING
        if self._unanswered >= MISSED:
            self.fail(errors.Silent("Nothing was heard."))
        elif not self.unsent:
            # One that would wait behind a snapshot proves nothing.
            self._unanswered += 1
            self.say(frames.Ping())

    # --- out --------------------------------------------------------------------------------

    def say(self, frame: frames.ServerFrame, key: str | None = None) -> None:
        """Send a text frame."""
        self.put(_encoder.encode(frame), Weight.LIVE if key is None else Weight.EPHEMERAL, key)

    def put(self, data: bytes, weight: Weight, key: str | None = None) -> None:
        """Queue an encoded frame. One that begins with a brace is text; a binary one cannot."""
        if self.phase is not Phase.OPEN:
            return
        if not self._queue.put(data, weight, key) or self._queue.size > MAX_WAITING:
            self.fail(errors.TooSlow("It was not read."))
        self._wake()

    def _wake(self) -> None:
        if self._flusher is None:
            self._flusher = self._host.spawn(self._flush())

    async def _flush(self) -> None:
        try:
            while (data := self._queue.take()) is not None:
                self._sending = len(data)
                kind = WSMsgType.TEXT if data[:1] == b"{" else WSMsgType.BINARY
                await self._ws.send_frame(data, kind)
                self._sending = 0
                if self._place is not None:
                    self._place.unsent(self)
            if self.code is not None:
                await self._ws.close(code=self.code, message=self._reason.encode(), drain=False)
        except (ClientConnectionResetError, ConnectionError):
            pass  # the reader sees the end of the socket too
        finally:
            self._flusher = None

    # --- end --------------------------------------------------------------------------------

    def fail(self, error: errors.ConnectionRefused | errors.Refusal, reason: str = "") -> None:
        """End the connection for `error`, whoever found it. `reason`: the word of its `bye`."""
        if self.phase is Phase.CLOSED:
            return
        self.phase = Phase.CLOSED
        self.code = errors.close_code(error)
        self._reason = reason or (error.code if isinstance(error, errors.Refusal) else str(error))
        # A peer that is too slow, or may see nothing any more, gets nothing but the reason.
        self._queue.clear()
        bye = frames.Bye(code=self.code, reason=self._reason, retry_after=error.retry_after)
        self._queue.put(_encoder.encode(bye), Weight.REPLY)
        self._wake()
        # A peer that reads nothing does not get to keep the socket.
        self._cut = asyncio.get_running_loop().call_later(LINGER, self._transport.abort)
        # Soon, as whoever found it may be in the midst of telling everybody something.
        asyncio.get_running_loop().call_soon(self.left)

    def left(self) -> None:
        """Leave the co-browsing."""
        self.unsubscribe()
        if self._place is not None:
            self._place.leave(self)

    def ended(self) -> None:
        """Forget the socket: it is closed."""
        self.phase = Phase.CLOSED
        self._queue.clear()
        self.left()
        if self._cut is not None:
            self._cut.cancel()


def _nothing() -> None:
    pass


def _unavailable() -> errors.Refusal:
    return errors.Refusal(
        "internal", "Something failed here; try again.", temporary=True, retry_after=1.0
    )
