"""What travels on the bus between nodes.

The bus may lose any of these: SQL is the truth. A hint carries encoded frames so that a
gateway need not read SQL when they continue what it has sent; when they do not, or when a
hint carries none, it reads.

Topics: `conv.<conversation>`, `inbox.<site>` (staff), `person.<person>` (visitors' and
experts' inboxes, frames for one person, ended sessions), `site.<site>` (availability),
`node.<node>` (calls between nodes) and `call.<call>` (to the node with its room). JSON, so
that an encoded frame can be embedded as is.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from signaling.commands import CallFrame
from signaling.events import Person

__all__ = [
    "MAX_HINT",
    "Audience",
    "CallSaid",
    "ConversationHint",
    "EncodedFrame",
    "FrameHint",
    "Hint",
    "InboxHint",
    "PresenceAsked",
    "SessionEnded",
    "StandingChanged",
    "ViewersHint",
    "VisitorHere",
    "call_topic",
    "conversation_topic",
    "decode",
    "encode",
    "inbox_topic",
    "node_topic",
    "person_topic",
    "raw",
    "site_topic",
]

#: Bytes. A larger hint goes without its frames, and gateways read SQL.
MAX_HINT = 32 * 1024

Audience = Literal["visitor", "staff", "expert"]


class _Hint(msgspec.Struct, frozen=True, tag_field="h", omit_defaults=True):
    pass


class EncodedFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frame that moves a stream from `prev` to `seq`, encoded once for its whole audience.

    Nothing that this audience may see lies between `prev` and `seq`, and the frame's own
    `prev` field says the same as this one. `prev` is the audience's last visible position
    before this commit: `conversation.last_seq_<audience>` for an event, the site's
    `feed_seq - 1` for staff's inbox, the newest `changed` of the person's own rows for
    theirs.
    """

    seq: int
    prev: int
    frame: msgspec.Raw


class ConversationHint(_Hint, frozen=True, tag="conv", kw_only=True):
    """A commit appended events to a conversation.

    `frames`: encoded `messages.Event` per audience, in order; an audience that is absent
    sees none of them. Experts differ in what they may see, so their gateways always read
    (`seq` is enough). None: too large, read. `call`: what a call heeds is among them.
    """

    conv: str
    seq: int
    frames: dict[Audience, list[EncodedFrame]] | None = None
    call: bool = False


class InboxHint(_Hint, frozen=True, tag="inbox", kw_only=True):
    """A row of an inbox changed; `frame` is an encoded `messages.InboxChanges`. None: read."""

    seq: int
    frame: EncodedFrame | None = None


class FrameHint(_Hint, frozen=True, tag="frame", kw_only=True):
    """A frame to pass on as it is, once; nothing is remembered about it.

    On `conv.<id>` it goes to those who have that stream open, on `person.<id>` and
    `site.<id>` to all their connections; narrowed to `audiences` when given. `key`: a newer
    one with the same key replaces it in a queue (ephemeral); None: it must not be dropped.
    `session`: the connection that it came from, and that it does not go back to.
    """

    frame: msgspec.Raw
    key: str | None = None
    audiences: list[Audience] | None = None
    session: str | None = None


class SessionEnded(_Hint, frozen=True, tag="ended", kw_only=True):
    """On `person.<id>`: close their connections with 4004. `session`: only that login's."""

    session: str | None = None


class PresenceAsked(_Hint, frozen=True, tag="who", kw_only=True):
    """On `conv.<id>`: a staff member opened it; nodes tell what they know."""

    node: str


class VisitorHere(_Hint, frozen=True, tag="here", kw_only=True):
    """On `conv.<id>`: whether a browser of the visitor is connected to `node`."""

    node: str
    online: bool


class ViewersHint(_Hint, frozen=True, tag="viewers", kw_only=True):
    """On `conv.<id>`: everybody on `node` who looks at it now."""

    node: str
    people: list[Person]


class StandingChanged(_Hint, frozen=True, tag="standing", kw_only=True):
    """On `person.<id>` or `site.<site>`: places, offers or loads changed; gateways look in SQL."""


class CallSaid(_Hint, frozen=True, tag="direct", kw_only=True):
    """On `call.<id>`: what `person` says to the node with the call's room."""

    person: str
    frame: CallFrame


Hint = (
    ConversationHint
    | InboxHint
    | FrameHint
    | SessionEnded
    | PresenceAsked
    | VisitorHere
    | ViewersHint
    | StandingChanged
    | CallSaid
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Hint] = msgspec.json.Decoder(Hint)


def encode(hint: Hint) -> bytes:
    """Return the bytes of `hint`, without its frames when they would exceed `MAX_HINT`."""
    data = _encoder.encode(hint)
    if len(data) > MAX_HINT:
        match hint:
            case ConversationHint(frames=frames) if frames is not None:
                return _encoder.encode(msgspec.structs.replace(hint, frames=None))
            case InboxHint(frame=frame) if frame is not None:
                return _encoder.encode(msgspec.structs.replace(hint, frame=None))
            case _:
                pass  # a frame for one person has no other way there
    return data


def raw(frame: msgspec.Struct) -> msgspec.Raw:
    """Return `frame` encoded, to be embedded in a hint."""
    return msgspec.Raw(_encoder.encode(frame))


def decode(data: bytes) -> Hint:
    """Return the hint in `data`.

    Raises:
        msgspec.DecodeError: it is none; another release may run beside this one.
    """
    return _decoder.decode(data)


def call_topic(call: str) -> str:
    return f"call.{call}"


def conversation_topic(conv: str) -> str:
    return f"conv.{conv}"


def inbox_topic(site: str) -> str:
    return f"inbox.{site}"


def person_topic(person: str) -> str:
    return f"person.{person}"


def site_topic(site: str) -> str:
    return f"site.{site}"


def node_topic(node: str) -> str:
    return f"node.{node}"
