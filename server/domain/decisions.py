"""Decides what a command does to a conversation: events, or a refusal.

`decide` is the only place where it is ruled who may do what and when. What waits and who serves
is ruled in `server/domain/queueing.py`; transfers, observers, calls, experts, co-browsing and
proofs of identity have modules of their own beside it. It changes nothing. A command that asks
for what is already so gives no events: it is done.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from server.domain import (
    calls,
    cobrowse,
    experts,
    guests,
    handover,
    identity,
    observing,
    queueing,
    recording,
)
from server.domain.commands import (
    SYSTEM,
    Actor,
    AnswerByItself,
    AnyCommand,
    ConnectGuest,
    CreateInvite,
    EndGuest,
    EndInvite,
    EraseIdentity,
    EraseRecordings,
    ExpireCall,
    ExpireCobrowse,
    ExpireIdentity,
    ExpireTransfer,
    Facts,
    FailIdentity,
    FailRecording,
    FinishIdentity,
    IdentifyVisitor,
    JoinExpert,
    LoseObserver,
    LoseParticipant,
    OpenIdentity,
)
from server.domain.contacts import described
from server.domain.drafting import Draft, Drafting
from server.domain.gates import counting, require
from server.domain.rights import serving, staff
from server.domain.text import (
    clean_line,
    clean_message,
    clean_page,
    known_lang,
)
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    Assigned,
    Closed,
    ContactChanged,
    ConversationState,
    File,
    Message,
    Note,
    Opened,
    Page,
    PageViewed,
    Person,
    Read,
    Reason,
    Reopened,
    Visitor,
)

__all__ = ["decide", "decide_start"]

_MAX_REASON: Final = 80


def decide_start(
    command: messages.Start, actor: Actor, visitor: Visitor, facts: Facts
) -> list[Draft]:
    """Decide the first events of a new conversation of `visitor`.

    Raises:
        Refusal: the text or a file is not good, or the actor is no visitor.
    """
    if actor.audience != "visitor":
        raise Refusal("forbidden", "Only a visitor starts a conversation.")
    visitor = described(visitor, command.name, command.email)
    person = Person(id=actor.person.id, role="visitor", name=visitor.name)
    line = _line(command.id, command.text, command.files, facts)
    if command.offline and not visitor.email:
        raise Refusal("bad_text", "Leave an e-mail address, so that somebody can answer.")
    opened = Opened(visitor=visitor, lang=known_lang(command.lang), offline=command.offline)
    drafting = Drafting.opening(opened, person, facts.now)
    if not command.offline:
        queueing.enter(drafting, facts, "opened")
    drafting.add(line, person)
    queueing.clock(drafting, facts)
    page = None if command.page is None else clean_page(command.page)
    if page is not None:
        drafting.add(PageViewed(page=page), person)
    if command.offline:
        auto = Message(id=facts.new_id, auto="offline_received")
        drafting.add(auto, SYSTEM)
    return drafting.drafts


def decide(
    state: ConversationState, command: AnyCommand, actor: Actor, facts: Facts
) -> list[Draft]:
    """Decide what `command` by `actor` makes of `state`.

    Raises:
        Refusal: it may not be done now, or not by this actor; nothing happens.
    """
    drafting = Drafting(state, facts.now)
    match command:
        case messages.Start():
            _say(drafting, command.id, command.text, command.files, actor, facts)
            if command.page is not None:
                _view(drafting, command.page, actor)
        case messages.Send(confidential=True):
            _confide(drafting, command, actor, facts)
        case messages.Send(consult=True):
            experts.consult(drafting, _line(
                command.id, command.text, command.files, facts, consult=True
            ), actor)  # fmt: skip
        case messages.Send():
            _say(drafting, command.id, command.text, command.files, actor, facts)
        case messages.AddNote():
            _note(drafting, command, actor)
        case messages.MarkRead():
            _read(drafting, command, actor, facts)
        case messages.ViewPage():
            _view(drafting, command.page, actor)
        case messages.SetContact():
            _set_contact(drafting, command, actor)
        case messages.Close():
            _close(drafting, command, actor, facts)
        case messages.Reopen():
            _reopen(drafting, actor, facts)
        case AnswerByItself():
            if facts.auto_due is not None and facts.auto_due <= facts.now:
                drafting.add(Message(id=facts.new_id, auto="finding_someone"), SYSTEM)
        case CreateInvite() | EndInvite() | JoinExpert():
            experts.decide_invite(drafting, command, actor)
        case messages.AdmitExpert() | messages.RemoveExpert():
            experts.decide_seat(drafting, command, actor, facts)
        case ExpireCall() | LoseParticipant():
            calls.decide_loss(drafting, command, facts)
        case ConnectGuest() | EndGuest():
            guests.decide_guest(drafting, command, actor)
        case ExpireCobrowse():
            cobrowse.decide_expiry(drafting, facts)
        case (
            messages.AskCobrowse()
            | messages.StartCobrowse()
            | messages.DeclineCobrowse()
            | messages.EndCobrowse()
            | messages.PauseCobrowse()
            | messages.ResumeCobrowse()
            | messages.AskControl()
            | messages.DeclineControl()
            | messages.GrantControl()
            | messages.ReleaseControl()
        ):
            cobrowse.decide_cobrowse(drafting, command, actor, facts)
        case (
            messages.AskIdentity()
            | messages.EndIdentity()
            | messages.ConfirmIdentity()
            | OpenIdentity()
            | FailIdentity()
            | FinishIdentity()
            | ExpireIdentity()
            | EraseIdentity()
            | IdentifyVisitor()
        ):
            identity.decide_identity(drafting, command, actor, facts)
        case (
            messages.AskRecording()
            | messages.ConsentRecording()
            | messages.DeclineRecording()
            | messages.PauseRecording()
            | messages.ResumeRecording()
            | messages.EndRecording()
            | EraseRecordings()
            | FailRecording()
        ):
            recording.decide_recording(drafting, command, actor, facts)
        case (
            messages.StartCall()
            | messages.OpenCall()
            | messages.JoinCall()
            | messages.DeclineCall()
            | messages.AskMedia()
            | messages.SetMedia()
            | messages.LeaveCall()
            | messages.EndCall()
        ):
            calls.decide_call(drafting, command, actor, facts)
        case (
            messages.AskConsult()
            | messages.AcceptConsult()
            | messages.EndConsult()
            | messages.Observe()
            | messages.StopObserving()
            | LoseObserver()
        ):
            observing.decide_observer(drafting, command, actor, facts)
        case (
            messages.RequestTransfer()
            | messages.AcceptTransfer()
            | messages.EndTransfer()
            | ExpireTransfer()
        ):
            handover.decide_transfer(drafting, command, actor, facts)
        case messages.TellFigures():
            raise Refusal("bad_frame", "Figures are no part of the conversation.")
        case _:
            queueing.decide_queue(drafting, command, actor, facts)
    observing.follow(drafting)
    cobrowse.follow(drafting, state.assignee, actor.person)
    identity.cover(drafting, state)
    recording.follow(drafting, state)
    return drafting.drafts


# --- the chat ---------------------------------------------------------------------------------


def _line(
    command: str, text: str, files: list[str], facts: Facts, *, consult: bool = False
) -> Message:
    text = clean_message(text)
    if len(files) > messages.MAX_FILES or len(set(files)) != len(files):
        raise Refusal("bad_file", f"Send at most {messages.MAX_FILES} files, each once.")
    found: list[File] = []
    for file in files:
        if file not in facts.files:
            raise Refusal("bad_file", "Upload the file first; it may have been sent already.")
        found.append(facts.files[file])
    if not text and not found:
        raise Refusal("bad_text", "Write something, or add a file.")
    return Message(id=command, text=text, files=found, consult=consult)


def _say(
    drafting: Drafting, command: str, text: str, files: list[str], actor: Actor, facts: Facts
) -> None:
    state, person = drafting.state, actor.person
    line = _line(command, text, files, facts)
    match actor.audience:
        case "visitor":
            if state.state == "closed":
                drafting.add(Reopened(), person)
                if state.assignee is not None and facts.assignee_online:
                    why = facts.why or Reason(kind="last_agent")
                    drafting.add(Assigned(agent=state.assignee, why=why), SYSTEM)
                else:
                    queueing.enter(drafting, facts, "reopened")
            else:
                queueing.rejoin(drafting, facts)
            drafting.add(line, person)
            queueing.clock(drafting, facts)
            return
        case "staff":
            observing.may_write(state, actor)
        case "expert":
            experts.may_chat(state, actor)
    drafting.add(line, person)


def _confide(drafting: Drafting, command: messages.Send, actor: Actor, facts: Facts) -> None:
    """Say what is for the visitor alone, once they have proven who they are."""
    state = drafting.state
    serving(state, actor)
    if command.consult:
        raise Refusal("forbidden", "What is confidential is not for experts.")
    require(facts.gates, "confidential", counting("confidential", state), facts.now)
    line = _line(command.id, command.text, command.files, facts)
    drafting.add(replace(line, confidential=True), actor.person)


def _note(drafting: Drafting, command: messages.AddNote, actor: Actor) -> None:
    staff(actor)
    text = clean_message(command.text)
    if not text:
        raise Refusal("bad_text", "Write something in the note.")
    drafting.add(Note(text=text), actor.person)


def _read(drafting: Drafting, command: messages.MarkRead, actor: Actor, facts: Facts) -> None:
    state, side = drafting.state, actor.audience
    if side == "staff" and state.assignee not in (None, actor.person):
        return  # a colleague who looks in has not answered for the one who serves
    upto = min(command.upto, facts.seq)
    if upto > state.reads.get(side, 0):
        drafting.add(Read(side=side, upto=upto), actor.person)


def _view(drafting: Drafting, page: Page, actor: Actor) -> None:
    if actor.audience != "visitor":
        raise Refusal("forbidden", "Only the visitor's own browser tells the page.")
    known = clean_page(page)
    if known is not None and known != drafting.state.page:
        drafting.add(PageViewed(page=known), actor.person)


def _set_contact(drafting: Drafting, command: messages.SetContact, actor: Actor) -> None:
    if actor.audience != "visitor":
        raise Refusal("forbidden", "Only visitors tell who they are.")
    visitor = described(drafting.state.visitor, command.name, command.email)
    if visitor != drafting.state.visitor:
        drafting.add(ContactChanged(visitor=visitor), actor.person)


# --- the end, and going on ------------------------------------------------------------------------


def _close(drafting: Drafting, command: messages.Close, actor: Actor, facts: Facts) -> None:
    staff(actor)
    state = drafting.state
    if state.state == "closed":
        return
    # Anybody may close a message that was left; what waits may have been one's own a moment ago.
    if state.assignee is not None or (state.queue is not None and not state.left):
        serving(state, actor, supervisor=True)
    reason = clean_line(command.reason, _MAX_REASON, "the reason")
    if not reason:
        raise Refusal("bad_text", "Choose a reason for closing.")
    note = clean_message(command.note)
    calls.end(drafting, "closed", actor.person)
    cobrowse.end(drafting, "closed", actor.person, facts)
    identity.end(drafting, "closed", actor.person)
    experts.end_all(drafting, actor.person)
    observing.end_all(drafting, actor.person)
    drafting.add(Closed(reason=reason, note=note), actor.person)


def _reopen(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    staff(actor)
    if drafting.state.state != "closed":
        return
    drafting.add(Reopened(), actor.person)
    drafting.add(Assigned(agent=actor.person, why=facts.why), actor.person)
