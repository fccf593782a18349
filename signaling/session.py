"""The state machine of one connection. Pure: bytes, results and the time go in, actions come out.

```
            hello                accepted
  HELLO ─────────► AUTHENTICATING ─────────► OPEN ─────────────────────┐
    │ 5 s without one,   │ refused             │ token expired (4001), too slow (4008),
    │ not a hello (1008) │ (4001, 4003, 1011)  │ flood (4009), silent (1001), ended
    │ version (4010)     │                     │ elsewhere (4004), draining (4012)
    └────────────────────┴─────────────────────┴──────────► CLOSED
```
`signaling/gateway.py` drives it: it performs the actions, brings results back, sends what
`outgoing` holds, and calls `tick` when `deadline` has come. Rules: docs/protocol.md.
Times are seconds of a monotonic clock, except where `wall` is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec

from signaling import errors, messages, rate
from signaling.actions import (
    Action,
    Authenticate,
    Ephemeral,
    Execute,
    Finish,
    Negotiate,
    Open,
    Read,
    ReadHeads,
    Relay,
    Release,
)
from signaling.backend import Command, Principal
from signaling.decoding import MAX_ID, Malformed, decode
from signaling.messages import (
    INBOX,
    PROTOCOL_VERSION,
    Ack,
    Answer,
    Event,
    InboxChanges,
    InboxSnapshot,
    Nack,
    NackCode,
    ServerFrame,
    Snapshot,
)
from signaling.outgoing import OutgoingQueue, Weight
from signaling.queue import Desk, QueuePlace
from signaling.standing import Told
from signaling.stream import LiveFrame, Position, Stream

__all__ = ["Phase", "Session"]

HELLO_TIMEOUT = 5.0  # seconds; an idle socket must not hold a session slot
HEARTBEAT_IDLE = 25.0  # seconds
HEARTBEAT_ACTIVE = 5.0  # seconds; a call must notice a lost network soon
MISSED = 2  # heartbeats without any sign of life end the connection
MAX_STREAMS = 32  # conversations open on one connection, besides the inbox

_encoder = msgspec.json.Encoder()


class Phase(Enum):
    """Where a connection is in its life."""

    HELLO = "hello"
    AUTHENTICATING = "authenticating"
    OPEN = "open"
    CLOSED = "closed"


class Session:
    """One connection, from its first frame to its close code."""

    __slots__ = (
        "_active",
        "_commands",
        "_ephemerals",
        "_expires",
        "_hello",
        "_hello_by",
        "_next_beat",
        "_streams",
        "_told",
        "_unanswered",
        "_wall",
        "id",
        "outgoing",
        "phase",
        "principal",
    )

    def __init__(self, id_: str, now: float, wall: float) -> None:
        self.id = id_
        self.phase = Phase.HELLO
        self.principal: Principal | None = None
        self.outgoing = OutgoingQueue()
        self._wall = wall - now  # added to `now` gives seconds since 1970
        self._hello_by = now + HELLO_TIMEOUT
        self._hello: messages.Hello | None = None
        self._expires = 0.0
        self._next_beat = 0.0
        self._unanswered = 0
        self._active = False
        self._streams: dict[str, Stream] = {}
        self._told: Told | None = None  # most visitors never wait
        self._commands = rate.TokenBucket(rate.VISITOR, now)
        self._ephemerals = rate.TokenBucket(rate.EPHEMERAL, now)

    @property
    def active(self) -> bool:
        """Whether the peer is in a call."""
        return self._active

    @property
    def deadline(self) -> float:
        """When `tick` is due."""
        if self.phase is Phase.OPEN:
            return min(self._expires, self._next_beat)
        return float("inf") if self.phase is Phase.CLOSED else self._hello_by

    @property
    def allowance(self) -> rate.TokenBucket:
        """What counts the peer's commands."""
        return self._commands

    def has_open(self, stream: str) -> bool:
        """Tell whether the peer has been let into `stream`."""
        found = self._streams.get(stream)
        return found is not None and found.position is not Position.OPENING

    @property
    def stands(self) -> bool:
        """Whether the peer may have a desk, or a place in the queue."""
        match self.principal:
            case Principal(audience="staff"):
                return self.phase is Phase.OPEN
            case Principal(audience="visitor"):
                return any(name != INBOX and self.has_open(name) for name in self._streams)
            case _:
                return False

    @property
    def waits(self) -> bool:
        """Whether the peer was told how it stands, and others may change that."""
        return self._told is not None and self._told.waits

    # --- from the peer ----------------------------------------------------------------------

    def received(self, data: str | bytes, now: float) -> list[Action]:
        """Take one message of the WebSocket; bytes stand for a binary one."""
        if self.phase is Phase.CLOSED:
            return []
        self._unanswered = 0
        frame = decode(data)
        if isinstance(frame, Malformed):
            return self._malformed(frame.id, frame.code, frame.message, now)
        if self.phase is not Phase.OPEN:
            return self._first(frame)
        match frame:
            case messages.Hello():
                return self._malformed("", "bad_frame", "A hello comes once.", now)
            case messages.Beat():
                return self._beat(frame, now)
            case (
                messages.Typing()
                | messages.Viewing()
                | messages.AnswerTaken()
                | messages.DirectSignal()
                | messages.DirectReport()
            ):
                return self._ephemeral(frame, now)
            case _:
                return self._command(frame, now)

    def _first(self, frame: messages.ClientFrame) -> list[Action]:
        if not isinstance(frame, messages.Hello) or self.phase is not Phase.HELLO:
            return self.failed(errors.ProtocolViolation("The first frame is one hello."))
        # One version on either side during an update: changes are additive.
        if not max(1, PROTOCOL_VERSION - 1) <= frame.v <= PROTOCOL_VERSION + 1:
            return self.failed(errors.UnsupportedVersion("Reload the page."))
        self.phase = Phase.AUTHENTICATING
        self._hello = frame
        return [Authenticate(frame.token)]

    def _beat(self, frame: messages.Beat, now: float) -> list[Action]:
        if self._ephemerals.take(now):
            return self._patience()
        self._active = frame.active
        self._next_beat = min(self._next_beat, now + self._every)
        return []

    def _ephemeral(self, frame: Ephemeral, now: float) -> list[Action]:
        if self._ephemerals.take(now):
            return self._patience()
        if frame.conv is not None and not self.has_open(frame.conv):
            return []  # nothing that is dropped silently may touch what the peer cannot see
        return [Relay(frame)]

    def _command(
        self,
        frame: Command | messages.Subscribe | messages.Unsubscribe | messages.Offer,
        now: float,
    ) -> list[Action]:
        if not 0 < len(frame.id) <= MAX_ID:
            return self._malformed("", "bad_frame", "An id has 1 to 40 characters.", now)
        # Leaving a stream was paid for by opening it, and refused it would stay open for good.
        leaves = isinstance(frame, messages.Unsubscribe) and frame.stream in self._streams
        if not leaves and (wait := self._commands.take(now)):
            return self._limited(frame.id, wait)
        match frame:
            case messages.Subscribe(stream=stream):
                if refusal := self._no_room(stream):
                    return self._push(self._nack(frame.id, refusal))
                self._streams[stream] = Stream(frame.cursor[1] if frame.cursor else 0)
                return [Open(stream, frame.cursor, frame.id)]
            case messages.Unsubscribe(stream=stream):
                known = self._streams.pop(stream, None)
                ack = self._push(Ack(id=frame.id))
                return [Release(stream), *ack] if known else ack
            case messages.Offer():
                return [Negotiate(frame)]
            case _:
                return [Execute(frame)]

    def _no_room(self, stream: str) -> errors.Refusal | None:
        if stream in self._streams:
            return errors.Refusal("bad_frame", "This stream is open already.")
        conversations = len(self._streams.keys() - {INBOX})
        if stream != INBOX and conversations >= MAX_STREAMS:
            return errors.Refusal("too_many_streams", "Unsubscribe from another one first.")
        return None

    def _malformed(self, id_: str, code: NackCode, message: str, now: float) -> list[Action]:
        if self.phase is not Phase.OPEN:
            return self.failed(errors.ProtocolViolation("The first frame is one hello."))
        if wait := self._commands.take(now):
            return self._limited(id_, wait)
        return self._push(Nack(id=id_, code=code, message=message))

    def _limited(self, id_: str, wait: float) -> list[Action]:
        wait = round(wait + 0.05, 1)  # rounded up: obeying it must succeed
        return self._patience() or self._push(
            Nack(
                id=id_,
                code="rate_limited",
                message="Wait before you send more.",
                temporary=True,
                retry_after=wait,
            )
        )

    def _patience(self) -> list[Action]:
        if self._commands.exhausted or self._ephemerals.exhausted:
            return self.failed(errors.Flooding("Too many frames."))
        return []

    # --- results ----------------------------------------------------------------------------

    def accepted(
        self, principal: Principal, now: float, allowances: rate.Allowances | None = None
    ) -> list[Action]:
        """Open the session for `principal`; `allowances`: what they share with other tabs."""
        if self.phase is not Phase.AUTHENTICATING or self._hello is None:
            return []
        expires = principal.expires_at - self._wall
        if expires <= now:
            return self.failed(errors.TokenExpired("Get a new token."))
        hello, self._hello = self._hello, None
        self.phase = Phase.OPEN
        self.principal = principal
        self._expires = expires
        self._active = hello.active
        self._next_beat = now + self._every
        if principal.audience == "staff":
            self._commands = rate.TokenBucket(rate.AGENT, now)
        elif allowances is not None:
            self._commands = allowances.of(principal.person.id, rate.VISITOR, now)
        actions = self._push(
            messages.Welcome(
                session=self.id,
                you=principal.person,
                heartbeat=self._every,
                now=self._wall_ms(now),
            )
        )
        for stream, cursor in hello.cursors.items():
            if refusal := self._no_room(stream):
                actions += self._push(messages.Gone(stream=stream, code=refusal.code))
                continue
            self._streams[stream] = Stream(cursor[1] if cursor else 0)
            actions.append(Open(stream, cursor, None))
        return actions

    def failed(self, error: errors.ConnectionRefused | errors.Refusal) -> list[Action]:
        """End the connection for `error`, whoever found it."""
        if self.phase is Phase.CLOSED:
            return []
        self.phase = Phase.CLOSED
        self._streams = {}
        if isinstance(error, errors.TooSlow):
            self.outgoing.clear()
        code = errors.close_code(error)
        reason = str(error)
        bye = messages.Bye(code=code, reason=reason, retry_after=error.retry_after)
        self.outgoing.put(_encoder.encode(bye), Weight.REPLY)
        return [Finish(code, reason)]

    def lost(self) -> None:
        """End because the socket is gone: nothing can be said any more."""
        self.phase = Phase.CLOSED
        self._streams = {}
        self.outgoing.clear()

    def answered(self, id_: str, result: Ack | Answer | errors.Refusal) -> list[Action]:
        """Answer the command `id_`."""
        return self._push(self._nack(id_, result) if isinstance(result, errors.Refusal) else result)

    def opened(
        self,
        stream: str,
        result: Snapshot | list[Event] | InboxSnapshot | InboxChanges,
        command: str | None,
    ) -> list[Action]:
        """Send what a stream starts with, then go live."""
        found = self._streams.get(stream)
        if found is None:
            return []  # unsubscribed meanwhile, or closed
        if isinstance(result, Snapshot | InboxSnapshot):
            found.cursor = result.seq
            actions = self._push(result, Weight.REPLY)
        else:
            actions = self._continue(found, result)
        if command is not None:
            actions += self._push(Ack(id=command, seq=found.cursor), Weight.REPLY)
        return actions + self._settle(stream, found)

    def caught_up(
        self, stream: str, result: Snapshot | list[Event] | InboxChanges | None
    ) -> list[Action]:
        """Send what had been missed, then go live."""
        found = self._streams.get(stream)
        if found is None:
            return []
        if isinstance(result, Snapshot):
            found.cursor = result.seq
            return self._push(result, Weight.REPLY) + self._settle(stream, found)
        return self._continue(found, result) + self._settle(stream, found)

    def refused(
        self, stream: str, refusal: errors.Refusal, command: str | None = None
    ) -> list[Action]:
        """Answer that a stream cannot be read; forget it, unless it may work later."""
        found = self._streams.get(stream)
        if found is None:
            return []
        if refusal.temporary and command is None:
            if found.position is Position.OPENING:
                return self.failed(refusal)  # the client comes again with the same cursors
            found.give_up()  # the next live frame, or head in a heartbeat, shows the gap again
            return []
        del self._streams[stream]
        told: ServerFrame = (
            messages.Gone(stream=stream, code=refusal.code)
            if command is None
            else self._nack(command, refusal)
        )
        return [Release(stream), *self._push(told)]

    def _continue(
        self, stream: Stream, result: Iterable[Event] | InboxChanges | None
    ) -> list[Action]:
        frames = (
            [] if result is None else [result] if isinstance(result, InboxChanges) else list(result)
        )
        actions: list[Action] = []
        for frame in frames:
            if frame.seq > stream.cursor:
                if frame.prev != stream.cursor:
                    frame = msgspec.structs.replace(frame, prev=stream.cursor)
                actions += self._push(frame, Weight.REPLY)
                stream.cursor = frame.seq
        return actions

    def _settle(self, name: str, stream: Stream) -> list[Action]:
        actions: list[Action] = []
        for data in stream.settle():
            actions += self._put(data)
        return actions + self._read_if_due(name, stream)

    # --- live -------------------------------------------------------------------------------

    def live(self, stream: str, frame: LiveFrame) -> list[Action]:
        """Take a frame that the bus brought for `stream`."""
        found = self._streams.get(stream)
        if found is None:
            return []
        was = found.position
        actions: list[Action] = []
        for data in found.offer(frame):
            actions += self._put(data)
        return actions if was is found.position else actions + self._read_if_due(stream, found)

    def head(self, stream: str, seq: int) -> list[Action]:
        """Learn that `stream` has come to `seq`, which may have to be read."""
        found = self._streams.get(stream)
        if found is None:
            return []
        was = found.position
        found.head(seq)
        return [] if was is found.position else self._read_if_due(stream, found)

    def pass_on(self, data: bytes, key: str | None = None) -> list[Action]:
        """Send an encoded frame; with a `key` it is ephemeral."""
        return self._put(data, Weight.LIVE if key is None else Weight.EPHEMERAL, key)

    def stand(self, found: Desk | QueuePlace | None) -> list[Action]:
        """Send how the peer stands now, unless it knows; None: it has no place."""
        if self.phase is not Phase.OPEN or (found is None and self._told is None):
            return []
        self._told = self._told or Told()
        news = self._told.news(found, self.outgoing.dropped)
        return [] if news is None else self.pass_on(_encoder.encode(news), "standing")

    def _read_if_due(self, name: str, stream: Stream) -> list[Action]:
        if stream.position is Position.READING and self.phase is Phase.OPEN:
            return [Read(name, stream.cursor)]
        return []

    # --- time -------------------------------------------------------------------------------

    def tick(self, now: float) -> list[Action]:
        """Do what is due at `now`."""
        if now < self.deadline:
            return []
        if self.phase is not Phase.OPEN:
            return self.failed(errors.ProtocolViolation("Say hello at once."))
        if now >= self._expires:
            return self.failed(errors.TokenExpired("Get a new token."))
        if self._unanswered >= MISSED:
            return self.failed(errors.Silent("Heartbeats went unanswered."))
        self._next_beat = now + self._every
        return [ReadHeads(tuple(self._streams))]

    def hurry(self, by: float) -> None:
        """Let the next heartbeat come at `by` at the latest: something may have been missed."""
        self._next_beat = min(self._next_beat, by)

    def heartbeat(self, heads: Mapping[str, int], now: float) -> list[Action]:
        """Send a heartbeat with `heads`, and read what they show to be missing."""
        if self.phase is not Phase.OPEN:
            return []
        self._unanswered += 1
        actions = self._push(
            messages.Heartbeat(heads=dict(heads), now=self._wall_ms(now), every=self._every),
        )
        for stream, seq in heads.items():
            actions += self.head(stream, seq)
        return actions

    @property
    def _every(self) -> float:
        return HEARTBEAT_ACTIVE if self._active else HEARTBEAT_IDLE

    def _wall_ms(self, now: float) -> int:
        return int((now + self._wall) * 1000)

    # --- out --------------------------------------------------------------------------------

    def _nack(self, id_: str, refusal: errors.Refusal) -> Nack:
        return Nack(
            id=id_,
            code=refusal.code,
            message=refusal.message,
            temporary=refusal.temporary,
            retry_after=refusal.retry_after,
        )

    def _push(self, frame: ServerFrame, weight: Weight = Weight.LIVE) -> list[Action]:
        return self._put(_encoder.encode(frame), weight)

    def _put(
        self, data: bytes, weight: Weight = Weight.LIVE, key: str | None = None
    ) -> list[Action]:
        if self.phase is not Phase.OPEN or self.outgoing.put(data, weight, key):
            return []
        return self.failed(errors.TooSlow("The connection does not keep up."))
