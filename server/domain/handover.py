"""Decides who gets a conversation from the one who serves it.

    (none) ──requested──► open ──accepted──► (none), assigned via transfer
                           └──declined, cancelled, unanswered──► (none)

A transfer is to a colleague, or to whoever of a department is free. The owner keeps the
conversation until it is accepted; a second one takes the place of the first.
"""

from __future__ import annotations

from typing import Final, assert_never

from server.domain.commands import SYSTEM, Actor, ExpireTransfer, Facts
from server.domain.drafting import Drafting
from server.domain.rights import serves, serving, staff
from server.domain.text import clean_line, clean_message
from signaling import messages
from signaling.errors import Refusal
from signaling.events import Assigned, Need, Person, TransferEnded, TransferRequested

__all__ = ["TransferCommand", "accept", "cancel", "decide_transfer"]

_MAX_NEEDS: Final = 10
_MAX_SKILL: Final = 80  # characters
_LEVELS: Final = range(1, 6)

TransferCommand = (
    messages.RequestTransfer | messages.AcceptTransfer | messages.EndTransfer | ExpireTransfer
)


def decide_transfer(
    drafting: Drafting, command: TransferCommand, actor: Actor, facts: Facts
) -> None:
    """Ask for a transfer, accept it, or end it."""
    match command:
        case messages.RequestTransfer():
            _request(drafting, command, actor, facts)
        case messages.AcceptTransfer():
            accept(drafting, actor, facts)
        case messages.EndTransfer():
            _end(drafting, actor)
        case ExpireTransfer():
            if drafting.state.transfer is not None:
                drafting.add(TransferEnded(outcome="unanswered"), SYSTEM)
        case _:  # pragma: no cover
            assert_never(command)


def accept(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    """Take what a colleague hands over; whether a task of it is theirs is for the tasks to say."""
    staff(actor)
    transfer = drafting.state.transfer
    if transfer is None or (transfer.to is not None and transfer.to.id != actor.person.id):
        raise Refusal("not_transferring", "The transfer was taken back.")
    if serves(drafting.state, actor):
        raise Refusal("forbidden", "You have it already: a colleague has to accept it.")
    taken = Assigned(
        agent=actor.person,
        via="transfer",
        why=facts.why,
        department=transfer.department,
    )
    drafting.add(taken, actor.person)


def cancel(drafting: Drafting, by: Person) -> None:
    """Take the transfer back, if there is one."""
    if drafting.state.transfer is not None:
        drafting.add(TransferEnded(outcome="cancelled"), by)


def _request(
    drafting: Drafting, command: messages.RequestTransfer, actor: Actor, facts: Facts
) -> None:
    state, department = drafting.state, facts.department
    serving(state, actor, supervisor=True)
    if bool(command.to) == bool(command.department):
        raise Refusal("bad_frame", "Name a colleague or a department, one of them.")
    to = facts.colleague if command.to else None
    if command.to and to is None:
        raise Refusal("not_found", "There is no such colleague.")
    if command.department and department is None:
        raise Refusal("not_found", "There is no such department.")
    if state.assignee is None or (to is not None and to.id == state.assignee.id):
        raise Refusal("forbidden", "Choose a colleague who does not have it already.")
    if to is not None and not facts.colleague_online:
        raise Refusal("agent_unavailable", "The colleague is not there now: choose another.")
    asked = TransferRequested(
        to=to,
        department=department if command.department else None,
        needs=_needs(command.needs),
        note=clean_message(command.note),
    )
    known = state.transfer
    if known is not None:
        if (known.to, known.department, known.needs) == (asked.to, asked.department, asked.needs):
            return
        cancel(drafting, actor.person)
    drafting.add(asked, actor.person)


def _needs(needs: list[Need]) -> list[Need]:
    """Return `needs`, each skill once."""
    if len(needs) > _MAX_NEEDS or any(need.level not in _LEVELS for need in needs):
        raise Refusal("bad_frame", f"Ask for at most {_MAX_NEEDS} skills, at levels 1 to 5.")
    kept = {clean_line(need.skill, _MAX_SKILL, "the skill"): need.level for need in needs}
    return [Need(skill=skill, level=level) for skill, level in kept.items() if skill]


def _end(drafting: Drafting, actor: Actor) -> None:
    staff(actor)
    state = drafting.state
    if state.transfer is None:
        raise Refusal("not_transferring", "There is no transfer to end.")
    if state.transfer.to is not None and state.transfer.to.id == actor.person.id:
        drafting.add(TransferEnded(outcome="declined"), actor.person)
    else:
        serving(state, actor, supervisor=True)
        cancel(drafting, actor.person)
