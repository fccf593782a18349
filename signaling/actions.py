"""What a session asks its shell to do. Each names the input that brings the result back."""

from __future__ import annotations

from dataclasses import dataclass

from signaling import messages
from signaling.backend import Command, Cursor

__all__ = [
    "Action",
    "Authenticate",
    "Ephemeral",
    "Execute",
    "Finish",
    "Negotiate",
    "Open",
    "Read",
    "ReadHeads",
    "Relay",
    "Release",
]


#: What others are told at once, or not at all.
Ephemeral = (
    messages.Typing
    | messages.Viewing
    | messages.AnswerTaken
    | messages.DirectSignal
    | messages.DirectReport
)


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Find out whose token it is; then `accepted` or `failed`."""

    token: str


@dataclass(frozen=True, slots=True)
class Execute:
    """Do a durable command; then `answered`."""

    command: Command


@dataclass(frozen=True, slots=True)
class Negotiate:
    """Bring an offer to the media server; then `answered`."""

    offer: messages.Offer


@dataclass(frozen=True, slots=True)
class Relay:
    """Pass an ephemeral frame on to others."""

    frame: Ephemeral


@dataclass(frozen=True, slots=True)
class Open:
    """Listen to a stream, then read it; then `opened` or `refused`."""

    stream: str
    cursor: Cursor | None
    command: str | None  # the id of the `subscribe` that is to be answered


@dataclass(frozen=True, slots=True)
class Read:
    """Read what follows `after`; then `caught_up` or `refused`."""

    stream: str
    after: int


@dataclass(frozen=True, slots=True)
class Release:
    """Stop listening to a stream."""

    stream: str


@dataclass(frozen=True, slots=True)
class ReadHeads:
    """Read the newest positions of the open streams; then `heartbeat`."""

    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """Send what is queued, then close the socket."""

    code: int
    reason: str


Action = Authenticate | Execute | Negotiate | Relay | Open | Read | Release | ReadHeads | Finish
