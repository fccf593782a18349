"""Random conversations, made by the real rules: what people and deadlines might do, in any order.

A step is a command by somebody; what is refused changes nothing. After each step the
history knows what a fresh look would give to each audience, for tests that fold events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

from hypothesis import strategies as st

from server.domain.audience import redact_event, redact_state, seat_of, visible
from server.domain.commands import (
    SYSTEM,
    Actor,
    AnswerByItself,
    AnyCommand,
    CobrowseFacts,
    CreateInvite,
    EndInvite,
    EndWait,
    ExpireCall,
    ExpireCobrowse,
    Facts,
    JoinExpert,
    LoseParticipant,
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
    MediaKind,
    Message,
    Page,
    Part,
    Person,
    TimelineEvent,
    Visitor,
)
from signaling.hints import Audience
from tests.server import queued, verified

VISITOR = Person(id="v1", role="visitor", name="")
AGENTS = (Person(id="a1", role="agent", name="One"), Person(id="a2", role="agent", name="Two"))
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
            colleague_online=True,
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


def _media() -> st.SearchStrategy[list[MediaKind]]:
    return st.lists(st.sampled_from(get_args(MediaKind)), max_size=3, unique=True)


def _caps() -> st.SearchStrategy[list[CobrowseOperation]]:
    return st.lists(st.sampled_from(get_args(CobrowseOperation)), max_size=3, unique=True)


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


_TEXT = st.sampled_from(["Hei", "Moi 4111 1111 1111 1111", "…"])


def _commands(kind: str, draw: st.DrawFn, history: History) -> AnyCommand:
    state = history.record.state
    call = state.call.id if state.call is not None else "none"
    shown = state.cobrowse.id if state.cobrowse is not None else "none"
    expert = draw(st.sampled_from(EXPERTS)).id
    key = f"k{history.numbers}"
    invites = [invite.id for invite in state.invites] or ["none"]
    match kind:
        case "send":
            return messages.Send(id=key, conv=CONV, text=draw(_TEXT), consult=draw(st.booleans()))
        case "confide":
            return messages.Send(id=key, conv=CONV, text=draw(_TEXT), confidential=True)
        case "note":
            return messages.AddNote(id=key, conv=CONV, text=draw(_TEXT))
        case "read":
            return messages.MarkRead(id=key, conv=CONV, upto=draw(st.integers(0, 60)))
        case "page":
            url = draw(st.sampled_from(["https://shop.example/a?b=1", "https://shop.example/b"]))
            return messages.ViewPage(id=key, conv=CONV, page=Page(url=url, title="T"))
        case "contact":
            return messages.SetContact(id=key, conv=CONV, name=draw(_TEXT), email="x@example.com")
        case "accept":
            return messages.Accept(id=key, conv=CONV)
        case "handback":
            return messages.HandBack(id=key, conv=CONV)
        case "transfer":
            to = draw(st.sampled_from(STAFF)).id
            return messages.RequestTransfer(id=key, conv=CONV, to=to, note="n")
        case "transfer_accept":
            return messages.AcceptTransfer(id=key, conv=CONV)
        case "transfer_end":
            return messages.EndTransfer(id=key, conv=CONV)
        case "close":
            return messages.Close(id=key, conv=CONV, reason="solved", note="n")
        case "reopen":
            return messages.Reopen(id=key, conv=CONV)
        case "admit":
            share = draw(st.none() | st.integers(0, 60))
            return messages.AdmitExpert(id=key, conv=CONV, expert=expert, from_seq=share)
        case "remove":
            return messages.RemoveExpert(id=key, conv=CONV, expert=expert)
        case "call":
            private = draw(st.booleans())
            return messages.StartCall(id=key, conv=CONV, media=draw(_media()), private=private)
        case "call_open":
            return messages.OpenCall(id=key, conv=CONV, call=call)
        case "call_join":
            return messages.JoinCall(id=key, conv=CONV, call=call, media=draw(_media()))
        case "call_decline":
            return messages.DeclineCall(id=key, conv=CONV, call=call)
        case "call_ask":
            return messages.AskMedia(id=key, conv=CONV, call=call, media="video")
        case "call_media":
            return messages.SetMedia(id=key, conv=CONV, call=call, media=draw(_media()))
        case "call_leave":
            return messages.LeaveCall(id=key, conv=CONV, call=call)
        case "call_end":
            return messages.EndCall(id=key, conv=CONV, call=call)
        case "invite":
            scope = draw(
                st.sampled_from([("chat", "hear", "see", "speak"), ("chat",), ("hear", "speak")])
            )
            return CreateInvite(f"i{history.numbers}", scope, 10**9)
        case "invite_end":
            return EndInvite(draw(st.sampled_from(invites)), expired=draw(st.booleans()))
        case "invite_use":
            return JoinExpert(draw(st.sampled_from(invites)))
        case "lose":
            people = [VISITOR, *STAFF, *EXPERTS]
            return LoseParticipant(call, draw(st.sampled_from(people)).id)
        case "expire":
            return ExpireCall()
        case "cobrowse_ask":
            return messages.AskCobrowse(id=key, conv=CONV)
        case "cobrowse_start":
            asked = None if shown == "none" or draw(st.booleans()) else shown
            return start_cobrowse(asked, key)
        case "cobrowse_decline":
            return messages.DeclineCobrowse(id=key, conv=CONV, cobrowse=shown)
        case "cobrowse_end":
            return messages.EndCobrowse(id=key, conv=CONV, cobrowse=shown)
        case "cobrowse_pause":
            why = draw(st.sampled_from(["page", "shopper", "identity"]))
            return messages.PauseCobrowse(id=key, conv=CONV, cobrowse=shown, reason=why)
        case "cobrowse_resume":
            return messages.ResumeCobrowse(id=key, conv=CONV, cobrowse=shown)
        case "control_ask":
            return messages.AskControl(id=key, conv=CONV, cobrowse=shown, caps=draw(_caps()))
        case "control_decline":
            return messages.DeclineControl(id=key, conv=CONV, cobrowse=shown)
        case "control_grant":
            return grant_control(shown, draw(_caps()), draw(st.sampled_from(["g1", "g2"])), key)
        case "control_release":
            grant = draw(st.sampled_from(["g1", "g2"]))
            expired = draw(st.booleans())
            return messages.ReleaseControl(
                id=key, conv=CONV, cobrowse=shown, grant=grant, expired=expired
            )
        case "cobrowse_expire":
            lost = draw(st.sampled_from(["nobody", "nobody", "sharer", "controller"]))
            history.sharer_due = history.now if lost == "sharer" else None
            history.controller_due = history.now if lost == "controller" else None
            return ExpireCobrowse()
        case "auto":
            return AnswerByItself()
        case _ if kind in verified.KINDS:
            return verified.identity_command(kind, key, draw, CONV, state)
        case _:
            return queued.queue_command(kind, key, draw, CONV, state, history.now)


_BY_SYSTEM = {
    "lose", "expire", "auto", "cobrowse_expire", *verified.BY_SYSTEM, *queued.BY_SYSTEM,
}  # fmt: skip
_BY_SHOPPER = {
    "cobrowse_start", "cobrowse_decline", "cobrowse_pause", "cobrowse_resume", "control_grant",
    *verified.BY_SHOPPER, *queued.BY_VISITOR,
}  # fmt: skip
_BY_SUPERVISOR = verified.BY_STAFF | queued.BY_SUPERVISOR
KINDS = (
    "send", "send", "confide", "note", "read", "page", "contact", "accept", "accept", "handback",
    "transfer", "transfer_accept", "transfer_end", "close", "reopen", "admit", "admit", "remove",
    "call", "call", "call_open", "call_join", "call_join", "call_join", "call_decline", "call_ask",
    "call_media", "call_leave", "call_end", "invite", "invite", "invite_end", "invite_use",
    "invite_use", "lose", "expire", "auto", "cobrowse_ask", "cobrowse_start", "cobrowse_start",
    "cobrowse_decline", "cobrowse_end", "cobrowse_pause", "cobrowse_resume", "control_ask",
    "control_ask", "control_decline", "control_grant", "control_grant", "control_release",
    "cobrowse_expire", "cobrowse_decline", "control_decline", *verified.KINDS,
    *queued.KINDS,
)  # fmt: skip


def _actor(kind: str, draw: st.DrawFn) -> Actor:
    if kind in _BY_SYSTEM:
        return Actor(SYSTEM, "staff")
    if kind == "invite_use":
        return Actor(draw(st.sampled_from(EXPERTS)), "expert")
    if kind in _BY_SHOPPER and draw(st.booleans()):
        return Actor(VISITOR, "visitor")
    if kind in _BY_SUPERVISOR and draw(st.booleans()):
        return Actor(SUPERVISOR, "staff")
    if kind in queued.BY_STAFF and draw(st.booleans()):
        return Actor(AGENTS[1], "staff")
    # One agent does most of the work: histories in which things happen.
    person = draw(st.sampled_from([VISITOR, VISITOR, *[AGENTS[0]] * 4, *STAFF, *EXPERTS]))
    match person.role:
        case "visitor":
            return Actor(person, "visitor")
        case "expert":
            return Actor(person, "expert")
        case _:
            return Actor(person, "staff")


SCENES = (
    "new", "served", "offered", "transferred", "closed", "expert", "private", "opened", "public",
    "asked", "shown", "wanted", "controlled", "requested", "banking", "proven", "changed",
    "confided", "queued", "left", "callback", "watched", "barged", "wondering", "advised",
    "handed",
)  # fmt: skip


def set_the_scene(history: History, scene: str) -> None:
    """Bring a history to where chance alone seldom leads."""
    if scene in ("new", "queued", "left", "callback"):
        _wait(history, scene)
        return
    agent, visitor, expert = (
        Actor(AGENTS[0], "staff"),
        Actor(VISITOR, "visitor"),
        Actor(EXPERTS[0], "expert"),
    )
    history.do(messages.Accept(id="s1", conv=CONV), agent)
    if scene == "served":
        return
    if scene in ("offered", "transferred"):
        history.do(messages.RequestTransfer(id="s5", conv=CONV, to=AGENTS[1].id), agent)
        assert history.record.state.transfer is not None
        if scene == "offered":
            return
        history.do(messages.AcceptTransfer(id="s6", conv=CONV), Actor(AGENTS[1], "staff"))
        return
    if scene == "closed":
        history.do(messages.Close(id="s7", conv=CONV, reason="solved"), agent)
        return
    if scene in ("asked", "shown", "wanted", "controlled"):
        history.do(messages.AskCobrowse(id="s8", conv=CONV), agent)
        shown = history.record.state.cobrowse
        assert shown is not None
        if scene == "asked":
            return
        history.do(start_cobrowse(shown.id), visitor)
        if scene == "shown":
            return
        ask = messages.AskControl(id="s9", conv=CONV, cobrowse=shown.id, caps=["click", "fill"])
        history.do(ask, agent)
        if scene == "controlled":
            history.do(grant_control(shown.id, ["click", "fill"]), visitor)
        return
    if scene in ("requested", "banking", "proven", "changed"):
        _prove(history, scene)
        return
    if scene == "confided":
        history.do(CreateInvite("i0", ("chat",), 10**9), agent)
        history.do(JoinExpert("i0"), expert)
        admit = messages.AdmitExpert(id="s10", conv=CONV, expert=EXPERTS[0].id, from_seq=0)
        history.do(admit, agent)
        _prove(history, "proven")
        history.do(messages.Send(id="s11", conv=CONV, text="…", confidential=True), agent)
        assert history.events[-1][0].event == Message(id="s11", text="…", confidential=True)
        return
    if scene in ("watched", "barged", "wondering", "advised", "handed"):
        _look_in(history, scene)
        return
    history.do(CreateInvite("i0", ("chat", "hear", "see", "speak"), 10**9), agent)
    history.do(JoinExpert("i0"), expert)
    if scene == "expert":
        return
    private = scene in ("private", "opened")
    call = messages.StartCall(id="s2", conv=CONV, media=["audio", "video"], private=private)
    history.do(call, agent)
    on = history.record.state.call
    assert on is not None
    for who in [expert] if private else [visitor, expert]:
        join = messages.JoinCall(id="s3", conv=CONV, call=on.id, media=["audio"])
        history.do(join, who)
    if scene == "opened":
        history.do(messages.OpenCall(id="s4", conv=CONV, call=on.id), agent)


def _wait(history: History, scene: str) -> None:
    visitor = Actor(VISITOR, "visitor")
    if scene == "new":
        return
    history.departments = True
    if history.record.state.queue is None:
        history.do(messages.JoinQueue(id="s12", conv=CONV), visitor, after=1)
    if scene == "callback":
        at = history.now + 3_600_000
        history.do(
            messages.AskCallback(id="s13", conv=CONV, at=at - at % 2, phone=queued.PHONE), visitor
        )
        assert history.record.state.queue is not None
        assert history.record.state.queue.callback_at is not None
    if scene == "left":
        history.do(EndWait("left"), Actor(SYSTEM, "staff"))
        assert history.record.state.left == "left"


def _look_in(history: History, scene: str) -> None:
    """Let the supervisor, or a colleague who is asked, join a call of the visitor."""
    agent, visitor, boss = (
        Actor(AGENTS[0], "staff"),
        Actor(VISITOR, "visitor"),
        Actor(SUPERVISOR, "staff"),
    )
    colleague = Actor(AGENTS[1], "staff")
    history.do(messages.StartCall(id="s2", conv=CONV, media=["audio"]), agent)
    on = history.record.state.call
    assert on is not None
    history.do(messages.JoinCall(id="s3", conv=CONV, call=on.id, media=["audio"]), visitor)
    if scene in ("wondering", "advised", "handed"):
        history.do(messages.AskConsult(id="s14", conv=CONV, to=AGENTS[1].id, note="n"), agent)
        if scene == "wondering":
            return
        history.do(messages.AcceptConsult(id="s15", conv=CONV), colleague)
    else:
        part: Part = "barge" if scene == "barged" else "listen"
        history.do(messages.Observe(id="s16", conv=CONV, part=part), boss)
    watcher = colleague if scene in ("advised", "handed") else boss
    history.do(messages.JoinCall(id="s17", conv=CONV, call=on.id, media=["audio"]), watcher)
    assert history.record.state.call is not None
    assert len(history.record.state.call.members) == 3
    if scene == "handed":
        history.do(messages.RequestTransfer(id="s18", conv=CONV, to=AGENTS[1].id), agent)
        history.do(messages.AcceptTransfer(id="s19", conv=CONV), colleague)
        assert history.record.state.assignee == AGENTS[1]


def _prove(history: History, scene: str) -> None:
    agent, visitor = Actor(AGENTS[0], "staff"), Actor(VISITOR, "visitor")
    history.do(start_cobrowse(None), visitor)
    for changed in (False, True):
        history.do(verified.ask(CONV), agent)
        assert history.record.state.verification is not None
        if scene == "requested":
            return
        history.do(verified.opening(history.record.state), visitor)
        if scene == "banking":
            return
        history.do(verified.proof_of(history.record.state, changed=changed), visitor)
        assert history.record.state.identity is not None
        if scene == "proven":
            return


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history of up to forty steps."""
    history = History.started(offline=draw(st.booleans()), departments=draw(st.booleans()))
    set_the_scene(history, draw(st.sampled_from(SCENES)))
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=5, max_size=40)):
        actor = _actor(kind, draw)
        seated = seat_of(history.record.state, actor.person.id) is not None
        if kind == "invite_use" and seated:
            continue  # a seat is a new person's
        if actor.audience == "expert" and kind != "invite_use" and not seated:
            continue  # access is refused before the rules are asked
        after = draw(st.sampled_from([1, 500, 11_000, 31_000, 61_000]))
        history.do(_commands(kind, draw, history), actor, after=after)
    return history
