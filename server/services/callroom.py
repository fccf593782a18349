"""What one call is to the node that has its room: members, and what they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from media import Publication
from server.domain.audience import VISITOR_UNKNOWN
from server.services.watching import Watch
from signaling.calls import NOTHING, SOUND, Plan, plan
from signaling.events import ConversationState
from signaling.messages import PublicationInfo

__all__ = ["RETELL", "CallRoom"]

RETELL: Final = 3.0  # seconds after which members who did not offer again are told again


class CallRoom:
    """One call on this node."""

    def __init__(self, call: str, conv: str, watch: Watch) -> None:
        self.call = call
        self.conv = conv
        self.watch = watch
        self.visitor = ""
        self.experts: frozenset[str] = frozenset()
        self.guests: frozenset[str] = frozenset()
        self.plans: dict[str, Plan] = {}
        self.lock = asyncio.Lock()
        self.stale = False  # a refresh is on its way
        self.closed = False
        self.checked_at = 0.0
        self.receiving: dict[str, frozenset[str]] = {}  # what each last offered to receive
        self.told: dict[str, tuple[frozenset[str], float]] = {}  # publications told, and when
        self.absent: dict[str, float] = {}  # members without media, since
        self.scores: dict[str, int] = {}
        self.scores_due = 0.0
        self.listening: list[Callable[[], None]] = []  # each ends one

    def follow(self, state: ConversationState) -> None:
        """Take who is in the call from its state, and forget what was kept of others."""
        self.plans = plan(state)
        self.visitor = state.visitor.id
        self.experts = frozenset(seat.person.id for seat in state.experts)
        people = [one.person for one in state.call.members] if state.call is not None else []
        self.guests = frozenset(person.id for person in people if person.role == "guest")
        for kept in (self.receiving, self.told, self.absent, self.scores):
            for person in kept.keys() - self.plans.keys():
                kept.pop(person)

    def deafen(self) -> None:
        """Listen to the bus no more."""
        while self.listening:
            self.listening.pop()()

    def known_as(self, person: str, to: str) -> str:
        """Return a participant's id as `to` knows it: an expert does not know the visitor's."""
        return VISITOR_UNKNOWN.id if to in self.experts and person == self.visitor else person

    def info(self, one: Publication, to: str) -> PublicationInfo:
        """Return a publication as `to` is told of it."""
        return PublicationInfo(
            id=one.id,
            participant=self.known_as(one.participant, to),
            source=one.source,  # type: ignore[arg-type]  # the media server's are these
        )

    def news(
        self, person: str, visible: Sequence[Publication], now: float
    ) -> list[PublicationInfo] | None:
        """Return what a member is to be told that they can have; None when they know it."""
        ids = frozenset(one.id for one in visible)
        if ids == self.receiving.get(person, frozenset()):
            self.told.pop(person, None)
            return None
        told, at = self.told.get(person, (None, 0.0))
        if told == ids and now < at + RETELL:
            return None
        self.told[person] = (ids, now)
        return [self.info(one, person) for one in visible]

    def as_perceived(self, values: Mapping[str, int], by: str) -> dict[str, int]:
        """Return the values of those whom `by` may hear, and of `by`, under the ids it knows."""
        received = self.plans.get(by, NOTHING).receive
        known = {by} | {one for one, sources in received.items() if sources & SOUND}
        return {self.known_as(one, by): value for one, value in values.items() if one in known}
