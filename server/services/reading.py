"""Reads conversations and inboxes for somebody: snapshots, replays, history, heads.

Each answer is read in one transaction on one snapshot of the database, so that a state
and the position beside it belong together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.access import access
from server.domain.audience import redact_event, redact_state, seat_of
from server.domain.record import Record, head, summary
from server.services.announcing import event_frame
from server.store import conversations, timeline
from server.store.conversations import Row
from server.store.database import Database
from signaling.backend import Cursor, Principal
from signaling.errors import Refusal
from signaling.events import ConversationSummary, ExpertSeat, TimelineEvent
from signaling.messages import INBOX, Event, InboxChanges, InboxSnapshot, Snapshot

__all__ = ["MAX_REPLAY", "Reading"]

MAX_REPLAY: Final = 300  # events; a larger gap is cheaper as a snapshot
_SNAPSHOT: Final = 50  # events in a snapshot
_PAGE: Final = 50  # conversations in a list
_LIVE: Final = ("waiting", "active")


class Reading:
    """Answers what people may see."""

    def __init__(self, db: Database, epoch: str) -> None:
        self._db = db
        self.epoch = epoch

    async def _row(
        self, tx: AsyncConnection, who: Principal, conv: str
    ) -> tuple[Row, ExpertSeat | None]:
        row = await conversations.load(tx, conv)
        if row is None:
            raise Refusal("not_found", "There is no such conversation.")
        access(row.record.state, row.site, who)
        seat = seat_of(row.record.state, who.person.id) if who.audience == "expert" else None
        return row, seat

    async def access(self, who: Principal, conv: str) -> Record:
        """Return the record of a conversation that `who` may see."""
        async with self._db.read() as tx:
            row, _ = await self._row(tx, who, conv)
        return row.record

    # --- one conversation -----------------------------------------------------------------------

    async def open_conversation(
        self, who: Principal, conv: str, cursor: Cursor | None
    ) -> Snapshot | list[Event]:
        """Return what follows `cursor`, or a snapshot when that is impossible or long."""
        async with self._db.read() as tx:
            row, seat = await self._row(tx, who, conv)
            if cursor is not None and await self._replayable(tx, who, row, seat, cursor):
                return await self._after(tx, who, conv, seat, cursor[1])
            return await self._snapshot(tx, who, row, seat)

    async def _snapshot(
        self, tx: AsyncConnection, who: Principal, row: Row, seat: ExpertSeat | None
    ) -> Snapshot:
        events, more = await timeline.newest(tx, row.id, who.audience, seat, _SNAPSHOT)
        return Snapshot(
            conv=row.id,
            epoch=self.epoch,
            seq=head(row.record, who.audience, who.person),
            state=redact_state(row.record.state, who.audience),
            events=[redact_event(event, who.audience) for event in events],
            more=more,
        )

    async def _replayable(
        self,
        tx: AsyncConnection,
        who: Principal,
        row: Row,
        seat: ExpertSeat | None,
        cursor: Cursor,
    ) -> bool:
        epoch, seq = cursor
        if epoch != self.epoch or not 0 < seq <= row.record.seq:
            return False
        if who.audience == "expert" and await timeline.admitted_after(
            tx, row.id, who.person.id, seq
        ):
            return False  # what was hidden before the cursor is not hidden any more
        return await timeline.count_after(tx, row.id, who.audience, seat, seq) <= MAX_REPLAY

    async def _after(
        self, tx: AsyncConnection, who: Principal, conv: str, seat: ExpertSeat | None, after: int
    ) -> list[Event]:
        frames = []
        for event in await timeline.events_after(tx, conv, who.audience, seat, after):
            shown = redact_event(event, who.audience)
            frames.append(event_frame(conv, self.epoch, after, shown))
            after = event.seq
        return frames

    async def read_conversation(
        self, who: Principal, conv: str, after: int
    ) -> Snapshot | list[Event]:
        """Return the visible events after `after`; a snapshot to an expert who was let in."""
        async with self._db.read() as tx:
            row, seat = await self._row(tx, who, conv)
            if seat is not None and await timeline.admitted_after(tx, conv, who.person.id, after):
                return await self._snapshot(tx, who, row, seat)
            return await self._after(tx, who, conv, seat, after)

    async def history(
        self, who: Principal, conv: str, before: int, limit: int
    ) -> tuple[list[TimelineEvent], bool]:
        """Return the events before `before`, oldest first, and whether there are more."""
        async with self._db.read() as tx:
            _, seat = await self._row(tx, who, conv)
            events, more = await timeline.older(tx, conv, who.audience, seat, before, limit)
        return [redact_event(event, who.audience) for event in events], more

    # --- inboxes --------------------------------------------------------------------------------

    async def open_inbox(
        self, who: Principal, cursor: Cursor | None
    ) -> InboxSnapshot | InboxChanges:
        """Return the rows that changed after `cursor`, or the whole inbox."""
        async with self._db.read() as tx:
            position = await self._position(tx, who)
            if cursor is not None and cursor[0] == self.epoch and 0 < cursor[1] <= position:
                rows = await self._rows(tx, who, after=cursor[1], limit=MAX_REPLAY + 1)
                if len(rows) <= MAX_REPLAY:
                    return InboxChanges(
                        epoch=self.epoch,
                        seq=position,
                        prev=cursor[1],
                        items=[summary(record, who.audience, who.person) for _, record in rows],
                    )
            states = _LIVE if who.audience == "staff" else ()
            rows = await self._rows(tx, who, states=states)
        items = [summary(record, who.audience, who.person) for _, record in rows]
        return InboxSnapshot(epoch=self.epoch, seq=position, items=items)

    async def read_inbox(self, who: Principal, after: int) -> InboxChanges | None:
        """Return the rows that changed after `after`, if any."""
        async with self._db.read() as tx:
            rows = await self._rows(tx, who, after=after)
        if not rows:
            return None
        items = [summary(record, who.audience, who.person) for _, record in rows]
        return InboxChanges(epoch=self.epoch, seq=rows[-1][0], prev=after, items=items)

    async def _rows(
        self,
        tx: AsyncConnection,
        who: Principal,
        *,
        after: int | None = None,
        states: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[tuple[int, Record]]:
        rows = await timeline.rows_of_site(
            tx,
            who.site,
            after=after,
            states=states,
            limit=limit,
            visitor=who.person.id if who.audience == "visitor" else None,
            conv=(who.conv or "") if who.audience == "expert" else None,
        )
        if who.audience == "expert":
            return [row for row in rows if seat_of(row[1].state, who.person.id) is not None]
        return rows

    async def _position(self, tx: AsyncConnection, who: Principal) -> int:
        match who.audience:
            case "staff":
                return await timeline.feed_of_site(tx, who.site)
            case "visitor":
                return await timeline.feed_of_rows(tx, visitor=who.person.id)
            case "expert":
                return await timeline.feed_of_rows(tx, conv=who.conv or "")

    async def heads(self, asked: Sequence[tuple[Principal, Sequence[str]]]) -> list[dict[str, int]]:
        """Return, for each who asks, the newest position of the streams open to them.

        Asked with every heartbeat of every connection, so it reads columns, not records, and
        for everybody at once.
        """
        convs = {stream for _, streams in asked for stream in streams if stream != INBOX}
        inboxes = [who for who, streams in asked if INBOX in streams]
        async with self._db.read() as tx:
            newest = await timeline.heads(tx, convs)
            sites = {who.site for who in inboxes if who.audience == "staff"}
            visitors = {who.person.id for who in inboxes if who.audience == "visitor"}
            feeds = await timeline.feeds_of_sites(tx, sites)
            feeds |= await timeline.feeds_of_visitors(tx, visitors)
            return [
                await self._expert_heads(tx, who, streams)
                if who.audience == "expert"
                else _heads(who, streams, newest, feeds)
                for who, streams in asked
            ]

    async def _expert_heads(
        self, tx: AsyncConnection, who: Principal, streams: Sequence[str]
    ) -> dict[str, int]:
        heads: dict[str, int] = {}
        if INBOX in streams:
            heads[INBOX] = await self._position(tx, who)
        if who.conv in streams:
            row = await conversations.load(tx, str(who.conv))
            if row is not None and seat_of(row.record.state, who.person.id) is not None:
                heads[row.id] = head(row.record, who.audience, who.person)
        return heads

    async def find(
        self, who: Principal, *, view: str, words: str, before: str | None
    ) -> tuple[list[ConversationSummary], str | None]:
        """Return conversations for staff's lists, newest first, and where the next page begins."""
        states = ("closed",) if view == "closed" else ()
        async with self._db.read() as tx:
            found = await timeline.search(
                tx, who.site, states=states, words=words, before=before, limit=_PAGE + 1
            )
        items = [summary(record, who.audience, who.person) for record in found[:_PAGE]]
        return items, items[-1].id if len(found) > _PAGE else None


def _heads(
    who: Principal,
    streams: Sequence[str],
    newest: Mapping[str, timeline.Newest],
    feeds: Mapping[str, int],
) -> dict[str, int]:
    """Pick what a visitor or a member of staff may see; what is not theirs is left out."""
    staff = who.audience == "staff"
    heads: dict[str, int] = {}
    for stream in streams:
        if stream == INBOX:
            heads[INBOX] = feeds.get(who.site if staff else who.person.id, 0)
            continue
        found = newest.get(stream)
        if found is None or found.site != who.site:
            continue
        if staff:
            heads[stream] = found.staff_seq
        elif found.visitor == who.person.id:
            heads[stream] = found.visitor_seq
    return heads
