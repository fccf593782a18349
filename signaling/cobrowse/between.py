"""What the nodes of one co-browsing tell each other over the bus, which may lose any of it.

The node that the sharer is connected to is its *home*: the relay is there. Viewers on other
nodes are carried to it.

    cobrowse.<id>               everybody  where the home is; who looks for one
    cobrowse.up.<id>.<home>     to it      viewers, and what they say
    cobrowse.down.<id>.<node>   from it    what the viewers on a node get

All of it is told again every 10 s, so a loss is mended. MessagePack, as pictures travel here.
"""

from __future__ import annotations

import msgspec

from signaling.events import Person

__all__ = [
    "Arrived",
    "Closed",
    "Home",
    "Left",
    "Looking",
    "NoHome",
    "Notice",
    "Passed",
    "Said",
    "Unsent",
    "decode",
    "down_topic",
    "encode",
    "topic",
    "up_topic",
]


class _Notice(msgspec.Struct, frozen=True, tag_field="n", omit_defaults=True, kw_only=True):
    node: str  # whose it is


class Home(_Notice, frozen=True, tag="home", kw_only=True):
    """The relay is here. `fresh`: the sharer has just come; `sharing`: it is connected."""

    fresh: bool = False
    sharing: bool = False


class NoHome(_Notice, frozen=True, tag="no_home"):
    """This node is home no more."""


class Looking(_Notice, frozen=True, tag="looking"):
    """Where is the home?"""


class Arrived(_Notice, frozen=True, tag="arrived", kw_only=True):
    """A viewer is connected to this node; told again and again. `unsent`: bytes."""

    viewer: str
    person: Person
    unsent: int = 0


class Left(_Notice, frozen=True, tag="left", kw_only=True):
    """A viewer is not connected any more."""

    viewer: str


class Said(_Notice, frozen=True, tag="said", kw_only=True):
    """A text frame of a viewer."""

    viewer: str
    frame: bytes


class Unsent(_Notice, frozen=True, tag="unsent", kw_only=True):
    """How many bytes wait for a viewer's socket: told when it is much, and when it is none."""

    viewer: str
    size: int


class Passed(_Notice, frozen=True, tag="passed", kw_only=True):
    """A frame for viewers of a node, encoded. `key`: as in `effects.Say`."""

    to: list[str]
    data: bytes
    key: str | None = None


class Closed(_Notice, frozen=True, tag="closed", kw_only=True):
    """A viewer's connection is to be closed, with this word."""

    viewer: str
    reason: str
    superseded: bool = False


Notice = Home | NoHome | Looking | Arrived | Left | Said | Unsent | Passed | Closed

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Notice] = msgspec.msgpack.Decoder(Notice)


def encode(notice: Notice) -> bytes:
    """Return the bytes of `notice`."""
    return _encoder.encode(notice)


def decode(data: bytes) -> Notice:
    """Return the notice in `data`.

    Raises:
        msgspec.DecodeError: it is none; another release may run beside this one.
    """
    return _decoder.decode(data)


def topic(cobrowse: str) -> str:
    return f"cobrowse.{cobrowse}"


def up_topic(cobrowse: str, node: str) -> str:
    return f"cobrowse.up.{cobrowse}.{node}"


def down_topic(cobrowse: str, node: str) -> str:
    return f"cobrowse.down.{cobrowse}.{node}"
