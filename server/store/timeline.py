"""Reads events and inbox rows for an audience."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.audience import ADMITTED, CONSULT, STAFF, VISITOR
from server.domain.record import Record
from server.store.conversations import UNTOLD, decode_record
from server.store.tables import conversation, event
from server.store.tables import site as site_table
from server.store.tables import visitor as visitor_table
from signaling.events import ExpertAdmitted, ExpertLeft, ExpertSeat, TimelineEvent
from signaling.hints import Audience

__all__ = [
    "Newest",
    "admitted_after",
    "count_after",
    "events_after",
    "feed_of_rows",
    "feed_of_site",
    "feeds_of_sites",
    "feeds_of_visitors",
    "heads",
    "left_reason",
    "newest",
    "older",
    "rows_of_site",
    "search",
]

_events: msgspec.json.Decoder[TimelineEvent] = msgspec.json.Decoder(TimelineEvent)


def _seen(audience: Audience, seat: ExpertSeat | None) -> ColumnElement[bool]:
    """Say in SQL what `domain.audience.visible` says."""
    mask = event.c.mask
    match audience:
        case "visitor":
            return mask.bitwise_and(VISITOR) != 0
        case "staff":
            return mask.bitwise_and(STAFF) != 0
        case "expert":
            consult = mask.bitwise_and(CONSULT) != 0
            if seat is None or seat.status != "admitted":
                return consult
            admitted = mask.bitwise_and(ADMITTED) != 0
            return or_(consult, and_(admitted, event.c.seq > seat.from_seq))


def _bodies(
    conv: str, audience: Audience, seat: ExpertSeat | None, *conditions: ColumnElement[bool]
) -> Select[Any]:
    return select(event.c.body).where(
        event.c.conversation == conv, _seen(audience, seat), *conditions
    )


async def _read(tx: AsyncConnection, query: Select[Any]) -> list[TimelineEvent]:
    return [_events.decode(body) for body in (await tx.execute(query)).scalars()]


async def events_after(
    tx: AsyncConnection, conv: str, audience: Audience, seat: ExpertSeat | None, after: int
) -> list[TimelineEvent]:
    """Return the visible events after `after`, oldest first."""
    query = _bodies(conv, audience, seat, event.c.seq > after)
    return await _read(tx, query.order_by(event.c.seq))


async def count_after(
    tx: AsyncConnection, conv: str, audience: Audience, seat: ExpertSeat | None, after: int
) -> int:
    """Return how many visible events come after `after`."""
    query = _bodies(conv, audience, seat, event.c.seq > after).with_only_columns(func.count())
    return int((await tx.execute(query)).scalar_one())


async def admitted_after(tx: AsyncConnection, conv: str, expert: str, after: int) -> bool:
    """Tell whether the expert was let in after `after`: older events became visible then."""
    query = select(event.c.body).where(
        event.c.conversation == conv, event.c.seq > after, event.c.kind == "expert_admitted"
    )
    return any(
        isinstance(found.event, ExpertAdmitted) and found.event.expert.id == expert
        for found in await _read(tx, query)
    )


async def left_reason(tx: AsyncConnection, conv: str, expert: str) -> str | None:
    """Return why an expert's seat ended."""
    query = select(event.c.body).where(event.c.conversation == conv, event.c.kind == "expert_left")
    for found in await _read(tx, query.order_by(event.c.seq.desc())):
        if isinstance(found.event, ExpertLeft) and found.event.expert.id == expert:
            return found.event.reason
    return None


async def newest(
    tx: AsyncConnection, conv: str, audience: Audience, seat: ExpertSeat | None, limit: int
) -> tuple[list[TimelineEvent], bool]:
    """Return the newest events worth showing, oldest first, and whether older ones exist."""
    query = _bodies(conv, audience, seat, event.c.shown)
    found = await _read(tx, query.order_by(event.c.seq.desc()).limit(limit + 1))
    return found[:limit][::-1], len(found) > limit


async def older(
    tx: AsyncConnection,
    conv: str,
    audience: Audience,
    seat: ExpertSeat | None,
    before: int,
    limit: int,
) -> tuple[list[TimelineEvent], bool]:
    """Return the events before `before` that tell the story, oldest first, and whether more."""
    told = event.c.kind.not_in(UNTOLD)
    query = _bodies(conv, audience, seat, event.c.seq < before, told)
    found = await _read(tx, query.order_by(event.c.seq.desc()).limit(limit + 1))
    return found[:limit][::-1], len(found) > limit


async def rows_of_site(
    tx: AsyncConnection,
    site: str,
    *,
    after: int | None = None,
    visitor: str | None = None,
    conv: str | None = None,
    states: Sequence[str] = (),
    limit: int | None = None,
) -> list[tuple[int, Record]]:
    """Return rows of an inbox with their `changed`, in its order."""
    query = select(conversation.c.changed, conversation.c.body).where(conversation.c.site == site)
    if after is not None:
        query = query.where(conversation.c.changed > after)
    if visitor is not None:
        query = query.where(conversation.c.visitor == visitor)
    if conv is not None:
        query = query.where(conversation.c.id == conv)
    if states:
        query = query.where(conversation.c.state.in_(states))
    query = query.order_by(conversation.c.changed)
    if limit is not None:
        query = query.limit(limit)
    return [(row.changed, decode_record(row.body)) for row in await tx.execute(query)]


async def feed_of_site(tx: AsyncConnection, site: str) -> int:
    """Return the number of the newest commit in the site's inbox."""
    query = select(site_table.c.feed_seq).where(site_table.c.id == site)
    return int((await tx.execute(query)).scalar_one())


async def feed_of_rows(
    tx: AsyncConnection, *, visitor: str | None = None, conv: str | None = None
) -> int:
    """Return the number of the newest commit to a visitor's rows, or to one row."""
    query = select(func.max(conversation.c.changed))
    if visitor is not None:
        query = query.where(conversation.c.visitor == visitor)
    if conv is not None:
        query = query.where(conversation.c.id == conv)
    return int((await tx.execute(query)).scalar_one() or 0)


async def feeds_of_sites(tx: AsyncConnection, sites: Collection[str]) -> dict[str, int]:
    """Return the number of the newest commit in the inbox of each site."""
    query = select(site_table.c.id, site_table.c.feed_seq).where(site_table.c.id.in_(sites))
    return {row.id: row.feed_seq for row in await tx.execute(query)}


async def feeds_of_visitors(tx: AsyncConnection, visitors: Collection[str]) -> dict[str, int]:
    """Return the number of the newest commit to the rows of each visitor who has any."""
    query = (
        select(conversation.c.visitor, func.max(conversation.c.changed).label("changed"))
        .where(conversation.c.visitor.in_(visitors))
        .group_by(conversation.c.visitor)
    )
    return {row.visitor: row.changed for row in await tx.execute(query)}


class Newest(NamedTuple):
    """Whose a conversation is, and the newest seq in it that staff and the visitor may see."""

    site: str
    visitor: str
    staff_seq: int
    visitor_seq: int


async def heads(tx: AsyncConnection, convs: Collection[str]) -> dict[str, Newest]:
    """Return the heads of conversations; those unknown are left out."""
    row = conversation.c
    query = select(row.id, row.site, row.visitor, row.last_seq_staff, row.last_seq_visitor).where(
        row.id.in_(convs)
    )
    return {conv: Newest(*rest) for conv, *rest in await tx.execute(query)}


async def search(
    tx: AsyncConnection,
    site: str,
    *,
    states: Sequence[str],
    words: str,
    before: str | None,
    limit: int,
) -> list[Record]:
    """Return conversations, newest first; `words` occur in their text or the visitor's contact."""
    query = select(conversation.c.body).where(conversation.c.site == site)
    if states:
        query = query.where(conversation.c.state.in_(states))
    if before is not None:
        query = query.where(conversation.c.id < before)
    if words:
        pattern = f"%{_escape(words.lower())}%"
        found = select(literal(1)).where(
            event.c.conversation == conversation.c.id, event.c.search.like(pattern, escape="\\")
        )
        known = select(visitor_table.c.id).where(
            visitor_table.c.site == site,
            or_(
                func.lower(visitor_table.c.name).like(pattern, escape="\\"),
                func.lower(visitor_table.c.email).like(pattern, escape="\\"),
            ),
        )
        query = query.where(or_(found.exists(), conversation.c.visitor.in_(known)))
    query = query.order_by(conversation.c.id.desc()).limit(limit)
    return [decode_record(body) for body in (await tx.execute(query)).scalars()]


def _escape(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
