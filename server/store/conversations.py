"""Loads and saves conversations with their events, acknowledgements and owed hints.

A command locks its conversation's row first and the site's row last (`next_feed`), so that
commit order equals the order of both numbers and nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.record import Record
from server.store.tables import command, conversation, event, outbox, site
from signaling.events import File, Message, Note, PageViewed, TimelineEvent
from signaling.messages import Ack

__all__ = [
    "UNTOLD",
    "Row",
    "StoredEvent",
    "acknowledged",
    "append",
    "attached",
    "create",
    "decode_record",
    "latest",
    "load",
    "next_feed",
    "owe",
    "remember",
    "save",
]

#: In `command.conversation` of a command that opened one.
STARTING: Final = "start"

#: Kinds of events that are no lines of the story.
UNTOLD: Final = ("read", "call_media", "clock_started")

_records: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)
_acks: msgspec.json.Decoder[Ack] = msgspec.json.Decoder(Ack)
_encoder = msgspec.json.Encoder()
decode_record = _records.decode


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation as stored. `visitor_changed`: the newest `changed` of its visitor's rows."""

    id: str
    site: str
    visitor: str
    changed: int
    visitor_changed: int
    record: Record


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with who may see it."""

    event: TimelineEvent
    mask: int


_siblings = conversation.alias("siblings")
_newest = (
    select(func.max(_siblings.c.changed))
    .where(_siblings.c.visitor == conversation.c.visitor)
    .scalar_subquery()
)
_load = select(
    conversation.c.id,
    conversation.c.site,
    conversation.c.visitor,
    conversation.c.changed,
    conversation.c.body,
    _newest.label("visitor_changed"),
).where(conversation.c.id == bindparam("conv"))
_lock = _load.with_for_update(of=conversation)


async def load(tx: AsyncConnection, conv: str, *, lock: bool = False) -> Row | None:
    """Return a conversation; `lock` keeps others from deciding on it until the commit."""
    row = (await tx.execute(_lock if lock else _load, {"conv": conv})).first()
    if row is None:
        return None
    record = decode_record(row.body)
    return Row(row.id, row.site, row.visitor, row.changed, row.visitor_changed, record)


async def latest(tx: AsyncConnection, visitor: str, *, live: bool = False) -> str | None:
    """Return the visitor's newest conversation; `live`: that is not closed."""
    query = select(conversation.c.id).where(conversation.c.visitor == visitor)
    if live:
        query = query.where(conversation.c.state != "closed")
    query = query.order_by(conversation.c.id.desc()).limit(1)
    found: str | None = (await tx.execute(query)).scalar_one_or_none()
    return found


_acknowledged = select(command.c.ack).where(
    command.c.conversation == bindparam("conv"),
    command.c.sender == bindparam("who"),
    command.c.id == bindparam("key"),
)


async def acknowledged(tx: AsyncConnection, conv: str, sender: str, key: str) -> Ack | None:
    """Return the acknowledgement of a command that was done before."""
    ack = (
        await tx.execute(_acknowledged, {"conv": conv, "who": sender, "key": key})
    ).scalar_one_or_none()
    return None if ack is None else _acks.decode(ack)


_remember = insert(command)


async def remember(tx: AsyncConnection, conv: str, sender: str, ack: Ack, now: int) -> None:
    """Keep the acknowledgement of a command for its resends."""
    await tx.execute(
        _remember,
        {
            "conversation": conv,
            "sender": sender,
            "id": ack.id,
            "at": now,
            "ack": _encoder.encode(ack),
        },
    )


_next_feed = (
    update(site)
    .where(site.c.id == bindparam("which"))
    .values(feed_seq=site.c.feed_seq + 1)
    .returning(site.c.feed_seq)
)


async def next_feed(tx: AsyncConnection, site_id: str) -> int:
    """Return the number of this commit in the site's inbox."""
    number: int = (await tx.execute(_next_feed, {"which": site_id})).scalar_one()
    return number


def _columns(record: Record) -> dict[str, Any]:
    state = record.state
    return {
        "state": state.state,
        "assignee": None if state.assignee is None else state.assignee.id,
        "closed_at": state.closed_at,
        "auto_due_at": record.auto_due,
        "call_due_at": record.call_due,
        "cobrowse_due_at": record.next_cobrowse_due,
        "identity_due_at": record.identity_due,
        "last_seq": record.seq,
        "last_seq_visitor": record.heads.visitor,
        "last_seq_staff": record.heads.staff,
        "body": _encoder.encode(record),
    }


_create = insert(conversation)
_save = update(conversation).where(conversation.c.id == bindparam("which"))


async def create(
    tx: AsyncConnection, record: Record, *, site_id: str, visitor: str, feed: int
) -> None:
    """Store a new conversation."""
    state = record.state
    await tx.execute(
        _create,
        {
            "id": state.id,
            "site": site_id,
            "visitor": visitor,
            "opened_at": state.opened_at,
            "changed": feed,
            **_columns(record),
        },
    )


async def save(tx: AsyncConnection, record: Record, *, feed: int) -> None:
    """Store a conversation after its events."""
    await tx.execute(_save, {"which": record.state.id, "changed": feed, **_columns(record)})


_append = insert(event)
_older_pages = (
    update(event)
    .where(event.c.conversation == bindparam("conv"), event.c.kind == "page", event.c.shown)
    .values(shown=False)
)


async def append(tx: AsyncConnection, conv: str, events: Sequence[StoredEvent]) -> None:
    """Store new events; a page takes the place of the one before in snapshots."""
    if any(isinstance(stored.event.event, PageViewed) for stored in events):
        await tx.execute(_older_pages, {"conv": conv})
    await tx.execute(_append, [_event(conv, stored) for stored in events])


def _event(conv: str, stored: StoredEvent) -> dict[str, Any]:
    body = stored.event.event
    kind = str(body.__struct_config__.tag)
    search = body.text.lower() if isinstance(body, Message | Note) and body.text else None
    return {
        "conversation": conv,
        "seq": stored.event.seq,
        "at": stored.event.at,
        "kind": kind,
        "mask": stored.mask,
        "shown": kind not in UNTOLD,
        "body": _encoder.encode(stored.event),
        "search": search,
    }


_owe = insert(outbox)


async def owe(tx: AsyncConnection, key: str, now: int, hints: bytes) -> None:
    """Write down what this commit must tell the bus."""
    await tx.execute(_owe, {"id": key, "at": now, "hints": hints})


def attached(events: Sequence[StoredEvent]) -> list[tuple[File, int, Message]]:
    """Return the files of the events with the seq and the message that carry each."""
    return [
        (file, stored.event.seq, stored.event.event)
        for stored in events
        if isinstance(stored.event.event, Message)
        for file in stored.event.event.files
    ]
