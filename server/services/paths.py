"""The direct paths of the calls whose rooms are on this node (`server/domain/paths.py`).

`server/services/rooms.py` tells it what becomes of a room; what browsers say comes on the
call's topic of the bus, from whichever node they are connected to, and goes on to the other
of the two alone. Descriptions and candidates hold addresses: none is logged or kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import structlog

from server.domain.paths import (
    Astray,
    Ended,
    MediaPolicy,
    Path,
    Stage,
    Told,
    Tried,
    Up,
    barred,
    pair_of,
)
from signaling import hints
from signaling.backend import Bus
from signaling.direct import DirectEnd, DirectReport, DirectSignal, DirectTry
from signaling.state import ConversationState

__all__ = ["Paths"]

log = structlog.get_logger(__name__)

#: Sends a frame to all connections of a person.
Send = Callable[[str, msgspec.Struct], None]


@dataclass(slots=True)
class _Call:
    conv: str
    path: Path = field(default_factory=Path)
    unsubscribe: Callable[[], None] = lambda: None


class Paths:
    """Lets the browsers of two go their own way, and calls them back."""

    def __init__(
        self,
        bus: Bus,
        send: Send,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._bus = bus
        self._send = send
        self._now = now
        self._wall = wall
        self._calls: dict[str, _Call] = {}

    def stages(self) -> Mapping[Stage, int]:
        """Return how many calls take which way now."""
        every = [one.path.stage for one in self._calls.values()]
        return {stage: every.count(stage) for stage in Stage}

    def open(self, call: str, conv: str) -> None:
        """Begin with a call whose room was opened here."""
        found = self._calls[call] = _Call(conv)
        found.unsubscribe = self._bus.subscribe(
            hints.call_topic(call), lambda data: self._heard(call, data)
        )

    def close(self, call: str) -> None:
        """Forget a call: it is over, or its room is elsewhere."""
        found = self._calls.pop(call, None)
        if found is not None:
            found.unsubscribe()
            for one in found.path.close(self._now()):
                self._note(call, one)

    def decide(self, call: str, policy: MediaPolicy, state: ConversationState) -> None:
        """Hold a call against its state in SQL and the policy of its site."""
        found = self._calls.get(call)
        if found is None or state.call is None:
            return
        why = barred(policy, state)
        pair = pair_of(state) if why is None else None
        members = [member.person.id for member in state.call.members]
        self._do(call, found, found.path.decide(pair, why or "number", members, self._now()))

    def connected(self, call: str, person: str) -> None:
        """Learn that a member's connection with the media server is up, again after a rebuild."""
        if (found := self._calls.get(call)) is not None:
            self._do(call, found, found.path.connected(person, self._now()))

    def tick(self) -> None:
        """Do what is due."""
        now, wall = self._now(), int(self._wall() * 1000)
        for call, found in list(self._calls.items()):
            self._do(call, found, found.path.tick(now, wall))

    def _heard(self, call: str, data: bytes) -> None:
        found = self._calls.get(call)
        try:
            hint = hints.decode(data)
        except msgspec.DecodeError:
            return  # another release may run beside this one
        if found is None or not isinstance(hint, hints.CallSaid) or hint.frame.conv != found.conv:
            return
        match hint.frame:
            case DirectSignal():
                if (to := found.path.passes_to(hint.person, hint.frame)) is not None:
                    self._send(to, hint.frame)
            case DirectReport():
                self._do(call, found, found.path.report(hint.person, hint.frame, self._now()))

    def _do(self, call: str, found: _Call, told: list[Told]) -> None:
        for one in told:
            self._note(call, one)
            match one:
                case Tried(attempt=attempt, pair=pair):
                    for person, offers in ((pair.answers, False), (pair.offers, True)):
                        frame = DirectTry(
                            conv=found.conv, call=call, attempt=attempt, offers=offers
                        )
                        self._send(person, frame)
                case Ended(attempt=attempt, pair=pair):
                    for person in (pair.offers, pair.answers):
                        self._send(person, DirectEnd(conv=found.conv, call=call, attempt=attempt))
                case Astray(attempt=attempt, person=person):
                    self._send(person, DirectEnd(conv=found.conv, call=call, attempt=attempt))
                case Up():
                    pass  # they know

    def _note(self, call: str, one: Told) -> None:
        match one:
            case Tried():
                log.info("direct path tried", call=call)
            case Up(seconds=seconds):
                log.info("media go directly", call=call, after=round(seconds, 1))
            case Ended(reason=reason, seconds=seconds):
                log.info("media pass the server", call=call, why=reason, direct=round(seconds, 1))
            case Astray():
                log.debug("called back again", call=call)
