"""Decides what happens to the co-browsing of a conversation.

    (none) ──asked──► asked ──declined, withdrawn──► (none)
       └───────started──┴──► on ◄──pause, resume──► paused
                              └── stopped, left, limit, closed ──► (none)

    control: (none) ──asked──► asked ──granted──► grant ──┐
       ▲──────── declined ────────┘   revoked, released,    │
       └─────────────────────────── expired, gone ◄─────────┘

Only the shopper starts it, lets the curtain down, and gives control away; who serves the
conversation asks, and may end it. What an operation may touch is for the page to check.
"""

from __future__ import annotations

from typing import Final, Literal, assert_never, get_args

from server.domain.commands import SYSTEM, Actor, Facts
from server.domain.drafting import Drafting
from server.domain.identity import at_the_bank
from server.domain.text import known_lang
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    CobrowseAsked,
    CobrowseDeclined,
    CobrowseEnded,
    CobrowseGrant,
    CobrowseOperation,
    CobrowsePaused,
    CobrowseResumed,
    CobrowseStarted,
    CobrowseState,
    ControlAsked,
    ControlDeclined,
    ControlGranted,
    ControlReleased,
    EventBody,
    Person,
)

__all__ = [
    "GRANT_LIFETIME",
    "CobrowseCommand",
    "decide_cobrowse",
    "decide_expiry",
    "end",
    "follow",
    "said_of",
]

GRANT_LIFETIME: Final = 600_000  # ms
#: The versions of the words that shoppers may have agreed to (docs/cobrowse.md).
_VIEW_CONSENTS: Final = frozenset({"view-1"})
_CONTROL_CONSENTS: Final = frozenset({"control-1"})
_MAX_ID: Final = 64  # characters of a grant's id, which the page makes

CobrowseCommand = (
    messages.AskCobrowse
    | messages.StartCobrowse
    | messages.DeclineCobrowse
    | messages.EndCobrowse
    | messages.PauseCobrowse
    | messages.ResumeCobrowse
    | messages.AskControl
    | messages.DeclineControl
    | messages.GrantControl
    | messages.ReleaseControl
)
_EndReason = Literal["stopped", "withdrawn", "left", "limit", "closed"]


def end(drafting: Drafting, reason: _EndReason, by: Person, facts: Facts) -> None:
    """End the co-browsing, or take back an open ask, if there is one."""
    cobrowse = drafting.state.cobrowse
    if cobrowse is None:
        return
    asked = cobrowse.state == "asked"
    ended = CobrowseEnded(
        cobrowse=cobrowse.id,
        reason=reason,
        seconds=0 if asked else (drafting.now - cobrowse.started_at) // 1000,
        pages=0 if asked else facts.cobrowse.pages,
    )
    drafting.add(ended, by)


def said_of(body: EventBody) -> str | None:
    """Return what the audit log says of an event of a co-browsing; None of any other."""
    match body:
        case CobrowseStarted():
            return f"{body.cobrowse} {body.consent} {body.lang} masking {body.masking}"
        case ControlAsked():
            return f"{body.cobrowse} {','.join(body.caps)}"
        case ControlGranted():
            grant = body.grant
            caps = ",".join(grant.caps)
            return f"{body.cobrowse} {body.consent} {grant.id} to {grant.agent.id} {caps}"
        case ControlReleased():
            return f"{body.cobrowse} {body.grant} {body.reason}"
        case CobrowsePaused() | CobrowseEnded():
            return f"{body.cobrowse} {body.reason}"
        case CobrowseAsked() | CobrowseDeclined() | CobrowseResumed() | ControlDeclined():
            return body.cobrowse
        case _:
            return None


def follow(drafting: Drafting, before: Person | None, by: Person) -> None:
    """Take control from who served the conversation `before`, when they do not any more."""
    cobrowse, now = drafting.state.cobrowse, drafting.state.assignee
    if cobrowse is None or before is None or (now is not None and now.id == before.id):
        return
    _lose(drafting, cobrowse, before, by)


def _lose(drafting: Drafting, cobrowse: CobrowseState, agent: Person, by: Person) -> None:
    if cobrowse.asked is not None and cobrowse.asked.by.id == agent.id:
        drafting.add(ControlDeclined(cobrowse=cobrowse.id), by)
    if cobrowse.grant is not None and cobrowse.grant.agent.id == agent.id:
        _release(drafting, cobrowse.id, cobrowse.grant, "gone", by)


def _release(
    drafting: Drafting,
    cobrowse: str,
    grant: CobrowseGrant,
    reason: Literal["revoked", "released", "expired", "gone"],
    by: Person,
) -> None:
    drafting.add(ControlReleased(cobrowse=cobrowse, grant=grant.id, reason=reason), by)


def decide_expiry(drafting: Drafting, facts: Facts) -> None:
    """Do what nobody asked for: end what has lasted too long, or has lost its people."""
    cobrowse, known = drafting.state.cobrowse, facts.cobrowse
    if cobrowse is None:
        return
    if cobrowse.state != "asked" and _passed(known.sharer_due, facts):
        end(drafting, "left", SYSTEM, facts)
        return
    if _passed(known.due, facts):
        end(drafting, "withdrawn" if cobrowse.state == "asked" else "limit", SYSTEM, facts)
        return
    if cobrowse.asked is not None and _passed(known.control_due, facts):
        drafting.add(ControlDeclined(cobrowse=cobrowse.id), SYSTEM)
    if cobrowse.grant is None:
        return
    if cobrowse.grant.until <= facts.now:
        _release(drafting, cobrowse.id, cobrowse.grant, "expired", SYSTEM)
    elif _passed(known.controller_due, facts):
        _release(drafting, cobrowse.id, cobrowse.grant, "gone", SYSTEM)


def _passed(due: int | None, facts: Facts) -> bool:
    return due is not None and due <= facts.now


def decide_cobrowse(
    drafting: Drafting, command: CobrowseCommand, actor: Actor, facts: Facts
) -> None:
    """Decide a command of a browser about the co-browsing."""
    match command:
        case messages.AskCobrowse():
            _ask(drafting, actor, facts)
            return
        case messages.StartCobrowse():
            _start(drafting, command, actor, facts)
            return
        case _:
            cobrowse = drafting.state.cobrowse
            if cobrowse is None or cobrowse.id != command.cobrowse:
                raise Refusal("no_cobrowse", "The page is not shown any more.")
    match command:
        case messages.DeclineCobrowse():
            _visitor(actor)
            if cobrowse.state != "asked":
                raise Refusal("forbidden", "The page is shown already: end it instead.")
            drafting.add(CobrowseDeclined(cobrowse=cobrowse.id), actor.person)
        case messages.EndCobrowse():
            _stop(drafting, cobrowse, actor, facts)
        case messages.PauseCobrowse():
            _visitor(actor)
            _shown(cobrowse)
            if cobrowse.pause != command.reason:
                paused = CobrowsePaused(cobrowse=cobrowse.id, reason=command.reason)
                drafting.add(paused, actor.person)
        case messages.ResumeCobrowse():
            _visitor(actor)
            _shown(cobrowse)
            _resume(drafting, cobrowse, actor.person)
        case messages.AskControl():
            _ask_control(drafting, cobrowse, command, actor)
        case messages.DeclineControl():
            _decline_control(drafting, cobrowse, actor)
        case messages.GrantControl():
            _grant(drafting, cobrowse, command, actor)
        case messages.ReleaseControl():
            _let_go(drafting, cobrowse, command, actor)
        case _:  # pragma: no cover
            assert_never(command)


# --- who may ----------------------------------------------------------------------------------


def _visitor(actor: Actor) -> None:
    if actor.audience != "visitor":
        raise Refusal("forbidden", "Only the shopper decides this.")


def _serving(drafting: Drafting, actor: Actor) -> None:
    """Refuse all but the assignee and supervisors."""
    if actor.audience != "staff":
        raise Refusal("forbidden", "Only staff does this.")
    assignee = drafting.state.assignee
    mine = assignee is not None and assignee.id == actor.person.id
    if not mine and not actor.supervisor:
        raise Refusal("not_assigned", "Accept the conversation first.")


def _open(drafting: Drafting) -> None:
    if drafting.state.state == "closed":
        raise Refusal("conversation_closed", "The conversation is closed.")


def _shown(cobrowse: CobrowseState) -> None:
    if cobrowse.state == "asked":
        raise Refusal("no_cobrowse", "The shopper has not started it yet.")


# --- seeing -----------------------------------------------------------------------------------


def _ask(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    _serving(drafting, actor)
    _open(drafting)
    cobrowse = drafting.state.cobrowse
    if cobrowse is None:
        drafting.add(CobrowseAsked(cobrowse=facts.new_id), actor.person)
    elif cobrowse.state != "asked":
        raise Refusal("cobrowse_exists", "The page is shown already.")


def _start(drafting: Drafting, command: messages.StartCobrowse, actor: Actor, facts: Facts) -> None:
    _visitor(actor)
    _open(drafting)
    cobrowse = drafting.state.cobrowse
    if command.cobrowse is not None and (cobrowse is None or cobrowse.id != command.cobrowse):
        raise Refusal("no_cobrowse", "It was taken back.")
    if cobrowse is not None and cobrowse.state != "asked":
        raise Refusal("cobrowse_exists", "The page is shown already, in another tab perhaps.")
    if command.consent not in _VIEW_CONSENTS:
        raise Refusal(
            "forbidden", "The consent is to words that we do not know: load the page anew."
        )
    if command.masking != facts.cobrowse.masking:
        raise Refusal("forbidden", "The site's rules have changed: get them again, then ask anew.")
    started = CobrowseStarted(
        cobrowse=facts.new_id if cobrowse is None else cobrowse.id,
        consent=command.consent,
        lang=known_lang(command.lang),
        masking=command.masking,
    )
    drafting.add(started, actor.person)


def _resume(drafting: Drafting, cobrowse: CobrowseState, by: Person) -> None:
    """Show the page again; while the shopper is at the bank, once they are back."""
    if cobrowse.state == "on":
        return
    if not at_the_bank(drafting.state):
        drafting.add(CobrowseResumed(cobrowse=cobrowse.id), by)
    elif cobrowse.pause != "identity":
        drafting.add(CobrowsePaused(cobrowse=cobrowse.id, reason="identity"), by)


def _stop(drafting: Drafting, cobrowse: CobrowseState, actor: Actor, facts: Facts) -> None:
    if actor.audience == "visitor":
        if cobrowse.state == "asked":
            drafting.add(CobrowseDeclined(cobrowse=cobrowse.id), actor.person)
        else:
            end(drafting, "stopped", actor.person, facts)
        return
    _serving(drafting, actor)
    end(drafting, "withdrawn" if cobrowse.state == "asked" else "stopped", actor.person, facts)


# --- control ----------------------------------------------------------------------------------


def _caps(caps: list[CobrowseOperation]) -> list[CobrowseOperation]:
    """Return `caps`, each once, in one order."""
    if not caps:
        raise Refusal("bad_frame", "Say what is to be done: scroll, click or fill.")
    known: tuple[CobrowseOperation, ...] = get_args(CobrowseOperation)
    return [cap for cap in known if cap in caps]


def _ask_control(
    drafting: Drafting, cobrowse: CobrowseState, command: messages.AskControl, actor: Actor
) -> None:
    _serving(drafting, actor)
    _shown(cobrowse)
    caps = _caps(command.caps)
    holders = [cobrowse.asked.by] if cobrowse.asked is not None else []
    if cobrowse.grant is not None:
        holders.append(cobrowse.grant.agent)
        if cobrowse.grant.agent.id == actor.person.id and set(caps) <= set(cobrowse.grant.caps):
            return
    if any(holder.id != actor.person.id for holder in holders):
        raise Refusal("forbidden", "A colleague has control, or has asked for it.")
    if cobrowse.asked is None or cobrowse.asked.caps != caps:
        drafting.add(ControlAsked(cobrowse=cobrowse.id, caps=caps), actor.person)


def _decline_control(drafting: Drafting, cobrowse: CobrowseState, actor: Actor) -> None:
    if actor.audience != "visitor":
        _serving(drafting, actor)
    if cobrowse.asked is not None:
        drafting.add(ControlDeclined(cobrowse=cobrowse.id), actor.person)


def _grant(
    drafting: Drafting, cobrowse: CobrowseState, command: messages.GrantControl, actor: Actor
) -> None:
    _visitor(actor)
    if cobrowse.grant is not None and cobrowse.grant.id == command.grant:
        return
    if cobrowse.asked is None:
        raise Refusal("forbidden", "Nobody asks for control now.")
    if command.consent not in _CONTROL_CONSENTS:
        raise Refusal(
            "forbidden", "The consent is to words that we do not know: load the page anew."
        )
    if not 0 < len(command.grant) <= _MAX_ID:
        raise Refusal("bad_frame", f"A grant's id has 1 to {_MAX_ID} characters.")
    caps = _caps(command.caps)
    if not set(caps) <= set(cobrowse.asked.caps):
        raise Refusal("forbidden", "Grant what was asked for, or less.")
    grant = CobrowseGrant(
        id=command.grant,
        agent=cobrowse.asked.by,
        caps=caps,
        until=drafting.now + GRANT_LIFETIME,
    )
    granted = ControlGranted(cobrowse=cobrowse.id, consent=command.consent, grant=grant)
    drafting.add(granted, actor.person)


def _let_go(
    drafting: Drafting, cobrowse: CobrowseState, command: messages.ReleaseControl, actor: Actor
) -> None:
    grant = cobrowse.grant
    if actor.audience != "visitor" and (grant is None or grant.agent.id != actor.person.id):
        _serving(drafting, actor)
    if grant is None or grant.id != command.grant:
        return
    if actor.audience != "visitor":
        _release(drafting, cobrowse.id, grant, "released", actor.person)
    else:
        reason: Literal["expired", "revoked"] = "expired" if command.expired else "revoked"
        _release(drafting, cobrowse.id, grant, reason, actor.person)
