"""Decides what happens to the request that a visitor prove who they are.

    (none) ──asked──► asked ──opened──► opened ──verified──► (none), identity
                       │  ▲               │ │ ▲
                       │  └──── failed ───┘ └─┘ opened: a new attempt supersedes
                       └──┬───────────────┘
                          └ declined, withdrawn, expired, closed ──► (none)

    identity: (none) ──verified──► first ──verified, the same person──► newest
                                     │ ▲
          verified, somebody else    ▼ │ confirmed: accepted (theirs) or not (as before)
                                  changed

Staff asks and the visitor alone goes to the bank: no command of staff opens an attempt. Who
was proven first stays until staff has confirmed somebody else. While the visitor is at the
bank, a page that is shown is covered. Method and level of an answer are checked by
`server/services/verifications.py` before it gets here.
"""

from __future__ import annotations

from typing import Final, Literal, assert_never, get_args

from server.domain.commands import (
    SYSTEM,
    Actor,
    EraseIdentity,
    ExpireIdentity,
    Facts,
    FailIdentity,
    FinishIdentity,
    IdentifyVisitor,
    OpenIdentity,
)
from server.domain.drafting import Drafting
from server.domain.text import clean_line
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    CobrowsePaused,
    CobrowseResumed,
    ConversationState,
    EventBody,
    IdentityAsked,
    IdentityConfirmed,
    IdentityEnded,
    IdentityErased,
    IdentityFailed,
    IdentityOpened,
    IdentityVerified,
    Person,
    VerificationState,
    Visitor,
    VisitorIdentified,
)
from signaling.identity import Level

__all__ = [
    "LIFETIME",
    "IdentityCommand",
    "at_least",
    "at_the_bank",
    "cover",
    "decide_identity",
    "end",
    "said_of",
]

LIFETIME: Final = 600_000  # ms that a request, and each attempt of it, stays open
_MAX_NOTE: Final = 200
_LEVELS: Final[tuple[Level, ...]] = get_args(Level)  # lowest first

IdentityCommand = (
    messages.AskIdentity
    | messages.EndIdentity
    | messages.ConfirmIdentity
    | OpenIdentity
    | FailIdentity
    | FinishIdentity
    | ExpireIdentity
    | EraseIdentity
    | IdentifyVisitor
)


def at_least(level: Level | None, wanted: Level) -> bool:
    """Tell whether a proof of `level` is as good as `wanted`; None is of no level."""
    return level is not None and _LEVELS.index(level) >= _LEVELS.index(wanted)


def at_the_bank(state: ConversationState) -> bool:
    """Tell whether the visitor proves who they are just now."""
    return state.verification is not None and state.verification.state == "opened"


def end(drafting: Drafting, reason: Literal["closed", "expired"], by: Person) -> None:
    """End the open request, if there is one."""
    verification = drafting.state.verification
    if verification is not None:
        drafting.add(IdentityEnded(verification=verification.id, reason=reason), by)


def cover(drafting: Drafting, before: ConversationState) -> None:
    """Pause a page that is shown while the visitor is at the bank, and resume it afterwards.

    What was paused for another reason stays so.
    """
    cobrowse = drafting.state.cobrowse
    if cobrowse is None or cobrowse.state == "asked":
        return
    if at_the_bank(drafting.state):
        if cobrowse.state == "on":
            drafting.add(CobrowsePaused(cobrowse=cobrowse.id, reason="identity"), SYSTEM)
    elif at_the_bank(before) and cobrowse.pause == "identity":
        drafting.add(CobrowseResumed(cobrowse=cobrowse.id), SYSTEM)


def said_of(body: EventBody) -> str | None:
    """Return what the audit log says of an event of a verification; None of any other.

    Never the name: the log outlives what is erased.
    """
    match body:
        case IdentityAsked():
            asked = body.verification
            return f"{asked.id} {asked.purpose} {asked.level}"
        case IdentityOpened():
            return f"{body.verification} {body.attempt} {body.method}"
        case IdentityFailed():
            return f"{body.verification} {body.attempt} {body.reason} {body.code}".rstrip()
        case IdentityVerified():
            changed = " changed" if body.changed else ""
            return f"{body.proof.verification} {body.proof.level} {body.proof.method}{changed}"
        case IdentityConfirmed():
            return f"{body.verification} {'accepted' if body.accepted else 'refused'}"
        case IdentityEnded():
            return f"{body.verification} {body.reason}"
        case IdentityErased():
            return body.verification
        case VisitorIdentified():
            return body.visitor.id
        case _:
            return None


def decide_identity(
    drafting: Drafting, command: IdentityCommand, actor: Actor, facts: Facts
) -> None:
    """Decide a command about who the visitor is."""
    match command:
        case messages.AskIdentity():
            _ask(drafting, command, actor, facts)
        case messages.EndIdentity():
            _end(drafting, command, actor)
        case messages.ConfirmIdentity():
            _confirm(drafting, command, actor)
        case OpenIdentity():
            _open(drafting, command, actor)
        case FailIdentity():
            _fail(drafting, command, actor)
        case FinishIdentity():
            _finish(drafting, command, actor)
        case ExpireIdentity():
            verification = drafting.state.verification
            if verification is not None and verification.expires_at <= facts.now:
                end(drafting, "expired", SYSTEM)
        case EraseIdentity():
            _erase(drafting, command, actor)
        case IdentifyVisitor():
            _identify(drafting, command, actor)
        case _:  # pragma: no cover
            assert_never(command)


# --- who may ----------------------------------------------------------------------------------


def _serving(drafting: Drafting, actor: Actor) -> None:
    """Refuse all but the assignee and supervisors, and everybody when it is closed."""
    if actor.audience != "staff":
        raise Refusal("forbidden", "Only staff does this.")
    state = drafting.state
    if state.state == "closed":
        raise Refusal("conversation_closed", "The conversation is closed: reopen it first.")
    mine = state.assignee is not None and state.assignee.id == actor.person.id
    if not mine and not actor.supervisor:
        raise Refusal("not_assigned", "Accept the conversation first.")


def _visitor(actor: Actor) -> None:
    if actor.audience != "visitor":
        raise Refusal("forbidden", "Only the visitor proves who they are.")


def _requested(drafting: Drafting, verification: str) -> VerificationState:
    asked = drafting.state.verification
    if asked is None or asked.id != verification:
        raise Refusal("no_verification", "This request is over.")
    return asked


# --- the request --------------------------------------------------------------------------------


def _ask(drafting: Drafting, command: messages.AskIdentity, actor: Actor, facts: Facts) -> None:
    _serving(drafting, actor)
    if drafting.state.verification is not None:
        raise Refusal("verification_exists", "The visitor has been asked already.")
    asked = VerificationState(
        id=facts.new_id,
        by=actor.person,
        purpose=command.purpose,
        level=command.level,
        expires_at=drafting.now + LIFETIME,
        note=clean_line(command.note, _MAX_NOTE, "the note"),
    )
    drafting.add(IdentityAsked(verification=asked), actor.person)


def _end(drafting: Drafting, command: messages.EndIdentity, actor: Actor) -> None:
    reason: Literal["declined", "withdrawn"] = "declined"
    if actor.audience != "visitor":
        _serving(drafting, actor)
        reason = "withdrawn"
    asked = _requested(drafting, command.verification)
    drafting.add(IdentityEnded(verification=asked.id, reason=reason), actor.person)


def _confirm(drafting: Drafting, command: messages.ConfirmIdentity, actor: Actor) -> None:
    _serving(drafting, actor)
    changed = drafting.state.identity_changed
    if changed is None or changed.verification != command.verification:
        raise Refusal("no_verification", "There is nothing to confirm any more.")
    confirmed = IdentityConfirmed(verification=changed.verification, accepted=command.accept)
    drafting.add(confirmed, actor.person)


# --- attempts -----------------------------------------------------------------------------------


def _open(drafting: Drafting, command: OpenIdentity, actor: Actor) -> None:
    _visitor(actor)
    asked = _requested(drafting, command.verification)
    if asked.attempt == command.attempt:
        return
    opened = IdentityOpened(
        verification=asked.id,
        attempt=command.attempt,
        method=command.method,
        expires_at=max(asked.expires_at, drafting.now + LIFETIME),
    )
    drafting.add(opened, actor.person)


def _fail(drafting: Drafting, command: FailIdentity, actor: Actor) -> None:
    """Note how an attempt ended; one that was superseded, or is over, ended unnoticed."""
    asked = drafting.state.verification
    if asked is None or asked.id != command.verification or asked.attempt != command.attempt:
        return
    failed = IdentityFailed(
        verification=asked.id,
        attempt=command.attempt,
        reason=command.reason,
        code=command.code,
    )
    drafting.add(failed, actor.person)


def _finish(drafting: Drafting, command: FinishIdentity, actor: Actor) -> None:
    asked = _requested(drafting, command.proof.verification)
    if asked.attempt != command.attempt:
        raise Refusal("no_verification", "Another attempt has taken its place.")
    if not at_least(command.proof.level, asked.level):
        raise Refusal("identity_needed", "The level is lower than what was asked for.")
    drafting.add(IdentityVerified(proof=command.proof, changed=command.changed), actor.person)


# --- who they are -------------------------------------------------------------------------------


def _erase(drafting: Drafting, command: EraseIdentity, actor: Actor) -> None:
    """Take the name away; somebody else who is not confirmed is refused first."""
    if actor.audience != "staff" or not actor.supervisor:
        raise Refusal("forbidden", "Only a supervisor erases.")
    changed = drafting.state.identity_changed
    if changed is not None and changed.verification == command.verification:
        refused = IdentityConfirmed(verification=changed.verification, accepted=False)
        drafting.add(refused, actor.person)
    drafting.add(IdentityErased(verification=command.verification), actor.person)


def _identify(drafting: Drafting, command: IdentifyVisitor, actor: Actor) -> None:
    _visitor(actor)
    known = drafting.state.visitor
    visitor = Visitor(
        id=known.id,
        name=command.name or known.name,
        email=command.email or known.email,
        kind="verified" if known.kind == "verified" else "identified",
        customer=command.customer,
    )
    if visitor != known:
        drafting.add(VisitorIdentified(visitor=visitor), actor.person)
