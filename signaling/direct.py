"""The frames by which two members of a call find a direct path between their browsers.

The node with the room says when to try and when to stop; what the two say to each other passes
through it, to nobody else, and is never logged. All of it is ephemeral: what is lost ends the
attempt, and the call goes on through the media server. Rules: docs/protocol.md, "Direct paths".
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from signaling.bases import Frame, Key

__all__ = [
    "MAX_CANDIDATES",
    "MAX_SDP",
    "DirectEnd",
    "DirectReport",
    "DirectSignal",
    "DirectTry",
    "IceCandidate",
]

MAX_SDP: Final = 16_000  # characters; four m-lines with their codecs take about 7,000
MAX_CANDIDATES: Final = 16  # in one frame
_MAX_LINE: Final = 512  # characters of one candidate


class IceCandidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A candidate as the browser gives it; an empty one says that there are no more."""

    candidate: Annotated[str, msgspec.Meta(max_length=_MAX_LINE)]
    mid: Annotated[str, msgspec.Meta(max_length=16)] = ""


class DirectTry(Frame, frozen=True, tag="direct.try", kw_only=True):
    """Try a direct path in the background. `offers`: this side makes the offer.

    The attempt grows with each; one that is newer ends what is there of the older.
    """

    conv: str
    call: str
    attempt: int
    offers: bool


class DirectSignal(Frame, frozen=True, tag="direct.signal", kw_only=True):
    """From one of the two to the other: a description, or candidates. Ephemeral, both ways."""

    conv: Key
    call: Key
    attempt: int
    sdp: Annotated[str, msgspec.Meta(max_length=MAX_SDP)] = ""
    candidates: Annotated[tuple[IceCandidate, ...], msgspec.Meta(max_length=MAX_CANDIDATES)] = ()


class DirectReport(Frame, frozen=True, tag="direct.report", kw_only=True):
    """Ephemeral: media flow both ways as this side sees it, or the path failed or was left.

    "closed": the other's end has gone, with their page.
    """

    conv: Key
    call: Key
    attempt: int
    state: Literal["up", "failed", "closed"]


class DirectEnd(Frame, frozen=True, tag="direct.end", kw_only=True):
    """Leave the direct path of this attempt. Why is not told: it may be nobody's business."""

    conv: str
    call: str
    attempt: int
