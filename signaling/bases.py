"""What every frame, command and event body is made from."""

from __future__ import annotations

from typing import Annotated

import msgspec

from signaling.values import Value

__all__ = ["Command", "ConversationCommand", "EventBase", "Frame", "Id", "Key"]

Id = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]  # PostgreSQL keeps no NUL

#: An id from a browser that becomes part of a topic on the bus.
Key = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[0-9A-Za-z]+$")]


class Frame(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t"):
    """One frame. Unknown fields are ignored."""


class Command(Frame, frozen=True, kw_only=True):
    """Asks for something; answered by `ack` or `nack` with the same `id`."""

    id: Id


class ConversationCommand(Command, frozen=True, kw_only=True):
    conv: Id


class EventBase(Value, frozen=True, tag_field="kind"):
    """The body of one durable event."""
