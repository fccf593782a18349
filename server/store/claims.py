"""Claims on recordings that are to be composed: each is one worker's, until a moment.

A claim is known by its number, `Recording.tries`: who lost it to another, by being silent for too
long, changes nothing any more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.recording_tables import recording
from server.store.recordings import COLUMNS, Recording

__all__ = ["claim", "composed", "failed", "postpone", "progress"]


async def claim(tx: AsyncConnection, now: int, until: int, *, most: int) -> Recording | None:
    """Take a recording to compose until `until`; one whose worker is gone is taken again.

    One whose workers went away `most` times has failed.
    """
    waits = recording.c.composed == "waiting"
    left = (recording.c.composed == "running") & (recording.c.claimed_until <= now)
    given_up = {"composed": "failed", "error": "whoever composed it ended", "claimed_until": None}
    await tx.execute(update(recording).where(left, recording.c.tries >= most).values(given_up))
    free = or_(waits, left)
    query = select(*COLUMNS).where(free).order_by(recording.c.ended_at).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).first()
    if row is None:
        return None
    found = Recording(*row)
    mine = replace(found, tries=found.tries + 1, composed="running", progress=0)
    taken = {"composed": "running", "claimed_until": until, "progress": 0, "tries": mine.tries}
    one = update(recording).where(recording.c.id == found.id, free)
    return mine if (await tx.execute(one.values(taken))).rowcount == 1 else None


def _claimed(mine: Recording) -> Any:
    return update(recording).where(
        recording.c.id == mine.id,
        recording.c.composed == "running",
        recording.c.tries == mine.tries,
    )


async def progress(tx: AsyncConnection, mine: Recording, percent: int, until: int) -> bool:
    """Note how far composing is; False when it was erased, or is another's."""
    done = await tx.execute(_claimed(mine).values(progress=percent, claimed_until=until))
    return bool(done.rowcount == 1)


async def composed(
    tx: AsyncConnection,
    mine: Recording,
    *,
    sealed: bytes,
    duration: int,
    size: int,
    error: str | None,
) -> bool:
    """Note the composed file; False when it was erased, or is another's."""
    done = await tx.execute(
        _claimed(mine).values(
            composed="done",
            progress=100,
            error=error,
            sealed=sealed,
            duration=duration,
            bytes=size,
            claimed_until=None,
        )
    )
    return bool(done.rowcount == 1)


async def postpone(tx: AsyncConnection, mine: Recording, until: int) -> None:
    """Leave a claimed recording alone until then; that was no try."""
    await tx.execute(_claimed(mine).values(claimed_until=until, tries=mine.tries - 1))


async def failed(tx: AsyncConnection, mine: Recording, error: str, *, most: int) -> None:
    """Note that composing failed; after `most` times it is not tried again."""
    state = "waiting" if mine.tries < most else "failed"
    await tx.execute(_claimed(mine).values(composed=state, error=error[:200], claimed_until=None))
