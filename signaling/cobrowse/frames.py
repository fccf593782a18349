"""Every frame of `/ws/cobrowse`, declared once.

Text frames are JSON; `t` tells the type. Binary frames carry what the recorder saw:

    0       1      2       3   4        8       12       20
    | ver=1 | kind | flags | 0 | epoch  | seq    | at     | payload ...
              u8     u8          u32 BE   u32 BE   f64 BE

`kind` 1 is a snapshot (its `seq` is 0 and its epoch is new), 2 a delta. The payload is a JSON
array of rrweb events, gzipped (RFC 1952) when bit 0 of `flags` is set. `at` is the server's
clock in UTC milliseconds: the sharer sends 0 and the relay writes it.

A sharer is the visitor's browser, a viewer staff or an expert. docs/cobrowse.md has the rules.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from signaling.events import CobrowseOperation, Page, Person

__all__ = [
    "FLAG_GZIP",
    "HEADER",
    "MAX_INFLATED",
    "MAX_PAYLOAD",
    "MAX_TEXT_FRAME",
    "VERSION",
    "Bye",
    "ClearMarks",
    "ClientFrame",
    "Code",
    "Curtain",
    "Hello",
    "Highlight",
    "Kind",
    "Masked",
    "Operate",
    "Operated",
    "PageShown",
    "Ping",
    "Pointer",
    "Pong",
    "Resync",
    "ServerFrame",
    "Sharing",
    "Shown",
    "Stroke",
    "TakeSnapshot",
    "Viewer",
    "Viewers",
    "Welcome",
]

VERSION = 1
HEADER = 20  # bytes before the payload
FLAG_GZIP = 1
MAX_PAYLOAD = 8 * 1024 * 1024  # bytes of one binary frame's payload, as sent
MAX_INFLATED = 32 * 1024 * 1024  # bytes of it unpacked
MAX_TEXT_FRAME = 16 * 1024  # bytes

Kind = Literal[1, 2]  # snapshot, delta
Id = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[^\x00]*$")]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
#: CSS pixels of the sharer's document, from its top left corner.
Length = Annotated[float, msgspec.Meta(ge=-1e7, le=1e7)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Node = Annotated[int, msgspec.Meta(ge=0, le=2**31)]

#: What became of an operation; stable words.
Code = Literal[
    "done",
    "no_grant",  # there is none, it is over, or it does not cover this
    "stale",  # of an epoch before the one that is on
    "gone",  # the node is not in the page any more
    "covered",  # something else is where the agent pointed
    "sensitive",  # a masked field
    "refused",  # nocontrol, a file field, our own widget, submitting and paying
    "shopper_busy",  # their own input pauses control
    "rate_limited",
    "too_late",  # the sharer is not connected
]


class _Frame(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t"):
    """One frame. Unknown fields are ignored."""


# --- both roles to the server ---------------------------------------------------------------


class Hello(_Frame, frozen=True, tag="hello", kw_only=True):
    """The first frame. `resume`: the sharer's one-use token from the `welcome` before."""

    v: int
    token: str
    cobrowse: Id
    role: Literal["share", "view"]
    resume: str | None = None
    page: Page | None = None  # the sharer's


class Pong(_Frame, frozen=True, tag="pong"):
    """The answer to `ping`."""


# --- sharer to server, and on to the viewers ------------------------------------------------


class PageShown(_Frame, frozen=True, tag="page", kw_only=True):
    """The page that is shown from now on, and the size of its window in CSS pixels."""

    page: Page
    width: Count = 0
    height: Count = 0


class Curtain(_Frame, frozen=True, tag="curtain", kw_only=True):
    """Nothing is shown while it is down; `reason` says why."""

    down: bool
    reason: Literal["page", "shopper", "identity", "hidden"] | None = None


class Masked(_Frame, frozen=True, tag="masked", kw_only=True):
    """How much of the page is hidden from the viewers, for the line that says so."""

    fields: Count = 0
    texts: Count = 0
    blocks: Count = 0  # marked parts, and frames of other sites


class Operated(_Frame, frozen=True, tag="operated", kw_only=True):
    """What became of an operation. `value`s never come back."""

    id: Id
    code: Code


# --- viewer to server ---------------------------------------------------------------------


class Shown(_Frame, frozen=True, tag="shown", kw_only=True):
    """The acknowledgement: what has been rebuilt up to and with `seq`."""

    epoch: Count
    seq: Count


class Resync(_Frame, frozen=True, tag="resync"):
    """A gap or a mistake in what came: take a snapshot anew."""


class Pointer(_Frame, frozen=True, tag="pointer", kw_only=True):
    """Where a viewer points, or with null that they do not. Latest wins, at most 30 Hz.

    From the server with `viewer`.
    """

    x: Length | None = None
    y: Length | None = None
    viewer: Id | None = None


class Stroke(_Frame, frozen=True, tag="stroke", kw_only=True):
    """More points of one line of the pen. `end`: the last of it."""

    stroke: Id
    points: Annotated[list[tuple[Length, Length]], msgspec.Meta(max_length=200)]
    end: bool = False
    viewer: Id | None = None


class Highlight(_Frame, frozen=True, tag="highlight", kw_only=True):
    """A frame around one node; null takes it away."""

    node: Node | None = None
    viewer: Id | None = None


class ClearMarks(_Frame, frozen=True, tag="clear", kw_only=True):
    """Takes a viewer's strokes and highlight away."""

    viewer: Id | None = None


class Operate(_Frame, frozen=True, tag="operate", kw_only=True):
    """Something to be done in the shopper's page; the page checks it (docs/cobrowse.md).

    `fx`, `fy`: where in the node's box. `dx`, `dy`: how far to scroll. `value`: what to fill.
    """

    id: Id
    grant: Id
    epoch: Count
    op: CobrowseOperation
    node: Node
    fx: Fraction = 0.5
    fy: Fraction = 0.5
    dx: Length = 0
    dy: Length = 0
    value: Annotated[str, msgspec.Meta(max_length=4000)] | None = None
    viewer: Id | None = None  # from the server


ClientFrame = (
    Hello | Pong | PageShown | Curtain | Masked | Operated
    | Shown | Resync | Pointer | Stroke | Highlight | ClearMarks | Operate
)  # fmt: skip


# --- server to client -----------------------------------------------------------------------


class Viewer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who sees the page. `colour`: 0, 1 or 2, each once at a time."""

    id: str
    person: Person
    colour: int


class Welcome(_Frame, frozen=True, tag="welcome", kw_only=True):
    """The way is open. `epoch`: the newest one; the sharer goes on above it.

    `resume`: for the sharer's next connection, once. `you`: a viewer's own id here.
    """

    you: str
    epoch: int
    now: int
    ping: float  # seconds between pings
    viewers: list[Viewer] = []
    resume: str | None = None
    sharing: bool = False  # the sharer is connected
    page: PageShown | None = None
    curtain: Curtain | None = None
    masked: Masked | None = None
    v: int = VERSION


class Ping(_Frame, frozen=True, tag="ping"):
    """Answer with `pong`; two without an answer end the connection."""


class Viewers(_Frame, frozen=True, tag="viewers", kw_only=True):
    """Who sees the page now. With nobody the sharer records nothing."""

    viewers: list[Viewer]


class TakeSnapshot(_Frame, frozen=True, tag="snapshot"):
    """To the sharer: begin a new epoch with a snapshot."""


class Sharing(_Frame, frozen=True, tag="sharing", kw_only=True):
    """To viewers: the sharer's browser is connected, or between two pages or lost."""

    on: bool


class Bye(_Frame, frozen=True, tag="bye", kw_only=True):
    """Sent before a close. `retry_after` seconds; null: never."""

    code: int
    reason: str
    retry_after: float | None = None


ServerFrame = (
    Welcome | Ping | Viewers | TakeSnapshot | Sharing
    | PageShown | Curtain | Masked | Operated
    | Pointer | Stroke | Highlight | ClearMarks | Operate | Bye
)  # fmt: skip
