"""A conversation at a shop's counter: who does what to it, and what each was told."""

from __future__ import annotations

from server.domain.audience import visible
from server.domain.commands import SYSTEM, Actor, AnyCommand
from signaling import messages
from signaling.events import CallState, EventBody, Person, QueueState
from signaling.hints import Audience
from tests.server.history import AGENTS, CONV, EXPERTS, SUPERVISOR, VISITOR, History
from tests.server.scenes import set_the_scene

AGENT = Actor(AGENTS[0], "staff")
COLLEAGUE = Actor(AGENTS[1], "staff")
BOSS = Actor(SUPERVISOR, "staff")
GUEST = Actor(VISITOR, "visitor")
EXPERT = Actor(EXPERTS[0], "expert")
CLOCK = Actor(SYSTEM, "staff")


class Counter(History):
    """A history with questions for tests."""

    @classmethod
    def at(cls, scene: str, *, departments: bool = True, offline: bool = False) -> Counter:
        counter = cls.started(departments=departments, offline=offline)
        assert isinstance(counter, Counter)
        set_the_scene(counter, scene)
        return counter

    @property
    def queue(self) -> QueueState:
        found = self.record.state.queue
        assert found is not None
        return found

    @property
    def call(self) -> CallState:
        found = self.record.state.call
        assert found is not None
        return found

    def does(self, command: AnyCommand, actor: Actor, *, after: int = 500) -> list[EventBody]:
        """Return what was decided, which may be nothing; a refusal is an error."""
        seq, refused = self.record.seq, self.refused
        self.do(command, actor, after=after)
        assert self.refused == refused, f"refused: {command}"
        return [event.event for event, _ in self.events if event.seq > seq]

    def refuses(self, command: AnyCommand, *actors: Actor) -> bool:
        """Tell whether none of them may, and nothing happens."""
        seq, refused = self.record.seq, self.refused
        for actor in actors:
            self.do(command, actor)
        return self.refused == refused + len(actors) and self.record.seq == seq

    def told(self, audience: Audience, since: int) -> list[tuple[EventBody, Person]]:
        """Return what an audience was told after `since`, and who did it."""
        return [
            (event.event, event.by)
            for event, mask in self.events
            if event.seq > since and visible(mask, event.seq, audience, None)
        ]

    def says(self, actor: Actor, *, consult: bool = False) -> list[EventBody]:
        line = messages.Send(id=f"l{self.numbers}", conv=CONV, text="Hei", consult=consult)
        return self.does(line, actor)
