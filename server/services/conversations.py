"""Carries a command out: load under a lock, decide, store, commit, tell.

One command is one transaction. A resend finds the acknowledgement that its first sending
left in the same transaction as the events, and gets it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.access import access
from server.domain.commands import Actor, AnyCommand
from server.domain.decisions import decide, decide_start
from server.domain.drafting import Draft
from server.domain.record import Heads, Record, advance, begin
from server.services import levels
from server.services.announcing import hints_of, standing_changed
from server.services.audit import Audit
from server.services.clock import Clock
from server.services.facts import gather
from server.services.outbox import Outbox, Owed
from server.services.placement import begun
from server.services.secrets import new_id
from server.services.tasks import TRIES, Followed, busy, follow, tell
from server.store import (
    attempts,
    cobrowses,
    conversations,
    files,
    identities,
    observers,
    people,
    recordings,
)
from server.store.batches import Job
from server.store.conversations import Row, StoredEvent
from server.store.database import Database
from server.store.tasks import Stale
from signaling import messages
from signaling.backend import Command, Principal
from signaling.errors import Refusal
from signaling.events import CallStarted, ContactChanged, Opened, TimelineEvent
from signaling.messages import Ack

__all__ = ["Conversations", "Done", "Prepare", "Within"]

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_START: Final = conversations.STARTING
_NO_SUCH: Final = "There is no such conversation."

#: More work in the transaction of a command, after its events.
Within = Callable[[AsyncConnection], Awaitable[None]]
#: Work before its decision, under the lock of the conversation: it gives the command.
Prepare = Callable[[AsyncConnection, Row], Awaitable[AnyCommand]]


def _nobody(_site: str) -> None:
    return


class _Overtaken(Exception):  # noqa: N818 — try again
    """Another tab of the visitor opened a conversation between our look and our lock."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a commit made: the acknowledgement, the record after it, what it owes the bus."""

    ack: Ack
    record: Record | None = None
    key: str = ""
    owed: Owed | None = None
    followed: Followed | None = None


class Conversations:
    """The only writer of conversations."""

    def __init__(
        self, db: Database, outbox: Outbox, audit: Audit, clock: Clock, epoch: str
    ) -> None:
        self._db = db
        self._outbox = outbox
        self._audit = audit
        self._clock = clock
        self.epoch = epoch
        #: Told of the site of each commit after which somebody may be served: the router.
        self.freed: Callable[[str], None] = _nobody

    async def execute(self, who: Principal, command: Command) -> Ack:
        """Do what a browser asks and return after COMMIT."""

        async def job(tx: AsyncConnection) -> Done:
            if isinstance(command, messages.Start):
                return await self._start(tx, who, command)
            return await self._command(tx, who, command.conv, command)

        return await self._tell(await self._tried(job))

    async def _tried(self, job: Job[T]) -> T:
        """Run `job`, again when others were faster: what they made is there then.

        Raises:
            Refusal: they were faster again and again.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._db.run(job)
            except (IntegrityError, _Overtaken, Stale):
                continue
        try:
            return await self._db.run(job)
        except (_Overtaken, Stale):
            raise busy() from None

    async def act(
        self,
        conv: str,
        command: AnyCommand,
        actor: Actor,
        within: Within | None = None,
        *,
        site: str | None = None,
    ) -> Record:
        """Do what no browser's command asks (deadlines, invites); return the record after it.

        `site`: whose conversation it must be.

        Raises:
            Refusal: it may not be done, or there is no such conversation.
        """

        async def as_it_is(_tx: AsyncConnection, _row: Row) -> AnyCommand:
            return command

        return await self.act_on(conv, as_it_is, actor, within, site=site)

    async def act_on(
        self,
        conv: str,
        prepare: Prepare,
        actor: Actor,
        within: Within | None = None,
        *,
        site: str | None = None,
    ) -> Record:
        """Do what `prepare` gives, in one transaction with it; return the record after it.

        What it raises undoes all.
        """

        async def job(tx: AsyncConnection) -> tuple[Record, Done]:
            row = await conversations.load(tx, conv, lock=True)
            if row is None or site not in (None, row.site):
                raise Refusal("not_found", _NO_SUCH)
            done = await self._carry_out(tx, row, await prepare(tx, row), actor, None)
            if within is not None:
                await within(tx)
            return row.record, done

        before, done = await self._tried(job)
        await self._tell(done)
        return before if done.record is None else done.record

    async def _tell(self, done: Done) -> Ack:
        if done.owed is not None:
            await self._outbox.publish(done.key, done.owed)
        if done.followed is not None:
            tell(done.followed.steps)
            if done.followed.frees:
                self.freed(done.followed.site)
        return done.ack

    # --- inside the transaction -----------------------------------------------------------------

    async def _command(
        self, tx: AsyncConnection, who: Principal, conv: str, command: Command
    ) -> Done:
        row = await conversations.load(tx, conv, lock=True)
        if row is None:
            raise Refusal("not_found", _NO_SUCH)
        earlier = await conversations.acknowledged(tx, row.id, who.person.id, command.id)
        if earlier is not None:
            return Done(earlier)
        access(row.record.state, row.site, who)
        actor = Actor(who.person, who.audience)
        return await self._carry_out(tx, row, command, actor, command.id)

    async def _start(self, tx: AsyncConnection, who: Principal, command: messages.Start) -> Done:
        """Open a conversation, or write on in the one that is open.

        An open one is locked before its visitor's row, as every other command does.
        """
        actor = Actor(who.person, who.audience)
        earlier = await conversations.acknowledged(tx, _START, who.person.id, command.id)
        if earlier is not None:
            return Done(earlier)
        found = await conversations.latest(tx, who.person.id, live=True)
        row = None if found is None else await conversations.load(tx, found, lock=True)
        if row is not None and row.record.state.state != "closed":
            return await self._carry_out(tx, row, command, actor, command.id, remembered=_START)
        visitor = await people.lock_visitor(tx, who.person.id)
        if visitor is None or who.audience != "visitor":
            raise Refusal("forbidden", "Only a visitor starts a conversation.")
        if await conversations.latest(tx, visitor.id, live=True) is not None:
            raise _Overtaken
        now = self._clock()
        facts = await gather(tx, None, command, actor, now, who.site)
        drafts = decide_start(command, actor, visitor, facts)
        conv = new_id()
        record, events = _begin(conv, drafts, now)
        feed = await conversations.next_feed(tx, who.site)
        await conversations.create(tx, record, site_id=who.site, visitor=visitor.id, feed=feed)
        row = Row(conv, who.site, visitor.id, 0, 0, record)
        ack = Ack(id=command.id, seq=1, conv=conv)
        said = [stored.event for stored in events]
        followed = await follow(tx, who.site, record.state, command, actor, said)
        await levels.follow(tx, row, None, record.state, events)
        before = (Heads(), 0, 0)
        return await self._store(
            tx, row, record, events, before, feed, ack, actor, _START, followed
        )

    async def _carry_out(
        self,
        tx: AsyncConnection,
        row: Row,
        command: AnyCommand,
        actor: Actor,
        key: str | None,
        *,
        remembered: str | None = None,
    ) -> Done:
        now = self._clock()
        facts = await gather(tx, row, command, actor, now, row.site)
        drafts = decide(row.record.state, command, actor, facts)
        conv = row.id if isinstance(command, messages.Start) else None
        record, events = _advance(row.record, drafts, now)
        said = [stored.event for stored in events]
        # Agents and tasks are locked before the site.
        followed = await follow(tx, row.site, record.state, command, actor, said)
        if not drafts:
            ack = Ack(id=key or "", conv=conv, cobrowse=_cobrowse(command, row.record))
            return Done(ack, followed=followed)
        call = next(
            (d.body.call for d in drafts if isinstance(d.body, CallStarted)),
            None,
        )
        if call is not None:
            await begun(tx, call, row.id, now)
        await levels.follow(tx, row, row.record.state, record.state, events)
        await cobrowses.follow(tx, row.id, row.site, said)
        await attempts.follow(tx, row.id, said)
        ack = Ack(
            id=key or "",
            seq=events[0].event.seq,
            conv=conv,
            call=call,
            cobrowse=_cobrowse(command, record),
            verification=_verification(command, record),
        )
        before = (row.record.heads, row.changed, row.visitor_changed)
        scope = (remembered or row.id) if key is not None else None
        return await self._store(tx, row, record, events, before, None, ack, actor, scope, followed)

    async def _store(
        self,
        tx: AsyncConnection,
        row: Row,
        record: Record,
        events: list[StoredEvent],
        before: tuple[Heads, int, int],
        feed: int | None,
        ack: Ack,
        actor: Actor,
        remembered: str | None,
        followed: Followed | None,
    ) -> Done:
        await conversations.append(tx, row.id, events)
        for file, seq, message in conversations.attached(events):
            await files.attach(tx, file.id, row.id, seq, message)
        said = [stored.event for stored in events]
        await identities.follow(tx, said)
        await observers.follow(tx, row.id, said)
        await recordings.follow(tx, row.id, row.site, said)
        for stored in events:
            body = stored.event.event
            if isinstance(body, ContactChanged | Opened):
                await people.set_contact(tx, body.visitor)
        if remembered is not None:
            await conversations.remember(tx, remembered, actor.person.id, ack, record_time(events))
        await self._audit.events(tx, row.site, actor.person, row.id, events)
        if feed is None:
            # All commits of the site wait for this row: it is locked as late as can be.
            feed = await conversations.next_feed(tx, row.site)
            await conversations.save(tx, record, feed=feed)
        owed = hints_of(
            self.epoch, site=row.site, feed=feed, before=before, record=record, events=events
        )
        if followed is not None:
            owed += standing_changed(row.site, followed.agents)
        key = new_id()
        await conversations.owe(tx, key, record_time(events), _encoder.encode(owed))
        return Done(ack, record, key, owed, followed)


def _cobrowse(command: AnyCommand, record: Record) -> str | None:
    """Return what the acknowledgement of `command` says of the co-browsing."""
    on = record.state.cobrowse
    asked = isinstance(command, messages.AskCobrowse | messages.StartCobrowse)
    return on.id if asked and on is not None else None


def _verification(command: AnyCommand, record: Record) -> str | None:
    """Return what the acknowledgement of `command` says of the request for proof."""
    asked = record.state.verification
    return asked.id if isinstance(command, messages.AskIdentity) and asked is not None else None


def record_time(events: list[StoredEvent]) -> int:
    """Return when the events of one commit happened."""
    return events[0].event.at


def _begin(conv: str, drafts: list[Draft], now: int) -> tuple[Record, list[StoredEvent]]:
    first = TimelineEvent(seq=1, at=now, by=drafts[0].by, event=drafts[0].body)
    record, rest = _advance(begin(conv, first), drafts[1:], now)
    return record, [StoredEvent(first, drafts[0].mask), *rest]


def _advance(record: Record, drafts: list[Draft], now: int) -> tuple[Record, list[StoredEvent]]:
    events = []
    for draft in drafts:
        event = TimelineEvent(seq=record.seq + 1, at=now, by=draft.by, event=draft.body)
        record = advance(record, event, draft.mask)
        events.append(StoredEvent(event, draft.mask))
    return record, events
