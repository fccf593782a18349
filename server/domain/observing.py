"""Decides who of the staff looks in on a conversation that a colleague serves.

    (none) ──observe──► listen ◄──► whisper ◄──► barge ──stop, closed, assigned──► (none)
    (none) ──consult asked──► asked ──accepted──► whisper (consult)
                                └──declined, cancelled──► (none)

Who listens or whispers is hidden from the visitor (`server/domain/membership.py`); what each
hears and who hears them is in `signaling/calls.py`. Staff knows of all of them.
"""

from __future__ import annotations

from typing import Final, assert_never

from server.domain import calls
from server.domain.commands import SYSTEM, Actor, Facts, LoseObserver
from server.domain.drafting import Drafting
from server.domain.rights import is_open, serves, serving, staff
from server.domain.text import clean_message
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    CallMedia,
    ConsultAsked,
    ConsultEnded,
    ConversationState,
    Observer,
    ObserverJoined,
    ObserverLeft,
    Person,
)

__all__ = [
    "MAX_OBSERVERS",
    "ObserverCommand",
    "decide_observer",
    "end_all",
    "follow",
    "may_write",
]

MAX_OBSERVERS: Final = 3  # at once: each gets every stream of a call

ObserverCommand = (
    messages.AskConsult
    | messages.AcceptConsult
    | messages.EndConsult
    | messages.Observe
    | messages.StopObserving
    | LoseObserver
)


def may_write(state: ConversationState, actor: Actor) -> None:
    """Refuse staff who may not write to the visitor: all but who serves, or has barged in."""
    staff(actor)
    is_open(state)
    observer = _observer(state, actor.person.id)
    if observer is None or observer.part != "barge":
        serving(state, actor)


def follow(drafting: Drafting) -> None:
    """End the looking in of somebody who serves the conversation now; they stay in its call."""
    assignee = drafting.state.assignee
    if assignee is not None and _observer(drafting.state, assignee.id) is not None:
        drafting.add(ObserverLeft(person=assignee, reason="assigned"), assignee)


def end_all(drafting: Drafting, by: Person) -> None:
    """End all looking in, because the conversation ends."""
    for one in drafting.state.observers:
        drafting.add(ObserverLeft(person=one.person, reason="closed"), by)


def decide_observer(
    drafting: Drafting, command: ObserverCommand, actor: Actor, facts: Facts
) -> None:
    """Decide who looks in, and how."""
    match command:
        case LoseObserver():
            observer = _observer(drafting.state, command.person)
            if observer is not None:
                calls.leave(drafting, observer.person, "lost")
                drafting.add(ObserverLeft(person=observer.person), SYSTEM)
            return
        case _:
            staff(actor)
    match command:
        case messages.AskConsult():
            _ask(drafting, command, actor, facts)
        case messages.AcceptConsult():
            _accept(drafting, actor)
        case messages.EndConsult():
            _end(drafting, actor)
        case messages.Observe():
            _observe(drafting, command, actor)
        case messages.StopObserving():
            _stop(drafting, command, actor)
        case _:  # pragma: no cover
            assert_never(command)


def _observer(state: ConversationState, person: str) -> Observer | None:
    return next((one for one in state.observers if one.person.id == person), None)


# --- advice ---------------------------------------------------------------------------------------


def _ask(drafting: Drafting, command: messages.AskConsult, actor: Actor, facts: Facts) -> None:
    state, to = drafting.state, facts.colleague
    serving(state, actor)
    if to is None:
        raise Refusal("not_found", "There is no such colleague.")
    if to.id == actor.person.id:
        raise Refusal("forbidden", "Choose a colleague.")
    if not facts.colleague_online:
        raise Refusal("agent_unavailable", "The colleague is not there now: choose another.")
    note = clean_message(command.note)
    observer = _observer(state, to.id)
    if observer is not None and observer.consult:
        return
    if state.consult is not None:
        if state.consult.to.id == to.id:
            return
        drafting.add(ConsultEnded(outcome="cancelled"), actor.person)
    drafting.add(ConsultAsked(to=to, note=note), actor.person)


def _accept(drafting: Drafting, actor: Actor) -> None:
    state = drafting.state
    if state.consult is None or state.consult.to.id != actor.person.id:
        raise Refusal("no_consult", "The wish for advice was taken back.")
    known = _observer(state, actor.person.id)
    observer = Observer(
        person=actor.person,
        part="whisper" if known is None else known.part,
        since=drafting.now if known is None else known.since,
        consult=True,
    )
    _seat(state, observer)
    drafting.add(ObserverJoined(observer=observer), actor.person)


def _end(drafting: Drafting, actor: Actor) -> None:
    state = drafting.state
    if state.consult is None:
        raise Refusal("no_consult", "Nobody asks for advice any more.")
    if state.consult.to.id == actor.person.id:
        drafting.add(ConsultEnded(outcome="declined"), actor.person)
    else:
        serving(state, actor, supervisor=True)
        drafting.add(ConsultEnded(outcome="cancelled"), actor.person)


# --- looking in -----------------------------------------------------------------------------------


def _seat(state: ConversationState, observer: Observer) -> None:
    others = [one for one in state.observers if one.person.id != observer.person.id]
    if len(others) >= MAX_OBSERVERS:
        raise Refusal("call_full", f"At most {MAX_OBSERVERS} colleagues look in at once.")


def _observe(drafting: Drafting, command: messages.Observe, actor: Actor) -> None:
    state, me = drafting.state, actor.person
    if not actor.supervisor:
        raise Refusal("forbidden", "Only a supervisor looks in unasked.")
    is_open(state)
    if serves(state, actor):
        raise Refusal("forbidden", "You serve it yourself.")
    known = _observer(state, me.id)
    if known is not None and known.part == command.part:
        return
    observer = Observer(
        person=me,
        part=command.part,
        since=drafting.now if known is None else known.since,
        consult=known is not None and known.consult,
    )
    _seat(state, observer)
    drafting.add(ObserverJoined(observer=observer), me)
    call = drafting.state.call
    sending = {m.person.id for m in call.members if m.media} if call is not None else set()
    if command.part == "listen" and call is not None and me.id in sending:
        drafting.add(CallMedia(call=call.id, media=[]), me)


def _stop(drafting: Drafting, command: messages.StopObserving, actor: Actor) -> None:
    state = drafting.state
    person = command.person or actor.person.id
    own = person == actor.person.id
    observer = _observer(state, person)
    if observer is None:
        raise Refusal("not_observing", "They do not look in any more.")
    if not own and not actor.supervisor and not (serves(state, actor) and observer.consult):
        raise Refusal("forbidden", "Only who asked for advice, or a supervisor, ends it.")
    calls.leave(drafting, observer.person, "left" if own else "removed")
    left = ObserverLeft(person=observer.person, reason="left" if own else "removed")
    drafting.add(left, actor.person)
