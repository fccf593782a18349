"""Reads and writes co-browsings: their tokens, leases and pages, and the rules of sites."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.rules import Rules
from server.store.tables import cobrowse, cobrowse_page, site
from signaling.events import CobrowseEnded, CobrowseStarted, TimelineEvent

__all__ = [
    "LEASE",
    "Row",
    "add_page",
    "due",
    "follow",
    "forget_controllers",
    "load",
    "pages",
    "renew",
    "rules_of_site",
    "set_controller_due",
    "set_rules",
    "turn",
]

LEASE: Final = 30_000  # ms that the sharer may be away: the next page, a reload, a lost network
_MAX_PAGES: Final = 2_000  # counted; a page that changes its address all the time fills no disk


@dataclass(frozen=True, slots=True)
class Row:
    """A co-browsing that is on."""

    id: str
    conversation: str
    site: str
    origin: str | None
    resume: str | None  # hashed
    resume_before: str | None  # hashed
    path: str | None
    sharer_due: int | None
    controller_due: int | None


_load = select(cobrowse).where(cobrowse.c.id == bindparam("key"), cobrowse.c.ended_at.is_(None))
_lock = _load.with_for_update()


async def load(tx: AsyncConnection, key: str, *, lock: bool = False) -> Row | None:
    """Return a co-browsing that has started and not ended."""
    row = (await tx.execute(_lock if lock else _load, {"key": key})).first()
    if row is None:
        return None
    return Row(
        row.id,
        row.conversation,
        row.site,
        row.origin,
        row.resume,
        row.resume_before,
        row.path,
        row.sharer_due_at,
        row.controller_due_at,
    )


async def follow(
    tx: AsyncConnection, conv: str, site_id: str, events: Sequence[TimelineEvent]
) -> None:
    """Begin or end rows as the events of a conversation's commit say."""
    for event in events:
        match event.event:
            case CobrowseStarted() as started:
                await tx.execute(
                    insert(cobrowse).values(
                        id=started.cobrowse,
                        conversation=conv,
                        site=site_id,
                        started_at=event.at,
                        consent=started.consent,
                        lang=started.lang,
                        masking=started.masking,
                        sharer_due_at=event.at + LEASE,
                    )
                )
            case CobrowseEnded() as ended:
                over: dict[str, Any] = {
                    "resume": None,
                    "resume_before": None,
                    "sharer_due_at": None,
                    "controller_due_at": None,
                    "ended_at": event.at,
                    "reason": ended.reason,
                }
                await tx.execute(_one(ended.cobrowse).values(over))
            case _:
                pass


def _one(key: str) -> Any:
    return update(cobrowse).where(cobrowse.c.id == key)


async def turn(
    tx: AsyncConnection, key: str, *, origin: str, used: str | None, resume: str, now: int
) -> None:
    """Let the sharer in: from `origin` for good, with a new (hashed) token for the next time."""
    fresh = {"resume": resume, "resume_before": used, "sharer_due_at": now + LEASE}
    await tx.execute(_one(key).values(origin=origin, **fresh))


async def renew(tx: AsyncConnection, keys: Sequence[str], now: int) -> None:
    """Let the sharers of `keys` be away for `LEASE` from now on."""
    live = cobrowse.c.id.in_(keys), cobrowse.c.ended_at.is_(None)
    await tx.execute(update(cobrowse).where(*live).values(sharer_due_at=now + LEASE))


async def set_controller_due(tx: AsyncConnection, key: str, due_at: int | None) -> None:
    """Set until when the one with the grant may be away; None: they are there."""
    await tx.execute(_one(key).values(controller_due_at=due_at))


async def forget_controllers(tx: AsyncConnection, conv: str, now: int) -> None:
    """Forget the deadline of a controller that has passed."""
    passed = cobrowse.c.conversation == conv, cobrowse.c.controller_due_at <= now
    await tx.execute(update(cobrowse).where(*passed).values(controller_due_at=None))


async def add_page(tx: AsyncConnection, key: str, path: str) -> None:
    """Note that the page at `path` is shown now, and count it if it is new."""
    await tx.execute(_one(key).values(path=path))
    hashed = hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()
    known = select(cobrowse_page.c.path).where(
        cobrowse_page.c.cobrowse == key, cobrowse_page.c.path == hashed
    )
    if (await tx.execute(known)).first() is None and await pages(tx, key) < _MAX_PAGES:
        await tx.execute(insert(cobrowse_page).values(cobrowse=key, path=hashed))


async def pages(tx: AsyncConnection, key: str) -> int:
    """Return how many different pages were shown."""
    query = select(func.count()).where(cobrowse_page.c.cobrowse == key)
    return int((await tx.execute(query)).scalar_one())


async def due(tx: AsyncConnection, now: int, limit: int) -> list[str]:
    """Return the conversations whose sharer or controller has been away for too long."""
    found: list[str] = []
    for column in (cobrowse.c.sharer_due_at, cobrowse.c.controller_due_at):
        query = select(cobrowse.c.conversation).where(column <= now).order_by(column).limit(limit)
        found += (await tx.execute(query)).scalars()
    return list(dict.fromkeys(found))


_rules: msgspec.json.Decoder[Rules] = msgspec.json.Decoder(Rules)


async def rules_of_site(tx: AsyncConnection, site_id: str) -> Rules:
    """Return the rules of a site."""
    kept = (await tx.execute(select(site.c.cobrowse).where(site.c.id == site_id))).scalar()
    return Rules() if kept is None else _rules.decode(kept)


async def set_rules(tx: AsyncConnection, site_id: str, rules: Rules) -> None:
    """Put `rules` in the place of the site's."""
    kept = msgspec.json.encode(rules).decode()
    await tx.execute(update(site).where(site.c.id == site_id).values(cobrowse=kept))


async def site_of(tx: AsyncConnection, key: str) -> str | None:
    """Return the site of a co-browsing, one that has ended too."""
    found: str | None = (
        await tx.execute(select(cobrowse.c.site).where(cobrowse.c.id == key))
    ).scalar()
    return found
