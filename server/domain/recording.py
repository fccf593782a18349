"""Decides what happens to the recording of a call.

    (none) ──asked──► asked ──everybody agreed──► on ◄──pauses──► paused
                        └── declined, withdrawn        └── stopped, revoked, failed, call over

Nothing is recorded unless everybody who talks in the call has agreed: who asks does so by that.
Whoever comes later pauses it until they have: leaving out their own track would not leave out
their voice, which the others' microphones hear. So does an outside source with sound, for as long
as it is there: nobody can agree for whom it hears. It pauses by itself, too, while the visitor
is at the bank, while a page that is shown is covered (a page for paying), and while the visitor is
on hold; those who listen or whisper are never recorded and never asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, assert_never

import msgspec

from server.domain.audience import on_hold
from server.domain.commands import SYSTEM, Actor, EraseRecordings, Facts, FailRecording
from server.domain.drafting import Drafting
from server.domain.identity import at_the_bank
from server.domain.membership import counted, watching
from server.domain.refusing import BadSetting
from server.domain.rights import serving
from server.domain.text import known_lang
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    CallState,
    ConversationState,
    EventBody,
    Person,
    RecordingAsked,
    RecordingConsented,
    RecordingEnded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingState,
)
from signaling.recording import PauseReason

__all__ = [
    "RecordingCommand",
    "RecordingRules",
    "clean_recording",
    "decide_recording",
    "follow",
    "kept",
    "recorded",
    "said_of",
]

#: The versions of the words that people may have agreed to (docs/recording.md).
_CONSENTS: Final = frozenset({"record-1"})
_AUTOMATIC: Final[tuple[PauseReason, ...]] = ("consent", "hold", "identity", "page")
_MAX_DAYS: Final = 3_650

RecordingCommand = (
    messages.AskRecording
    | messages.ConsentRecording
    | messages.DeclineRecording
    | messages.PauseRecording
    | messages.ResumeRecording
    | messages.EndRecording
    | EraseRecordings
    | FailRecording
)


class RecordingRules(msgspec.Struct, frozen=True):
    """How a site records. `agents`: who had the conversation may play it, not supervisors alone."""

    allowed: bool = False
    days: int = 30
    agents: bool = False


def clean_recording(rules: RecordingRules) -> RecordingRules:
    """Return rules that can be kept.

    Raises:
        BadSetting: they cannot.
    """
    if not 1 <= rules.days <= _MAX_DAYS:
        raise BadSetting("bad_recording", f"Recordings are kept for 1 to {_MAX_DAYS} days.")
    return rules


# --- what the state says ----------------------------------------------------------------------


def _on(state: ConversationState) -> tuple[CallState, RecordingState] | None:
    call = state.call
    return None if call is None or call.recording is None else (call, call.recording)


def recorded(state: ConversationState) -> tuple[str, frozenset[str]] | None:
    """Return the recording that is on and whose tracks it takes; None while nothing is recorded."""
    found = _on(state)
    if found is None or found[1].state != "on":
        return None
    call, recording = found
    return recording.id, frozenset(member.person.id for member in counted(state, call))


def kept(began: int, ended: int, away: Iterable[tuple[int, int | None]]) -> list[tuple[int, int]]:
    """Return the parts of a take, from when until when, in which nothing of `away` held.

    Who records learns of a pause and of the end a moment after they were decided, and later when
    a hint is lost; what was taken in between is not kept. All are UTC milliseconds; `away`: from
    when until when (None: for ever).
    """
    found: list[tuple[int, int]] = []
    at = began
    for since, until in sorted(away, key=lambda one: one[0]):
        if at < min(since, ended):
            found.append((at, min(since, ended)))
        at = max(at, ended if until is None else until)
    return [*found, (at, ended)] if at < ended else found


def _awaited(state: ConversationState, call: CallState, recording: RecordingState) -> bool:
    """Tell whether it would take the voice of somebody who has not agreed."""
    agreed = {person.id for person in recording.consents}
    if any(member.person.id not in agreed for member in counted(state, call)):
        return True
    # A source is heard as others are, and nobody can be asked at its microphone.
    return any(one.person.role == "guest" and "audio" in one.media for one in call.members)


def _holds(
    reason: PauseReason, state: ConversationState, call: CallState, recording: RecordingState
) -> bool:
    match reason:
        case "consent":
            return _awaited(state, call, recording)
        case "hold":
            return on_hold(state)
        case "identity":
            return at_the_bank(state)
        case "page":
            shown = state.cobrowse
            return shown is not None and shown.state == "paused" and shown.pause == "page"
        case _:
            return False


def follow(drafting: Drafting, before: ConversationState) -> None:
    """Begin, pause, resume and end what is recorded as everything else in the state says."""
    was = _on(before)
    found = _on(drafting.state)
    if was is not None and found is None:
        told = any(isinstance(draft.body, RecordingEnded) for draft in drafting.drafts)
        if not told:
            drafting.add(RecordingEnded(recording=was[1].id, reason="call"), SYSTEM)
    if found is None:
        return
    call, recording = found
    if call.private:
        drafting.add(RecordingEnded(recording=recording.id, reason="call"), SYSTEM)
        return
    if recording.state == "asked":
        if all(member.person.id != recording.by.id for member in call.members):
            drafting.add(RecordingEnded(recording=recording.id, reason="withdrawn"), SYSTEM)
            return
        if call.state != "active" or _awaited(drafting.state, call, recording):
            return
        drafting.add(RecordingStarted(recording=recording.id), SYSTEM)
    for reason in _AUTOMATIC:
        wanted = _holds(reason, drafting.state, call, recording)
        if wanted and reason not in recording.pauses:
            drafting.add(RecordingPaused(recording=recording.id, reason=reason), SYSTEM)
        elif not wanted and reason in recording.pauses:
            drafting.add(RecordingResumed(recording=recording.id, reason=reason), SYSTEM)


def said_of(body: EventBody) -> str | None:
    """Return what the audit log says of an event of a recording; None of any other."""
    match body:
        case RecordingAsked() | RecordingConsented():
            return f"{body.recording} {body.consent} {body.lang}"
        case RecordingPaused() | RecordingResumed() | RecordingEnded():
            return f"{body.recording} {body.reason}"
        case RecordingStarted():
            return body.recording
        case _:
            return None


# --- commands -----------------------------------------------------------------------------------


def decide_recording(
    drafting: Drafting, command: RecordingCommand, actor: Actor, facts: Facts
) -> None:
    """Decide a command about the recording; what follows from it by itself is for `follow`."""
    if isinstance(command, messages.AskRecording):
        _ask(drafting, command, actor, facts)
        return
    found = _on(drafting.state)
    if isinstance(command, EraseRecordings):
        if found is not None:
            drafting.add(_over(found[1]), SYSTEM)
        return
    if found is None or found[1].id != command.recording:
        if isinstance(command, FailRecording):
            return
        raise Refusal("not_found", "There is no such recording any more.")
    call, recording = found
    match command:
        case messages.ConsentRecording():
            _consent(drafting, call, recording, command, actor)
        case messages.DeclineRecording():
            person = _talks(drafting.state, call, actor)
            reason: Literal["declined", "revoked"] = (
                "declined" if recording.state == "asked" else "revoked"
            )
            if all(known.id != person.id for known in recording.consents):
                reason = "declined"
            drafting.add(RecordingEnded(recording=recording.id, reason=reason), person)
        case messages.PauseRecording():
            _by_hand(drafting.state, recording, command.reason, actor)
            if command.reason not in recording.pauses:
                paused = RecordingPaused(recording=recording.id, reason=command.reason)
                drafting.add(paused, actor.person)
        case messages.ResumeRecording():
            _by_hand(drafting.state, recording, command.reason, actor)
            if command.reason in recording.pauses:
                resumed = RecordingResumed(recording=recording.id, reason=command.reason)
                drafting.add(resumed, actor.person)
        case messages.EndRecording():
            _openly(drafting.state, actor)
            drafting.add(_over(recording), actor.person)
        case FailRecording():
            drafting.add(RecordingEnded(recording=recording.id, reason="failed"), SYSTEM)
        case _:  # pragma: no cover
            assert_never(command)


def _over(recording: RecordingState) -> RecordingEnded:
    """Return the end of a recording that nobody wants any more."""
    reason: Literal["withdrawn", "stopped"] = (
        "withdrawn" if recording.state == "asked" else "stopped"
    )
    return RecordingEnded(recording=recording.id, reason=reason)


def _talks(state: ConversationState, call: CallState, actor: Actor) -> Person:
    """Return the actor as a member; refuse who is not in the call, or hides in it."""
    for member in counted(state, call):
        if member.person.id == actor.person.id:
            return member.person
    raise Refusal("not_in_call", "Join the call first.")


def _openly(state: ConversationState, actor: Actor) -> None:
    """Refuse all but staff who serves, and who hides in the call: all would read who it was."""
    serving(state, actor, supervisor=True)
    if actor.person.id in watching(state):
        raise Refusal("forbidden", "Whoever listens or whispers leaves the recording as it is.")


def _known(consent: str) -> None:
    if consent not in _CONSENTS:
        raise Refusal(
            "forbidden", "The consent is to words that we do not know: load the page anew."
        )


def _ask(drafting: Drafting, command: messages.AskRecording, actor: Actor, facts: Facts) -> None:
    state = drafting.state
    serving(state, actor, supervisor=True)
    if not facts.recording:
        raise Refusal("forbidden", "This shop does not record calls.")
    _known(command.consent)
    call = state.call
    if call is None:
        raise Refusal("no_call", "There is no call.")
    person = _talks(state, call, actor)
    if call.private or call.state != "active":
        raise Refusal("forbidden", "Only a call with the visitor is recorded.")
    if call.recording is not None:
        return
    asked = RecordingAsked(
        recording=facts.new_id,
        call=call.id,
        consent=command.consent,
        lang=known_lang(command.lang),
        days=facts.recording,
    )
    drafting.add(asked, person)


def _consent(
    drafting: Drafting,
    call: CallState,
    recording: RecordingState,
    command: messages.ConsentRecording,
    actor: Actor,
) -> None:
    person = _talks(drafting.state, call, actor)
    _known(command.consent)
    if any(known.id == person.id for known in recording.consents):
        return
    agreed = RecordingConsented(
        recording=recording.id, consent=command.consent, lang=known_lang(command.lang)
    )
    drafting.add(agreed, person)


def _by_hand(
    state: ConversationState,
    recording: RecordingState,
    reason: Literal["staff", "shop"],
    actor: Actor,
) -> None:
    if recording.state == "asked":
        raise Refusal("forbidden", "Nothing is recorded yet.")
    if actor.audience == "staff":
        _openly(state, actor)
    elif actor.audience != "visitor" or reason != "shop":
        raise Refusal("forbidden", "Decline the recording instead.")
