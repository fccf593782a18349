"""Keeps how calls went, and tells supervisors: what browsers and media nodes saw of them.

Browsers report on the wire (`call.figures`), as long as they are in the call and a moment
after, because the last report is sent when the call is over. Media nodes report by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from server.domain.figures import Verdict, Watched, judge, sum_legs, sum_watched
from server.services.clock import Clock
from server.services.departments import supervise
from server.services.reading import Reading
from server.store import call_figures
from server.store.database import Database
from signaling.backend import Principal
from signaling.doctor import Figures, TellFigures
from signaling.errors import Refusal
from signaling.messages import Ack
from signaling.values import Role

__all__ = ["CallFigures", "CallReport", "Meter", "Part"]

_AFTER: Final = 120_000  # ms after what somebody last told in a call that they may still report


class Meter(Protocol):
    """Counts for whoever watches the whole."""

    def connected(self, figures: Figures) -> None:
        """Count a connection, by the first report of its browser."""

    def scored(self, score: int) -> None:
        """Count a look of the media server at a connection: 1 (unusable) to 5 (good)."""


class _Unmetered:
    def connected(self, figures: Figures) -> None:
        """Take no notice."""

    def scored(self, score: int) -> None:
        """Take no notice."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a call was for one person. `told`: by their browser; `watched`: by the media server."""

    person: str
    role: Role
    verdict: Verdict
    told: Figures | None = None
    watched: Watched | None = None


class CallReport(msgspec.Struct, frozen=True):
    """How a call was."""

    call: str
    parts: list[Part]


class CallFigures:
    """The figures of calls, in SQL."""

    def __init__(
        self, db: Database, reading: Reading, clock: Clock, meter: Meter | None = None
    ) -> None:
        self._db = db
        self._reading = reading
        self._clock = clock
        self.meter: Meter = meter or _Unmetered()

    async def take(self, who: Principal, command: TellFigures) -> Ack:
        """Keep what a browser tells of its own part in a call.

        Raises:
            Refusal: `not_found`, or `not_in_call`: they are not, nor were a moment ago.
        """
        record = await self._reading.access(who, command.conv)
        call, person, now = record.state.call, who.person, self._clock()
        member = (
            call is not None
            and call.id == command.call
            and any(one.person.id == person.id for one in call.members)
        )
        async with self._db.write() as tx:
            if not member:
                last = await call_figures.known(tx, command.conv, command.call, person.id)
                if last is None or last < now - _AFTER:
                    raise Refusal("not_in_call", "Only who is in the call tells of it.")
                now = last  # or each report would give time for another
            kept = await call_figures.put(
                tx,
                site=who.site,
                conv=command.conv,
                call=command.call,
                person=person.id,
                role=person.role,
                leg=command.leg,
                figures=command.figures,
                now=now,
            )
        if kept == "refused":
            raise Refusal("forbidden", "This call has too many connections of yours already.")
        if kept == "first":
            self.meter.connected(command.figures)
        return Ack(id=command.id)

    async def watched(
        self,
        *,
        site: str,
        conv: str,
        call: str,
        node: str,
        seen: Mapping[str, tuple[Role, Watched]],
    ) -> None:
        """Keep what a media node saw of the members of a call, since its room was opened there."""
        now = self._clock()
        async with self._db.write() as tx:
            for person, (role, figures) in seen.items():
                await call_figures.put(
                    tx,
                    site=site,
                    conv=conv,
                    call=call,
                    person=person,
                    role=role,
                    leg=f"node-{node}",  # no browser can name its own so
                    figures=figures,
                    now=now,
                )

    async def report(self, who: Principal, conv: str, call: str) -> CallReport:
        """Return how a call was, for a supervisor.

        Raises:
            Refusal: `forbidden`, or `not_found`: no such conversation, or nothing is known of it.
        """
        supervise(who)
        await self._reading.access(who, conv)
        async with self._db.read() as tx:
            legs = await call_figures.of_call(tx, conv, call)
        if not legs:
            raise Refusal("not_found", "Nothing is known of that call.")
        people = {leg.person: leg.role for leg in legs}
        return CallReport(call, [_part(person, role, legs) for person, role in people.items()])


def _part(person: str, role: Role, legs: Sequence[call_figures.Leg]) -> Part:
    theirs = [leg.figures for leg in legs if leg.person == person]
    told = sum_legs([one for one in theirs if isinstance(one, Figures)])
    watched = sum_watched([one for one in theirs if isinstance(one, Watched)])
    return Part(person, role, judge(told, watched), told, watched if watched.looks else None)
