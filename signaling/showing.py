"""Co-browsing on the conversation's wire: asked for, begun, paused, controlled, ended.

The page itself goes another way: `signaling/cobrowse`.
"""

from __future__ import annotations

from typing import Literal

from signaling.bases import ConversationCommand, EventBase, Id
from signaling.state import CobrowseGrant
from signaling.values import CobrowseOperation

__all__ = [
    "AskCobrowse",
    "AskControl",
    "CobrowseAsked",
    "CobrowseDeclined",
    "CobrowseEnded",
    "CobrowsePaused",
    "CobrowseResumed",
    "CobrowseStarted",
    "ControlAsked",
    "ControlDeclined",
    "ControlGranted",
    "ControlReleased",
    "DeclineCobrowse",
    "DeclineControl",
    "EndCobrowse",
    "GrantControl",
    "PauseCobrowse",
    "ReleaseControl",
    "ResumeCobrowse",
    "StartCobrowse",
]


class AskCobrowse(ConversationCommand, frozen=True, tag="cobrowse.ask", kw_only=True):
    """Staff asks to see the shopper's page. The ack carries `cobrowse`."""


class StartCobrowse(ConversationCommand, frozen=True, tag="cobrowse.start", kw_only=True):
    """The shopper consents, asked (`cobrowse`) or by themselves. The ack carries `cobrowse`.

    `consent`: the version of the words shown, in `lang`. `masking`: the version of the site's
    rules that the page keeps (`GET /api/v1/cobrowse/rules`).
    """

    consent: Id
    lang: Id
    masking: Id
    cobrowse: Id | None = None


class DeclineCobrowse(ConversationCommand, frozen=True, tag="cobrowse.decline", kw_only=True):
    cobrowse: Id


class EndCobrowse(ConversationCommand, frozen=True, tag="cobrowse.end", kw_only=True):
    """The shopper or staff ends it; staff takes back what it asked for."""

    cobrowse: Id


class PauseCobrowse(ConversationCommand, frozen=True, tag="cobrowse.pause", kw_only=True):
    """The shopper, or a page for paying, lets the curtain down."""

    cobrowse: Id
    reason: Literal["page", "shopper", "identity"]


class ResumeCobrowse(ConversationCommand, frozen=True, tag="cobrowse.resume", kw_only=True):
    cobrowse: Id


class AskControl(ConversationCommand, frozen=True, tag="cobrowse.control.ask", kw_only=True):
    cobrowse: Id
    caps: list[CobrowseOperation]


class DeclineControl(
    ConversationCommand, frozen=True, tag="cobrowse.control.decline", kw_only=True
):
    """The shopper declines, or the one who asked takes it back."""

    cobrowse: Id


class GrantControl(ConversationCommand, frozen=True, tag="cobrowse.control.grant", kw_only=True):
    """The shopper lets the one who asked do `caps`, at most what was asked for.

    `grant`: made by the page, so that it can take it back before the server knows.
    """

    cobrowse: Id
    grant: Id
    caps: list[CobrowseOperation]
    consent: Id


class ReleaseControl(
    ConversationCommand, frozen=True, tag="cobrowse.control.release", kw_only=True
):
    """The shopper revokes ("revoked", "expired"), or the agent lets go ("released")."""

    cobrowse: Id
    grant: Id
    expired: bool = False


class CobrowseAsked(EventBase, frozen=True, tag="cobrowse_asked"):
    """Staff asks to see the shopper's page; only the shopper can start it."""

    cobrowse: str


class CobrowseStarted(EventBase, frozen=True, tag="cobrowse_started"):
    """The shopper consented: viewers see their page from now on.

    `consent`: the version of the words they agreed to, in `lang`. `masking`: the hash of the
    site's rules that were in force.
    """

    cobrowse: str
    consent: str
    lang: str
    masking: str


class CobrowseDeclined(EventBase, frozen=True, tag="cobrowse_declined"):
    """The shopper does not want to show their page."""

    cobrowse: str


class ControlAsked(EventBase, frozen=True, tag="cobrowse_control_asked"):
    """Staff asks to do something in the shopper's page."""

    cobrowse: str
    caps: list[CobrowseOperation]


class ControlDeclined(EventBase, frozen=True, tag="cobrowse_control_declined"):
    """The shopper does not want that, or the one who asked took it back."""

    cobrowse: str


class ControlGranted(EventBase, frozen=True, tag="cobrowse_control_granted"):
    """The shopper lets one agent do some things for some minutes."""

    cobrowse: str
    consent: str
    grant: CobrowseGrant


class ControlReleased(EventBase, frozen=True, tag="cobrowse_control_released"):
    """The grant is over."""

    cobrowse: str
    grant: str
    reason: Literal["revoked", "released", "expired", "gone"]


class CobrowsePaused(EventBase, frozen=True, tag="cobrowse_paused"):
    """Viewers see a curtain: a page for paying, or the shopper's own wish."""

    cobrowse: str
    reason: Literal["page", "shopper", "identity"]


class CobrowseResumed(EventBase, frozen=True, tag="cobrowse_resumed"):
    """The curtain is up again."""

    cobrowse: str


class CobrowseEnded(EventBase, frozen=True, tag="cobrowse_ended"):
    """Nobody sees the page any more. `pages`: how many different ones were shown."""

    cobrowse: str
    reason: Literal["stopped", "withdrawn", "left", "limit", "closed"]
    seconds: int = 0
    pages: int = 0
