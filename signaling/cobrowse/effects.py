"""What the relay asks its shell to do. Connections are named by their ids."""

from __future__ import annotations

from dataclasses import dataclass

from signaling.cobrowse.backend import Operation
from signaling.cobrowse.frames import ServerFrame
from signaling.errors import ConnectionRefused, Refusal
from signaling.events import Page

__all__ = ["Close", "Effect", "Note", "Say", "Show", "Turn"]


@dataclass(frozen=True, slots=True)
class Say:
    """Send a text frame to each of `to`.

    `key`: a newer frame with it replaces this one where it still waits, and it may be dropped.
    """

    to: tuple[str, ...]
    frame: ServerFrame
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """Send a binary frame to each of `to`."""

    to: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Say why, then close the connection. `reason`: the word of its `bye`."""

    to: str
    why: ConnectionRefused | Refusal
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Put an operation into the audit log."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class Turn:
    """Count and audit a page that the shopper went to without a new connection."""

    page: Page


Effect = Say | Show | Close | Note | Turn
