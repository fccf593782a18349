"""The recording of a call on the wire: asked for, agreed to by everybody, on, paused, ended.

It is a part of the call that is on. What was recorded is had by REST, never by the wire.
"""

from __future__ import annotations

from typing import Literal

from signaling.bases import ConversationCommand, EventBase, Id
from signaling.values import Person, Value

__all__ = [
    "AskRecording",
    "ConsentRecording",
    "DeclineRecording",
    "EndRecording",
    "PauseReason",
    "PauseRecording",
    "RecordingAsked",
    "RecordingConsented",
    "RecordingEnded",
    "RecordingPaused",
    "RecordingResumed",
    "RecordingStarted",
    "RecordingState",
    "ResumeRecording",
]

#: Why nothing is recorded just now. "staff" and "shop" (its page for paying) by hand; the others
#: by themselves: the visitor is at the bank, a page that is shown is covered, somebody came who
#: has not agreed yet, the visitor is on hold.
PauseReason = Literal["staff", "shop", "identity", "page", "consent", "hold"]


class RecordingState(Value, frozen=True):
    """The recording that is asked for or on. One at a time in a call."""

    id: str
    by: Person  # who asked, and agreed by that
    state: Literal["asked", "on", "paused"]
    consents: list[Person]  # who agreed
    pauses: list[PauseReason] = []  # all that hold now
    days: int = 0  # that it is kept
    started_at: int = 0


class AskRecording(ConversationCommand, frozen=True, tag="recording.ask", kw_only=True):
    """Staff asks everybody in the call whether it may be recorded, and agrees by that.

    `consent`: the version of the words that they saw, in `lang`.
    """

    consent: Id
    lang: Id


class ConsentRecording(ConversationCommand, frozen=True, tag="recording.consent", kw_only=True):
    """Somebody in the call agrees to be recorded: to words of version `consent`, in `lang`."""

    recording: Id
    consent: Id
    lang: Id


class DeclineRecording(ConversationCommand, frozen=True, tag="recording.decline", kw_only=True):
    """Somebody in the call does not agree, or not any more: nothing is recorded from now on."""

    recording: Id


class PauseRecording(ConversationCommand, frozen=True, tag="recording.pause", kw_only=True):
    """Staff pauses it, or the shop's page does (`shop`), where the visitor pays."""

    recording: Id
    reason: Literal["staff", "shop"] = "staff"


class ResumeRecording(ConversationCommand, frozen=True, tag="recording.resume", kw_only=True):
    """What was paused by hand goes on, unless something else holds it."""

    recording: Id
    reason: Literal["staff", "shop"] = "staff"


class EndRecording(ConversationCommand, frozen=True, tag="recording.end", kw_only=True):
    """Staff ends it, or takes back what it asked for."""

    recording: Id


class RecordingAsked(EventBase, frozen=True, tag="recording_asked"):
    """Staff asks whether the call may be recorded. Nothing is yet. `days`: that it is kept."""

    recording: str
    call: str
    consent: str
    lang: str
    days: int = 0


class RecordingConsented(EventBase, frozen=True, tag="recording_consented"):
    """`by` of the event agrees: to words of version `consent`, in `lang`."""

    recording: str
    consent: str
    lang: str


class RecordingStarted(EventBase, frozen=True, tag="recording_started"):
    """Everybody has agreed: the call is recorded from now on."""

    recording: str


class RecordingPaused(EventBase, frozen=True, tag="recording_paused"):
    """Nothing is recorded while one such reason holds."""

    recording: str
    reason: PauseReason


class RecordingResumed(EventBase, frozen=True, tag="recording_resumed"):
    """A reason holds no longer; without another it is recorded again."""

    recording: str
    reason: PauseReason


class RecordingEnded(EventBase, frozen=True, tag="recording_ended"):
    """Nothing is recorded any more.

    `declined`: somebody did not agree. `revoked`: not any more. `withdrawn`: staff took it back.
    `call`: the call is over. `failed`: it could not be written.
    """

    recording: str
    reason: Literal["declined", "revoked", "withdrawn", "stopped", "call", "failed"]
