"""Sweeps the deadlines that are in SQL: automatic lines, calls, co-browsing, requests for
proof, links, presence, and those who look in and are gone.

Any node sweeps, every half second; there is no leader. Each due conversation is locked and
looked at again before anything is done, so that of several nodes one acts. Most of the time
nothing is due, which one statement tells.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog
from sqlalchemy import BigInteger, Column, Select, bindparam, delete, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import (
    SYSTEM,
    Actor,
    AnswerByItself,
    AnyCommand,
    EndInvite,
    ExpireCall,
    ExpireCobrowse,
    ExpireIdentity,
    LoseObserver,
)
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.files import Files
from server.services.presence import Presence
from server.services.throttle import forget
from server.store import attempts, call_figures, cobrowses, invites, observers
from server.store.clock import database_now
from server.store.conversations import Row
from server.store.database import Database
from server.store.leases import is_online
from server.store.queue_tables import observer
from server.store.tables import (
    agent_session,
    cobrowse,
    command,
    conversation,
    invite,
    presence,
    visitor_session,
)
from signaling.errors import Refusal

__all__ = ["Deadlines"]

log = structlog.get_logger(__name__)

_EVERY: Final = 0.5  # seconds
_TIDY_EVERY: Final = 600.0  # seconds
_RESENDS: Final = 3 * 86_400_000  # ms that acknowledgements are kept for resends
_ATTEMPTS: Final = 86_400_000  # ms that an attempt is kept after its end, to explain a replay
_BATCH: Final = 100
_SYSTEM: Final = Actor(SYSTEM, "staff")
_now = bindparam("now", type_=BigInteger)
_anything = select(literal(1)).where(
    or_(
        exists().where(conversation.c.auto_due_at <= _now),
        exists().where(conversation.c.call_due_at <= _now),
        exists().where(conversation.c.cobrowse_due_at <= _now),
        exists().where(conversation.c.identity_due_at <= _now),
        exists().where(cobrowse.c.sharer_due_at <= _now),
        exists().where(cobrowse.c.controller_due_at <= _now),
        exists().where(invites.is_open, invite.c.expires_at <= _now),
        exists().where(presence.c.expires_at <= database_now()),
        select(observer.c.agent).where(~is_online(observer.c.agent)).exists(),
    )
)


async def _nothing() -> None:
    return


class Deadlines:
    """The sweeper of one process. `run` until cancelled."""

    def __init__(
        self,
        db: Database,
        conversations: Conversations,
        presence: Presence,
        files: Files,
        clock: Clock,
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._presence = presence
        self._files = files
        self._clock = clock
        #: Removes what was kept for long enough, besides what is known here.
        self.also_tidy: Callable[[], Awaitable[None]] = _nothing

    async def run(self) -> None:
        """Sweep until cancelled; what fails is logged and tried again."""
        loop = asyncio.get_running_loop()
        tidy_at = loop.time()
        while True:
            try:
                await self.sweep()
                if loop.time() >= tidy_at:
                    tidy_at = loop.time() + _TIDY_EVERY
                    await self.tidy()
            except Exception:
                log.exception("sweep failed")
            await asyncio.sleep(_EVERY)

    async def sweep(self) -> None:
        """Do what is due now."""
        now = self._clock()
        async with self._db.read() as tx:
            if (await tx.execute(_anything, {"now": now})).first() is None:
                return
            silent = (await tx.execute(_due(conversation.c.auto_due_at, now))).scalars().all()
            calls = (await tx.execute(_due(conversation.c.call_due_at, now))).scalars().all()
            shown = (await tx.execute(_due(conversation.c.cobrowse_due_at, now))).scalars().all()
            asked = (await tx.execute(_due(conversation.c.identity_due_at, now))).scalars().all()
            lost = await cobrowses.due(tx, now, _BATCH)
            links = await invites.due(tx, now)
            watching = await observers.gone(tx)
        await self._each(silent, AnswerByItself())
        await self._each(calls, ExpireCall())
        await self._each(asked, ExpireIdentity())
        for conv in dict.fromkeys((*shown, *lost)):
            await self._expire_cobrowse(conv)
        for link in links:
            await self._end_link(link)
        for conv, person in watching:
            await self._lose_observer(conv, person)
        await self._presence.sweep()

    async def _each(
        self, due: Sequence[str], what: AnswerByItself | ExpireCall | ExpireIdentity
    ) -> None:
        for conv in due:
            try:
                await self._conversations.act(conv, what, _SYSTEM)
            except Refusal as refusal:
                log.warning("deadline passed over", conversation=conv, code=refusal.code)

    async def _expire_cobrowse(self, conv: str) -> None:
        now = self._clock()

        async def forget_controller(tx: AsyncConnection) -> None:
            await cobrowses.forget_controllers(tx, conv, now)

        await self._conversations.act(conv, ExpireCobrowse(), _SYSTEM, forget_controller)

    async def _lose_observer(self, conv: str, person: str) -> None:
        async def still_gone(tx: AsyncConnection, _row: Row) -> AnyCommand:
            if (conv, person) not in await observers.gone(tx):
                raise Refusal("not_observing", "They are there again, or have left.")
            return LoseObserver(person)

        with contextlib.suppress(Refusal):
            await self._conversations.act_on(conv, still_gone, _SYSTEM)

    async def _end_link(self, link: invites.Invite) -> None:
        async def end(tx: AsyncConnection) -> None:
            await invites.end(tx, link.id, "expired")

        command = EndInvite(link.id, expired=True)
        await self._conversations.act(link.conversation, command, _SYSTEM, end)

    async def tidy(self) -> None:
        """Remove what nobody can ask for any more."""
        await self._files.tidy()
        await self.also_tidy()
        now = self._clock()
        async with self._db.write() as tx:
            await tx.execute(delete(command).where(command.c.at < now - _RESENDS))
            await tx.execute(delete(agent_session).where(agent_session.c.expires_at <= now))
            await tx.execute(delete(visitor_session).where(visitor_session.c.expires_at <= now))
            await forget(tx, now)
            await attempts.forget(tx, now - _ATTEMPTS)
            await call_figures.forget(tx, now)


def _due(column: Column[Any], now: int) -> Select[str]:
    return select(conversation.c.id).where(column <= now).order_by(column).limit(_BATCH)
