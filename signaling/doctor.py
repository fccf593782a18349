"""What a browser tells of its own call: figures for reports, and for nothing else.

A `leg` is one connection of one page. A page that is left, or a connection that is built anew,
begins another, because a browser counts from zero there. Each report carries everything since
its leg began, so a lost one costs nothing and one that comes twice changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from signaling.bases import ConversationCommand, Id
from signaling.values import Value

__all__ = ["Figures", "Flow", "Path", "TellFigures"]

_DAYS = 2  # the longest call that is reckoned with
_SECONDS = _DAYS * 86_400

Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=_SECONDS)]
Millis = Annotated[int, msgspec.Meta(ge=0, le=_SECONDS * 1000)]
Delay = Annotated[int, msgspec.Meta(ge=0, le=60_000)]
Rate = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Share = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Codec = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{0,16}$")]
Leg = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z]{26}$")]

#: How media went: to the other browser itself; to the media server by UDP or TCP; by a relay.
Path = Literal["direct", "udp", "tcp", "relay"]


class Flow(Value, frozen=True):
    """Sound or picture, one way. `kbps`: the mean; `jitter`: ms, the last one told."""

    packets: Count = 0
    lost: Count = 0  # before any repair
    jitter: Delay = 0
    kbps: Rate = 0
    codec: Codec = ""


class Figures(Value, frozen=True):
    """One leg since it began."""

    seconds: Seconds
    setup: Delay | None = None  # ms from the wish to the first connection
    path: Path | None = None
    rtt: Delay | None = None  # ms, the mean
    sound_out: Flow | None = None
    sound_in: Flow | None = None
    picture_out: Flow | None = None
    picture_in: Flow | None = None
    concealed: Share = 0  # per mille of the sound heard that the browser made up
    freezes: Count = 0  # of pictures of others
    frozen: Millis = 0
    fallbacks: Count = 0  # times the camera was paused for a weak connection
    paused: Seconds = 0


class TellFigures(ConversationCommand, frozen=True, tag="call.figures", kw_only=True):
    """Tells this side's own figures of the call, every ten seconds or so and at its end."""

    call: Id
    leg: Leg
    figures: Figures
