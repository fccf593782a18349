"""Reads and writes the figures of calls: a row for each leg of a browser, one for each media node.

They go with their conversation (the foreign key cascades), and after `KEPT` in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from sqlalchemy import and_, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.figures import Watched
from server.store.tables import call_figures
from signaling.doctor import Figures
from signaling.values import Role

__all__ = ["KEPT", "MAX_LEGS", "Kept", "Leg", "Source", "forget", "known", "of_call", "put"]

Source = Literal["browser", "server"]
#: What became of a report: the first of its leg, a newer one, or one leg too many.
Kept = Literal["first", "newer", "refused"]

KEPT: Final = 400 * 86_400_000  # ms; last year's month can be compared with this year's
MAX_LEGS: Final = 40  # of one person in one call; a browser that makes up more is not heard

_figures: msgspec.json.Decoder[Figures] = msgspec.json.Decoder(Figures)
_watched: msgspec.json.Decoder[Watched] = msgspec.json.Decoder(Watched)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Leg:
    """A stored row, decoded."""

    person: str
    role: Role
    began_at: int
    figures: Figures | Watched


_theirs = and_(
    call_figures.c.call == bindparam("of_call"), call_figures.c.person == bindparam("of_person")
)
_one = and_(_theirs, call_figures.c.leg == bindparam("of_leg"))
_update = (
    update(call_figures)
    .where(_one, call_figures.c.conversation == bindparam("of_conv"))
    .values(body=bindparam("new_body"), updated_at=bindparam("new_at"))
)
_told = select(func.count(), func.max(call_figures.c.updated_at)).where(
    _theirs,
    call_figures.c.conversation == bindparam("of_conv"),
    call_figures.c.source == "browser",
)
_insert = insert(call_figures)


async def put(
    tx: AsyncConnection,
    *,
    site: str,
    conv: str,
    call: str,
    person: str,
    role: Role,
    leg: str,
    figures: Figures | Watched,
    now: int,
) -> Kept:
    """Put the newest figures of a leg in the place of its last.

    Only browsers can be refused: what they make up must not keep out what a media node saw.
    """
    source: Source = "browser" if isinstance(figures, Figures) else "server"
    body = _encoder.encode(figures).decode()
    keys = {"of_call": call, "of_person": person, "of_conv": conv}
    change = {**keys, "of_leg": leg, "new_body": body, "new_at": now}
    if (await tx.execute(_update, change)).rowcount:
        return "newer"
    if source == "browser" and (await tx.execute(_told, keys)).one()[0] >= MAX_LEGS:
        return "refused"
    row = {"call": call, "person": person, "leg": leg, "conversation": conv, "site": site}
    times = {"began_at": now, "updated_at": now}
    await tx.execute(_insert, {**row, **times, "role": role, "source": source, "body": body})
    return "first"


async def known(tx: AsyncConnection, conv: str, call: str, person: str) -> int | None:
    """Return the time of what a person's browsers last told of a call; None: they never did."""
    keys = {"of_call": call, "of_person": person, "of_conv": conv}
    at: int | None = (await tx.execute(_told, keys)).one()[1]
    return at


async def of_call(tx: AsyncConnection, conv: str, call: str) -> Sequence[Leg]:
    """Return all that is known of a call, oldest leg first."""
    query = (
        select(call_figures)
        .where(call_figures.c.conversation == conv, call_figures.c.call == call)
        .order_by(call_figures.c.began_at, call_figures.c.leg)
    )
    return [
        Leg(
            row.person,
            row.role,
            row.began_at,
            (_figures if row.source == "browser" else _watched).decode(row.body),
        )
        for row in await tx.execute(query)
    ]


async def forget(tx: AsyncConnection, now: int) -> None:
    """Remove what is older than `KEPT`."""
    await tx.execute(delete(call_figures).where(call_figures.c.began_at < now - KEPT))
