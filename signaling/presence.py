"""Who is in a conversation right now, gathered from what nodes say. Pure; kept by the hub.

Ephemeral by nature: a node that is asked and stays silent until the next question is
forgotten, so that a dead one's people do not linger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from signaling.events import Person
from signaling.messages import Viewers, VisitorPresence

__all__ = ["Presence"]


class Presence:
    """The visitor's browsers, and the staff who look, on each node."""

    __slots__ = ("_answered", "_conv", "_online", "_viewers")

    def __init__(self, conv: str) -> None:
        self._conv = conv
        self._online: set[str] = set()  # nodes where a browser of the visitor is connected
        self._viewers: dict[str, list[Person]] = {}
        self._answered: set[str] = set()

    def visitor(self, node: str, online: bool) -> Iterator[tuple[str, bytes]]:
        """Take what `node` says of the visitor; yield the frames that this changes."""
        self._answered.add(node)
        was = bool(self._online)
        (self._online.add if online else self._online.discard)(node)
        if bool(self._online) is not was:
            yield self._visitor_frame()

    def viewers(self, node: str, people: Sequence[Person]) -> Iterator[tuple[str, bytes]]:
        """Take who looks on `node`; yield the frames that this changes."""
        self._answered.add(node)
        was = self._people()
        self._viewers[node] = list(people)
        if not people:
            del self._viewers[node]
        if self._people() != was:
            yield self._viewers_frame()

    def forget_silent(self) -> Iterator[tuple[str, bytes]]:
        """Forget the nodes that said nothing since the last time; yield what this changes."""
        was_online, was_people = bool(self._online), self._people()
        self._online &= self._answered
        self._viewers = {n: p for n, p in self._viewers.items() if n in self._answered}
        self._answered = set()
        if bool(self._online) is not was_online:
            yield self._visitor_frame()
        if self._people() != was_people:
            yield self._viewers_frame()

    def frames(self) -> Iterator[tuple[str, bytes]]:
        """Yield all that is known, for somebody who comes."""
        yield self._visitor_frame()
        yield self._viewers_frame()

    def _people(self) -> list[Person]:
        people = {one.id: one for some in self._viewers.values() for one in some}
        return [people[id_] for id_ in sorted(people)]

    def _visitor_frame(self) -> tuple[str, bytes]:
        frame = VisitorPresence(conv=self._conv, online=bool(self._online))
        return f"presence.{self._conv}", msgspec.json.encode(frame)

    def _viewers_frame(self) -> tuple[str, bytes]:
        frame = Viewers(conv=self._conv, people=self._people())
        return f"viewers.{self._conv}", msgspec.json.encode(frame)
