"""A page that is asked for, shown or controlled, and who does what to it."""

from __future__ import annotations

from server.domain.commands import SYSTEM, Actor, AnyCommand
from signaling import messages
from signaling.events import CobrowseGrant, CobrowseState, EventBody
from tests.server.history import AGENTS, CONV, EXPERTS, SUPERVISOR, VISITOR, History
from tests.server.scenes import set_the_scene

AGENT = Actor(AGENTS[0], "staff")
COLLEAGUE = Actor(AGENTS[1], "staff")
BOSS = Actor(SUPERVISOR, "staff")
SHOPPER = Actor(VISITOR, "visitor")
EXPERT = Actor(EXPERTS[0], "expert")
CLOCK = Actor(SYSTEM, "staff")


class Page(History):
    """A history in which a page is asked for or shown."""

    @classmethod
    def at(cls, scene: str) -> Page:
        page = cls.started()
        assert isinstance(page, Page)
        set_the_scene(page, scene)
        return page

    @property
    def on(self) -> CobrowseState:
        found = self.record.state.cobrowse
        assert found is not None
        return found

    @property
    def grant(self) -> CobrowseGrant:
        assert self.on.grant is not None
        return self.on.grant

    @property
    def last(self) -> EventBody:
        return self.events[-1][0].event

    def does(self, command: AnyCommand, actor: Actor, *, after: int = 500) -> bool:
        """Tell whether it was allowed."""
        refused = self.refused
        self.do(command, actor, after=after)
        return self.refused == refused

    def ends(self, actor: Actor) -> bool:
        return self.does(messages.EndCobrowse(id="e", conv=CONV, cobrowse=self.on.id), actor)

    def asks_control(self, actor: Actor, *caps: str) -> bool:
        wish = messages.AskControl(
            id="c",
            conv=CONV,
            cobrowse=self.on.id,
            caps=list(caps),  # type: ignore[arg-type]
        )
        return self.does(wish, actor)

    def releases(self, actor: Actor, grant: str = "g1", *, expired: bool = False) -> bool:
        command = messages.ReleaseControl(
            id="r", conv=CONV, cobrowse=self.on.id, grant=grant, expired=expired
        )
        return self.does(command, actor)

    def pauses(self, actor: Actor, reason: str = "shopper") -> bool:
        command = messages.PauseCobrowse(
            id="p",
            conv=CONV,
            cobrowse=self.on.id,
            reason=reason,  # type: ignore[arg-type]
        )
        return self.does(command, actor)
