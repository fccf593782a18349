"""A conversation as the real rules make it, step by step, and what each audience saw of it.

A step is a command by somebody; what is refused changes nothing. After each step the
history knows what a fresh look would give to each audience, for tests that fold events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from server.domain.audience import redact_event, redact_state, seat_of, visible
from server.domain.commands import (
    Actor,
    AnyCommand,
    CobrowseFacts,
    Facts,
)
from server.domain.decisions import decide, decide_start
from server.domain.drafting import Draft
from server.domain.record import Record, advance, begin
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    CobrowseOperation,
    ConversationState,
    ExpertAdmitted,
    ExpertLeft,
    Person,
    TimelineEvent,
    Visitor,
)
from signaling.hints import Audience
from tests.server import queued

VISITOR = Person(id="v1", role="visitor", name="")
AGENTS = (Person(id="a1", role="agent", name="One"), Person(id="a2", role="agent", name="Two"))
GUESTS = tuple(Person(id=f"g{n}", role="guest", name=f"Source {n}") for n in range(3))
SUPERVISOR = Person(id="s1", role="supervisor", name="Boss")
EXPERTS = (Person(id="e1", role="expert", name="Eka"), Person(id="e2", role="expert", name="Toka"))
STAFF = (*AGENTS, SUPERVISOR)
CONV = "c1"
MASKING = "0" * 64


@dataclass(frozen=True)
class Seen:
    """What a fresh look gave to somebody after the event `seq`."""

    audience: Audience
    person: str
    seq: int
    state: ConversationState


@dataclass
class History:
    """A conversation from its first word on."""

    record: Record
    events: list[tuple[TimelineEvent, int]]  # with masks
    now: int = 1_000
    looks: list[Seen] = field(default_factory=list)
    refused: int = 0
    numbers: int = 0
    sharer_due: int | None = None  # as the leases would say
    controller_due: int | None = None
    colleague_online: bool = True
    departments: bool = False  # the site has some: conversations wait in a queue

    @classmethod
    def started(cls, *, offline: bool = False, departments: bool = False) -> History:
        command = messages.Start(
            id="m0", text="Huhuu", lang="fi", offline=offline, email="v@example.com"
        )
        queue = queued.queue_facts(None, command, 1_000, "t0") if departments else None
        facts = Facts(now=1_000, new_id="auto", queue=queue)
        drafts = decide_start(command, Actor(VISITOR, "visitor"), Visitor(id="v1"), facts)
        first = TimelineEvent(seq=1, at=1_000, by=drafts[0].by, event=drafts[0].body)
        history = cls(begin(CONV, first), [(first, drafts[0].mask)], departments=departments)
        history._append(drafts[1:])
        return history

    def do(self, command: AnyCommand, actor: Actor, *, after: int = 500) -> None:
        """Let `actor` do `command` `after` milliseconds later; a refusal changes nothing."""
        self.now += after
        self.numbers += 1
        facts = Facts(
            now=self.now,
            seq=self.record.seq,
            new_id=f"n{self.numbers}",
            colleague=next(
                (a for a in STAFF if a.id == getattr(command, "to", None)),
                None,
            ),
            colleague_online=self.colleague_online,
            assignee_online=self.numbers % 2 == 0,
            auto_due=self.record.auto_due,
            call_due=self.record.call_due,
            cobrowse=CobrowseFacts(
                pages=3,
                due=self.record.cobrowse_due,
                control_due=self.record.control_due,
                sharer_due=self.sharer_due,
                controller_due=self.controller_due,
                masking=MASKING,
            ),
            queue=queued.queue_facts(self.record.state, command, self.now, f"t{self.numbers}")
            if self.departments
            else None,
            department=queued.DEPARTMENTS.get(getattr(command, "department", "")),
            why=queued.WHY if self.departments else None,
            recording=30,
        )
        try:
            drafts = decide(self.record.state, command, actor, facts)
        except Refusal:
            self.refused += 1
            return
        self._append(drafts)

    def _append(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            event = TimelineEvent(
                seq=self.record.seq + 1, at=self.now, by=draft.by, event=draft.body
            )
            self.record = advance(self.record, event, draft.mask)
            self.events.append((event, draft.mask))
        self._look()

    def _look(self) -> None:
        people: list[tuple[Audience, str]] = [("visitor", "v1"), ("staff", "a1")]
        people += [("expert", seat.person.id) for seat in self.record.state.experts]
        for audience, person in people:
            state = redact_state(self.record.state, audience)
            self.looks.append(Seen(audience, person, self.record.seq, state))

    def followed(self, look: Seen) -> Iterator[TimelineEvent]:
        """Yield what somebody gets after a look, until a new look would be given to them."""
        for event, mask in self.events[look.seq :]:
            seat = seat_of(self.record.state, look.person)
            if visible(mask, event.seq, look.audience, seat):
                yield redact_event(event, look.audience)

    def comparable(self, look: Seen) -> bool:
        """Tell whether the look can be followed to the end: an expert let in looks anew."""
        if look.audience != "expert":
            return True
        return not any(
            isinstance(event.event, ExpertAdmitted | ExpertLeft)
            and event.event.expert.id == look.person
            for event, _ in self.events[look.seq :]
        )


def start_cobrowse(cobrowse: str | None, key: str = "start") -> messages.StartCobrowse:
    """Return the shopper's consent to be seen."""
    return messages.StartCobrowse(
        id=key, conv=CONV, cobrowse=cobrowse, consent="view-1", lang="fi", masking=MASKING
    )


def grant_control(
    cobrowse: str, caps: list[CobrowseOperation], grant: str = "g1", key: str = "grant"
) -> messages.GrantControl:
    """Return the shopper's consent to be helped by hand."""
    return messages.GrantControl(
        id=key, conv=CONV, cobrowse=cobrowse, grant=grant, caps=caps, consent="control-1"
    )
