"""What the relay needs from above; the server implements it (`server/services/cobrowse.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from signaling.backend import Principal
from signaling.events import CobrowseOperation, CobrowseState, Page

__all__ = ["CobrowseBackend", "Opened", "Operation", "Terms"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A co-browsing that somebody may take part in. `resume`: the sharer's next one-use token."""

    conv: str
    state: CobrowseState
    resume: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds now. `state` None: it has ended. `viewers`: ids of the people who may view."""

    state: CobrowseState | None
    viewers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a viewer, for the audit log. Never the value."""

    person: str
    op: CobrowseOperation
    node: int
    code: str


class CobrowseBackend(Protocol):
    """The application. Methods may raise `signaling.errors.Refusal` or `ConnectionRefused`."""

    async def authenticate(self, token: str, origin: str | None) -> Principal:
        """Return whose `token` it is (as `signaling.backend.Backend.authenticate`)."""
        ...

    async def share(
        self, who: Principal, cobrowse: str, resume: str | None, page: Page | None
    ) -> Opened:
        """Let the visitor's browser in as the one sharer, and turn its one-use token.

        The first sharer needs none; from then on only the newest token opens, from the same
        origin. Counts and audits `page`.

        Raises:
            Refusal: `no_cobrowse` (it is over or unknown), `forbidden` (not the visitor's, or
                the token is not the newest).
        """
        ...

    async def view(self, who: Principal, cobrowse: str) -> Opened:
        """Let somebody see, and audit it.

        Staff of the site's conversation: its assignee, a supervisor, any other agent of the
        site; an expert who is admitted and whose link allows "cobrowse".
        """
        ...

    async def terms(self, cobrowse: str, viewers: Sequence[Principal]) -> Terms:
        """Return what holds now. Asked at each hint about the conversation, and with each lease."""
        ...

    async def renew(self, cobrowses: Sequence[str]) -> None:
        """Note that the sharers of these are connected here (every 10 s)."""
        ...

    async def sharer_left(self, cobrowse: str) -> None:
        """The sharer's socket is gone: without a new one it ends after 30 s (reason "left")."""
        ...

    async def page_shown(self, cobrowse: str, page: Page) -> None:
        """Count and audit a page that is shown."""
        ...

    async def viewer_left(self, who: Principal, cobrowse: str) -> None:
        """Audit that somebody stopped seeing."""
        ...

    async def operated(self, cobrowse: str, done: Sequence[Operation]) -> None:
        """Audit operations, in their order."""
        ...
