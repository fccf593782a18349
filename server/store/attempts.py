"""Reads and writes the attempts of visitors to prove who they are.

    made ──handle redeemed (redirect)──► at the bank ──claimed by a callback──► outcome
      └────order kept (BankID)─────────► collected, by whichever node claims it ──► outcome

Each step is one compare-and-set, so that of two callbacks or nodes one goes on. The outcome is
written with the event that says it (`follow`), in the conversation's transaction. Handle,
state and cookie are kept hashed; nothing here opens an account at a bank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy import Row as SqlRow
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.identity_tables import identity_attempt
from signaling.events import (
    IdentityEnded,
    IdentityFailed,
    IdentityOpened,
    IdentityVerified,
    TimelineEvent,
)
from signaling.identity import FailureReason

__all__ = [
    "HANDLE_LIFETIME",
    "Outcome",
    "Row",
    "Way",
    "add",
    "by_id",
    "by_state",
    "claim",
    "claim_collecting",
    "due",
    "follow",
    "forget",
    "forget_order",
    "keep_order",
    "redeem",
    "set_hint",
]

HANDLE_LIFETIME: Final = 60_000  # ms from the choice of a method to the bank's page
#: How the visitor goes to the bank; none: with BankID they stay.
Way = Literal["popup", "tab", "same", "none"]
#: How it ended. "superseded": another attempt took its place; "ended": the request was over.
Outcome = Literal["verified", "superseded", "ended"] | FailureReason
_table = identity_attempt


@dataclass(frozen=True, slots=True)
class Row:
    """An attempt. `cookie` is hashed, and None before and after the visit to the bank."""

    id: str
    verification: str
    conversation: str
    site: str
    visitor: str
    provider: str
    method: str
    lang: str
    way: Way
    started_at: int
    expires_at: int
    return_url: str | None = None
    cookie: str | None = field(default=None, repr=False)
    order: bytes | None = field(default=None, repr=False)  # sealed
    hint: str | None = None
    outcome: Outcome | None = None


_COLUMNS: Final = tuple(_table.c[name] for name in Row.__dataclass_fields__)


def _row(found: SqlRow[Any] | None) -> Row | None:
    return None if found is None else Row(**found._mapping)


async def add(tx: AsyncConnection, new: Row, handle: str | None) -> None:
    """Store a new attempt, with the hash of its handle."""
    values = {column.name: getattr(new, column.name) for column in _COLUMNS}
    await tx.execute(insert(_table).values(**values, handle=handle))


async def by_id(tx: AsyncConnection, key: str) -> Row | None:
    """Return an attempt."""
    return await _one(tx, _table.c.id == key)


async def by_state(tx: AsyncConnection, state: str) -> Row | None:
    """Return the attempt of a hashed state."""
    return await _one(tx, _table.c.state == state)


async def _one(tx: AsyncConnection, where: ColumnElement[bool]) -> Row | None:
    return _row((await tx.execute(select(*_COLUMNS).where(where))).first())


async def redeem(
    tx: AsyncConnection, handle: str, *, state: str, cookie: str, now: int
) -> Row | None:
    """Use a handle, once and within its lifetime; all three are hashed."""
    good = (
        _table.c.handle == handle,
        _table.c.outcome.is_(None),
        _table.c.started_at > now - HANDLE_LIFETIME,
    )
    used = update(_table).where(*good).values(handle=None, state=state, cookie=cookie)
    return _row((await tx.execute(used.returning(*_COLUMNS))).first())


async def claim(tx: AsyncConnection, key: str, cookie: str, now: int) -> bool:
    """Take the one callback of an open attempt; the (hashed) cookie works no more."""
    mine = (
        _table.c.id == key,
        _table.c.cookie == cookie,
        _table.c.outcome.is_(None),
        _table.c.expires_at > now,
    )
    return (await tx.execute(update(_table).where(*mine).values(cookie=None))).rowcount == 1


# --- BankID -------------------------------------------------------------------------------------


async def keep_order(tx: AsyncConnection, key: str, order: bytes, due_at: int) -> bool:
    """Keep the sealed order of an attempt; tell whether that is still open.

    One that is over gets it too: whoever collects takes it back.
    """
    kept = update(_table).where(_table.c.id == key).values(order=order, collect_due_at=due_at)
    outcome = (await tx.execute(kept.returning(_table.c.outcome))).scalar_one_or_none()
    return outcome is None


async def due(tx: AsyncConnection, now: int, limit: int) -> list[tuple[Row, int]]:
    """Return attempts with an order to be asked about, or to be taken back, and since when."""
    waiting = select(*_COLUMNS, _table.c.collect_due_at).where(_table.c.collect_due_at <= now)
    found = await tx.execute(waiting.order_by(_table.c.collect_due_at).limit(limit))
    rows = []
    for one in found:
        values = dict(one._mapping)
        since: int = values.pop("collect_due_at")
        rows.append((Row(**values), since))
    return rows


async def claim_collecting(tx: AsyncConnection, key: str, since: int, next_at: int) -> bool:
    """Take the collecting of an attempt until `next_at`; another node may have been first."""
    mine = _table.c.id == key, _table.c.collect_due_at == since
    taken = update(_table).where(*mine).values(collect_due_at=next_at)
    return (await tx.execute(taken)).rowcount == 1


async def set_hint(tx: AsyncConnection, key: str, hint: str) -> None:
    """Note what BankID says of a pending order."""
    await tx.execute(update(_table).where(_table.c.id == key).values(hint=hint[:40]))


async def forget_order(tx: AsyncConnection, key: str) -> None:
    """Forget an order that is over, here and at BankID."""
    over = update(_table).where(_table.c.id == key).values(order=None, collect_due_at=None)
    await tx.execute(over)


# --- ends ---------------------------------------------------------------------------------------


async def follow(tx: AsyncConnection, conv: str, events: Sequence[TimelineEvent]) -> None:
    """End attempts as the events of a conversation's commit say."""
    for event in events:
        match event.event:
            case IdentityOpened() as opened:
                others = _of(conv, opened.verification) & (_table.c.id != opened.attempt)
                await _end(tx, others, "superseded")
            case IdentityFailed() as failed:
                await _end(tx, _table.c.id == failed.attempt, failed.reason)
            case IdentityVerified() as verified:
                await _end(tx, _of(conv, verified.proof.verification), "verified")
            case IdentityEnded() as ended:
                outcome: Outcome = "expired" if ended.reason == "expired" else "ended"
                await _end(tx, _of(conv, ended.verification), outcome)
            case _:
                pass


def _of(conv: str, verification: str) -> ColumnElement[bool]:
    return (_table.c.conversation == conv) & (_table.c.verification == verification)


async def _end(tx: AsyncConnection, which: ColumnElement[bool], outcome: Outcome) -> None:
    over = update(_table).where(which, _table.c.outcome.is_(None))
    await tx.execute(over.values(outcome=outcome, handle=None, cookie=None))


async def forget(tx: AsyncConnection, before: int) -> None:
    """Remove attempts that were over by then."""
    await tx.execute(delete(_table).where(_table.c.expires_at <= before))
