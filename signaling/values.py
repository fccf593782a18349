"""The small things that events, states and frames are made of: people, pages, files.

Times are UTC milliseconds since 1970 (JSON numbers); ids are ULIDs unless said.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "CobrowseOperation",
    "File",
    "MediaKind",
    "Page",
    "Person",
    "Role",
    "Scope",
    "Value",
    "Visitor",
]

Role = Literal["visitor", "agent", "supervisor", "expert", "guest", "system"]
MediaKind = Literal["audio", "video", "screen"]
#: What an expert's link allows. "chat" write; "hear", "see" receive; "speak" send voice and video.
#: "cobrowse" see the shopper's page once admitted.
Scope = Literal["chat", "hear", "see", "speak", "cobrowse"]
#: What an agent may do in the shopper's page; each needs the shopper's grant.
CobrowseOperation = Literal["scroll", "click", "fill"]


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a frame. Unknown fields are ignored, so that changes can be additive."""


class Person(Value, frozen=True):
    """Who did something, as the reader may know them.

    A guest is an outside source or player that staff let into a call (docs/whip.md); its name is
    the label that they gave it.

    A visitor's name is empty towards an expert and for an anonymous visitor: the
    reader's language decides what to show then.
    """

    id: str
    role: Role
    name: str = ""


class Visitor(Value, frozen=True):
    """The visitor of a conversation; `email` reaches staff only."""

    id: str
    name: str = ""
    email: str | None = None
    kind: Literal["anonymous", "identified", "verified"] = "anonymous"
    customer: str = ""  # the shop's own id, signed by the shop; reaches staff only


class Page(Value, frozen=True):
    """A page of the shop; query and fragment are stripped from the URL."""

    url: str
    title: str = ""


class File(Value, frozen=True):
    """A file in a message. `type` was read from its content; `url` needs the reader's session."""

    id: str
    name: str
    type: str
    size: int  # bytes
    url: str
    image: bool = False  # may be shown inline
    width: int = 0  # pixels, of an image
    height: int = 0
