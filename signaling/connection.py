"""One WebSocket, driven by its session: performs its actions and sends what it queued.

One task reads and does the peer's commands one after another, so they happen in the order
in which they were sent. What else is due (reading what was missed, negotiating a call,
flushing the queue) runs beside it in tasks of the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

import msgspec
import structlog
from aiohttp import ClientConnectionResetError, WSMsgType, web

from signaling import actions, errors, hints, messages
from signaling.actions import Action
from signaling.backend import Backend, Calls, Principal
from signaling.hub import Hub, Listener
from signaling.outgoing import MAX_QUEUED
from signaling.rate import Allowances
from signaling.session import Phase, Session

__all__ = ["Connection", "Surroundings"]

log = structlog.get_logger()

LINGER = 3.0  # seconds for a peer to read the reason before the socket is cut
PATIENCE = 20.0  # seconds for a peer to read the replies it asked for
TYPING_AUDIENCES: dict[hints.Audience, list[hints.Audience]] = {
    # An expert may be in consult, of which the visitor must not know, and the other way round.
    "visitor": ["staff"],
    "staff": ["visitor", "staff"],
    "expert": ["staff"],
}

Inline = actions.Authenticate | actions.Execute | actions.Open
_T = TypeVar("_T")


class Surroundings(Protocol):
    """What connections share: the gateway."""

    backend: Backend
    calls: Calls | None
    hub: Hub
    allowances: Allowances

    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in a task that ends with the gateway at the latest."""
        ...

    def arrived(self, connection: Connection) -> None:
        """Note that `connection` is somebody's now."""
        ...

    def ask_heads(self, connection: Connection, streams: tuple[str, ...]) -> None:
        """Read the heads of `streams` soon, for the session's heartbeat."""
        ...

    def look(self, listener: Listener) -> None:
        """Find out soon how its peer stands in the queue."""
        ...


class Connection:
    """A WebSocket and its session."""

    __slots__ = (
        "_cut",
        "_flusher",
        "_gateway",
        "_origin",
        "_streams",
        "_transport",
        "_ws",
        "finish",
        "session",
        "viewing",
    )

    def __init__(
        self,
        gateway: Surroundings,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport,
        session: Session,
        origin: str | None,
    ) -> None:
        self.session = session
        self.viewing: str | None = None  # the conversation that this staff member looks at
        self.finish: actions.Finish | None = None
        self._gateway = gateway
        self._ws = ws
        self._transport = transport
        self._cut: asyncio.TimerHandle | None = None
        self._origin = origin
        self._streams: list[str] = []  # joined at the hub
        self._flusher: asyncio.Task[None] | None = None

    @property
    def principal(self) -> Principal:
        """Whose connection it is; only after `accepted`."""
        principal = self.session.principal
        assert principal is not None  # noqa: S101 — the hub knows accepted ones only
        return principal

    # --- in ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until either side ends it."""
        async for message in self._ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break  # too large or not UTF-8: aiohttp has closed with 1009 or 1007
            await self._perform(self.session.received(message.data, self._gateway.now()))
            if self.session.outgoing.size > MAX_QUEUED:
                await self._let_read()

    def react(self, todo: list[Action]) -> None:
        """Perform what came of the bus or the clock, which is never work of the reader's."""
        waiting = self._sort(todo)
        assert not waiting  # noqa: S101 — only frames of the peer ask for these

    async def _perform(self, todo: list[Action]) -> None:
        waiting = self._sort(todo)
        while waiting:
            waiting = self._sort(await self._do(waiting[0])) + waiting[1:]
            # Large replies one by one, at the peer's pace.
            if self.session.outgoing.size > MAX_QUEUED:
                await self._let_read()

    def _sort(self, todo: list[Action]) -> list[Inline]:
        """Start what runs beside the reader; return what it has to do in order."""
        inline: list[Inline] = []
        for action in todo:
            match action:
                case actions.Authenticate() | actions.Execute() | actions.Open():
                    inline.append(action)
                case actions.Negotiate(offer=offer):
                    self._gateway.spawn(self._negotiate(offer))
                case actions.Read(stream=stream, after=after):
                    self._gateway.spawn(self._read(stream, after))
                case actions.ReadHeads(streams=streams):
                    self._gateway.ask_heads(self, streams)
                case actions.Relay(frame=frame):
                    self._relay(frame)
                case actions.Release(stream=stream):
                    self._leave(stream)
                case actions.Finish():
                    self.finish = action
                    self._leave_all()
                    # A peer that reads nothing does not get to keep the socket.
                    loop = asyncio.get_running_loop()
                    self._cut = loop.call_later(LINGER, self._transport.abort)
        if (len(self.session.outgoing) or self.finish) and self._flusher is None:
            self._flusher = self._gateway.spawn(self._flush())
        return inline

    async def _do(self, action: Inline) -> list[Action]:
        session, backend = self.session, self._gateway.backend
        match action:
            case actions.Authenticate(token=token):
                return await self._authenticate(token)
            case actions.Execute(command=command):
                result = await self._refusable(backend.execute(self.principal, command))
                return session.answered(command.id, result)
            case actions.Open(stream=stream, cursor=cursor, command=id_):
                if session.phase is not Phase.OPEN:
                    return []
                self._gateway.hub.open(self, stream)
                self._streams.append(stream)
                await self._gateway.hub.settled()
                opening = (
                    backend.open_inbox(self.principal, cursor)
                    if stream == messages.INBOX
                    else backend.open_conversation(self.principal, stream, cursor)
                )
                opened = await self._refusable(opening)
                if isinstance(opened, errors.Refusal):
                    return session.refused(stream, opened, id_)
                done = session.opened(stream, opened, id_)
                if stream != messages.INBOX and session.has_open(stream):
                    match self.principal.audience:
                        case "staff":
                            self._gateway.hub.ask_presence(self, stream)
                        case "visitor":
                            self._gateway.hub.visitor_came(stream)
                            self._gateway.look(self)
                return done

    async def _authenticate(self, token: str) -> list[Action]:
        session, hub = self.session, self._gateway.hub
        try:
            principal = await self._gateway.backend.authenticate(token, self._origin)
        except (errors.ConnectionRefused, errors.Refusal) as error:
            return session.failed(error)
        except Exception:
            log.exception("a token could not be examined")
            return session.failed(_unavailable())
        todo = session.accepted(principal, self._gateway.now(), self._gateway.allowances)
        if session.phase is not Phase.OPEN:
            return todo
        hub.join(self, hints.person_topic(principal.person.id))
        hub.join(self, hints.site_topic(principal.site))
        self._gateway.arrived(self)
        availability = await self._refusable(self._gateway.backend.availability(principal))
        if not isinstance(availability, errors.Refusal):
            todo += session.pass_on(msgspec.json.encode(availability), "availability")
        return todo

    async def _refusable(self, work: Awaitable[_T]) -> _T | errors.Refusal:
        try:
            return await work
        except errors.Refusal as refusal:
            return refusal
        except Exception:
            # The client sends the command again with the same id, which does it once.
            log.exception("a command failed", session=self.session.id)
            return _unavailable()

    # --- beside the reader ------------------------------------------------------------------

    async def _negotiate(self, offer: messages.Offer) -> None:
        calls = self._gateway.calls
        result: messages.Answer | errors.Refusal
        if calls is None:
            result = errors.Refusal("unavailable", "This server carries no calls.")
        else:
            result = await self._refusable(calls.offer(self.principal, offer))
        self.react(self.session.answered(offer.id, result))

    async def _read(self, stream: str, after: int) -> None:
        backend = self._gateway.backend
        result = await self._refusable(
            backend.read_inbox(self.principal, after)
            if stream == messages.INBOX
            else backend.read_conversation(self.principal, stream, after)
        )
        if isinstance(result, errors.Refusal):
            self.react(self.session.refused(stream, result))
        else:
            self.react(self.session.caught_up(stream, result))

    def _relay(self, frame: actions.Ephemeral) -> None:
        who, hub = self.principal, self._gateway.hub
        if isinstance(frame, messages.CallFrame):
            said = hints.CallSaid(person=who.person.id, frame=frame)
            hub.publish(hints.call_topic(frame.call), said)
        elif isinstance(frame, messages.Typing):
            told = messages.Typing(conv=frame.conv, on=frame.on, by=who.person)
            hint = hints.FrameHint(
                frame=hints.raw(told),
                key=f"typing.{frame.conv}.{who.person.id}",
                audiences=TYPING_AUDIENCES[who.audience],
                session=self.session.id,
            )
            hub.publish(hints.conversation_topic(frame.conv), hint)
        elif who.audience == "staff" and frame.conv != self.viewing:
            self._view(frame.conv)

    def _view(self, conv: str | None) -> None:
        changed = {self.viewing, conv} - {None}
        self.viewing = conv
        for one in changed:
            self._gateway.hub.viewers_changed(str(one))

    # --- out --------------------------------------------------------------------------------

    async def _flush(self) -> None:
        try:
            while (data := self.session.outgoing.take()) is not None:
                await self._ws.send_frame(data, WSMsgType.TEXT)
            if self.finish is not None:
                await self._ws.close(
                    code=self.finish.code, message=self.finish.reason.encode()[:120], drain=False
                )
        except (ClientConnectionResetError, ConnectionError):
            pass  # the reader sees the end of the socket too
        finally:
            self._flusher = None

    async def _let_read(self) -> None:
        flusher = self._flusher
        if flusher is not None:
            _, late = await asyncio.wait({flusher}, timeout=PATIENCE)
            if late:
                self.react(self.session.failed(errors.TooSlow("The replies were not read.")))

    # --- end --------------------------------------------------------------------------------

    def _leave(self, stream: str) -> None:
        if stream in self._streams:
            self._streams.remove(stream)
            if self.viewing == stream:
                self._view(None)
            self._gateway.hub.close(self, stream)

    def _leave_all(self) -> None:
        if self.session.principal is None:
            return
        for stream in list(self._streams):
            self._leave(stream)
        self._gateway.hub.leave(self, hints.person_topic(self.principal.person.id))
        self._gateway.hub.leave(self, hints.site_topic(self.principal.site))

    def ended(self) -> None:
        """Forget the socket: it is closed."""
        self.session.lost()
        self._leave_all()
        if self._cut is not None:
            self._cut.cancel()


def _unavailable() -> errors.Refusal:
    return errors.Refusal(
        "internal", "Something failed here; try again.", temporary=True, retry_after=1.0
    )
