"""Seals everything anew with the vault's newest key, so that the keys before can be taken out.

It goes through the tables in batches, each in a transaction of its own, while everything else
goes on. A value that was written meanwhile is left as it is. What is cut short is done by doing
it again: what has the newest key already is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Column, Table, bindparam, select, update

from server.identity.vault import (
    CUSTOMERS,
    ORDER,
    PERSON,
    PROVIDER_KEY,
    RECORDING,
    TAKE,
    Vault,
    VaultError,
)
from server.store.database import Database
from server.store.identity_tables import identity_attempt, person, provider_key
from server.store.recording_tables import recording, recording_take
from server.store.tables import site

__all__ = ["Rotated", "rotate"]

log = structlog.get_logger(__name__)

_BATCH: Final = 100  # values in a transaction


@dataclass(frozen=True, slots=True)
class _Place:
    """Where sealed values are. `row`: what they are bound to besides the purpose."""

    purpose: str
    table: Table
    sealed: Column[Any]
    row: Column[Any]


_PLACES: Final = (
    _Place(PERSON, person, person.c.sealed, person.c.match),
    _Place(PROVIDER_KEY, provider_key, provider_key.c.sealed, provider_key.c.id),
    _Place(ORDER, identity_attempt, identity_attempt.c.order, identity_attempt.c.id),
    _Place(CUSTOMERS, site, site.c.identify, site.c.id),
    _Place(TAKE, recording_take, recording_take.c.sealed, recording_take.c.id),
    _Place(RECORDING, recording, recording.c.sealed, recording.c.id),
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of the values of one purpose.

    `sealed`: under the newest key now. `kept`: they were already. `missed`: written meanwhile by
    somebody else. `shut`: they could not be opened, with a reason for the operator.
    """

    purpose: str
    sealed: int = 0
    kept: int = 0
    missed: int = 0
    shut: tuple[str, ...] = ()


async def rotate(db: Database, vault: Vault) -> list[Rotated]:
    """Seal every value with the newest key; return what became of them."""
    return [await _rotate(db, vault, place) for place in _PLACES]


async def _rotate(db: Database, vault: Vault, place: _Place) -> Rotated:
    sealed = kept = missed = 0
    shut: list[str] = []
    after = ""
    while rows := await _batch(db, place, after):
        after = rows[-1].id
        changes: list[dict[str, object]] = []
        for row in rows:
            try:
                anew = vault.rewrap(row.sealed, place.purpose, row.row)
            except VaultError as error:
                shut.append(f"{place.purpose} {row.id}: {error}")
                continue
            if anew == row.sealed:
                kept += 1
            else:
                changes.append({"which": row.id, "before": row.sealed, "anew": anew})
        done = await _store(db, vault, place, changes)
        sealed += done
        missed += len(changes) - done
    log.info("sealed anew", purpose=place.purpose, key=vault.key, sealed=sealed, shut=len(shut))
    return Rotated(place.purpose, sealed, kept, missed, tuple(shut))


async def _batch(db: Database, place: _Place, after: str) -> Sequence[Any]:
    key = place.table.c.id
    query = select(key, place.sealed.label("sealed"), place.row.label("row"))
    query = query.where(key > after, place.sealed.is_not(None)).order_by(key).limit(_BATCH)
    async with db.read() as tx:
        return (await tx.execute(query)).all()


async def _store(
    db: Database, vault: Vault, place: _Place, changes: Sequence[dict[str, object]]
) -> int:
    """Store what was sealed anew where nobody changed it meanwhile; return how many."""
    if not changes:
        return 0
    values: dict[Any, Any] = {place.sealed: bindparam("anew")}
    if place.table is person:
        values[person.c.key] = vault.key
    same = place.table.c.id == bindparam("which"), place.sealed == bindparam("before")
    change = update(place.table).where(*same).values(values)
    done = 0
    async with db.write() as tx:
        for one in changes:
            done += (await tx.execute(change, one)).rowcount
    return done
