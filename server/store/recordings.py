"""Reads and writes recordings: what was agreed to, their takes and files, how sites record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.recording import RecordingRules
from server.store.recording_tables import (
    recording,
    recording_consent,
    recording_pause,
    recording_take,
    recording_track,
)
from server.store.tables import site
from signaling.events import (
    Person,
    RecordingAsked,
    RecordingConsented,
    RecordingEnded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    TimelineEvent,
)

__all__ = [
    "COLUMNS",
    "Consent",
    "Pause",
    "Recording",
    "Take",
    "Track",
    "add_take",
    "add_tracks",
    "consents",
    "end_take",
    "erase",
    "expired",
    "follow",
    "load",
    "look_again",
    "of_conversation",
    "pauses",
    "rules_of_site",
    "seen",
    "set_rules",
    "takes",
    "tracks",
]

_DAY: Final = 86_400_000  # ms


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was asked for. `sealed`: the key of the composed file.

    `tries`: how often composing it was begun; while it goes on, whose it is.
    """

    id: str
    conversation: str
    site: str
    call: str
    asked_by: str
    asked_at: int
    started_at: int | None
    ended_at: int | None
    reason: str | None
    erase_at: int | None
    composed: str
    progress: int
    error: str | None
    tries: int
    sealed: bytes | None
    duration: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed, when, and to which words."""

    person: str
    role: str
    at: int
    consent: str
    lang: str


@dataclass(frozen=True, slots=True)
class Pause:
    """While this held, nothing was recorded."""

    at: int
    reason: str
    until: int | None


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch that one node recorded. `sealed`: the key of its files; None once erased."""

    id: str
    started_at: int
    seen_at: int
    ended_at: int | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Track:
    """A file of a take; `first` and `last` in ms after the take's start."""

    take: str
    file: str
    participant: str
    source: str
    codec: str
    first: int
    last: int
    bytes: int


COLUMNS: Final = tuple(recording.c[name] for name in Recording.__slots__)


# --- what events say ----------------------------------------------------------------------------


async def follow(
    tx: AsyncConnection, conv: str, site_id: str, events: Sequence[TimelineEvent]
) -> None:
    """Begin, change and end rows as the events of a conversation's commit say."""
    for event in events:
        match event.event:
            case RecordingAsked() as asked:
                await tx.execute(
                    insert(recording).values(
                        id=asked.recording,
                        conversation=conv,
                        site=site_id,
                        call=asked.call,
                        asked_by=event.by.id,
                        asked_at=event.at,
                        days=asked.days,
                        composed="none",
                        progress=0,
                        tries=0,
                    )
                )
                await _agree(tx, asked, event.by, event.at)
            case RecordingConsented() as agreed:
                await _agree(tx, agreed, event.by, event.at)
            case RecordingStarted() as started:
                await tx.execute(_one(started.recording).values(started_at=event.at))
            case RecordingPaused() as paused:
                await tx.execute(
                    insert(recording_pause).values(
                        recording=paused.recording,
                        seq=event.seq,
                        at=event.at,
                        reason=paused.reason,
                    )
                )
            case RecordingResumed() as resumed:
                held = recording_pause.c.reason == resumed.reason
                await _resume(tx, resumed.recording, event.at, held)
            case RecordingEnded() as ended:
                await _end(tx, ended, event.at)
            case _:
                pass


def _one(key: str) -> Any:
    return update(recording).where(recording.c.id == key)


async def _agree(
    tx: AsyncConnection, said: RecordingAsked | RecordingConsented, by: Person, at: int
) -> None:
    await tx.execute(
        insert(recording_consent).values(
            recording=said.recording,
            person=by.id,
            role=by.role,
            at=at,
            consent=said.consent,
            lang=said.lang,
        )
    )


async def _resume(tx: AsyncConnection, key: str, at: int, *which: Any) -> None:
    still = recording_pause.c.recording == key, recording_pause.c.until.is_(None), *which
    await tx.execute(update(recording_pause).where(*still).values(until=at))


async def _end(tx: AsyncConnection, ended: RecordingEnded, at: int) -> None:
    await _resume(tx, ended.recording, at)
    await tx.execute(_one(ended.recording).values(ended_at=at, reason=ended.reason))
    begun = select(recording.c.days).where(
        recording.c.id == ended.recording, recording.c.started_at.is_not(None)
    )
    days: int | None = (await tx.execute(begun)).scalar_one_or_none()
    if days is not None:
        kept = _one(ended.recording).values(composed="waiting", erase_at=at + days * _DAY)
        await tx.execute(kept)


# --- takes and their files ------------------------------------------------------------------------


async def add_take(tx: AsyncConnection, key: str, of: str, sealed: bytes, now: int) -> bool:
    """Keep a take and its key, before anything of it is written; False when it is over."""
    goes_on = select(recording.c.id).where(recording.c.id == of, recording.c.ended_at.is_(None))
    if (await tx.execute(goes_on.with_for_update())).first() is None:
        return False
    await tx.execute(
        insert(recording_take).values(
            id=key, recording=of, started_at=now, seen_at=now, sealed=sealed
        )
    )
    return True


async def seen(tx: AsyncConnection, keys: Sequence[str], now: int) -> None:
    """Note that the nodes of these takes are alive."""
    live = recording_take.c.id.in_(keys), recording_take.c.ended_at.is_(None)
    await tx.execute(update(recording_take).where(*live).values(seen_at=now))


async def end_take(tx: AsyncConnection, key: str, ended_at: int) -> bool:
    """End a take; False when it was ended before, or is erased."""
    live = recording_take.c.id == key, recording_take.c.ended_at.is_(None)
    ended = update(recording_take).where(*live).values(ended_at=ended_at)
    done = await tx.execute(ended.returning(recording_take.c.sealed))
    return done.scalar_one_or_none() is not None


async def add_tracks(tx: AsyncConnection, found: Iterable[Track]) -> None:
    """Keep what is in the files of a take."""
    rows = [{name: getattr(one, name) for name in Track.__slots__} for one in found]
    if rows:
        await tx.execute(insert(recording_track), rows)


async def takes(tx: AsyncConnection, key: str) -> list[Take]:
    """Return the takes of a recording, the first first."""
    columns = [recording_take.c[name] for name in Take.__slots__]
    query = select(*columns).where(recording_take.c.recording == key)
    rows = await tx.execute(query.order_by(recording_take.c.started_at, recording_take.c.id))
    return [Take(*row) for row in rows]


async def tracks(tx: AsyncConnection, key: str) -> list[Track]:
    """Return the files of all takes of a recording."""
    columns = [recording_track.c[name] for name in Track.__slots__]
    query = (
        select(*columns)
        .join(recording_take, recording_take.c.id == recording_track.c.take)
        .where(recording_take.c.recording == key)
        .order_by(recording_track.c.take, recording_track.c.file)
    )
    return [Track(*row) for row in await tx.execute(query)]


# --- reading ------------------------------------------------------------------------------------


async def load(tx: AsyncConnection, key: str) -> Recording | None:
    """Return a recording."""
    row = (await tx.execute(select(*COLUMNS).where(recording.c.id == key))).first()
    return None if row is None else Recording(*row)


async def of_conversation(tx: AsyncConnection, conv: str) -> list[Recording]:
    """Return the recordings of a conversation that were begun, the newest first."""
    query = select(*COLUMNS).where(
        recording.c.conversation == conv, recording.c.started_at.is_not(None)
    )
    rows = await tx.execute(query.order_by(recording.c.started_at.desc(), recording.c.id.desc()))
    return [Recording(*row) for row in rows]


async def consents(tx: AsyncConnection, key: str) -> list[Consent]:
    """Return who agreed to a recording."""
    columns = [recording_consent.c[name] for name in Consent.__slots__]
    query = select(*columns).where(recording_consent.c.recording == key)
    rows = await tx.execute(query.order_by(recording_consent.c.at, recording_consent.c.person))
    return [Consent(*row) for row in rows]


async def pauses(tx: AsyncConnection, key: str) -> list[Pause]:
    """Return when nothing was recorded, and why."""
    columns = [recording_pause.c[name] for name in Pause.__slots__]
    query = select(*columns).where(recording_pause.c.recording == key)
    return [Pause(*row) for row in await tx.execute(query.order_by(recording_pause.c.seq))]


# --- erasing --------------------------------------------------------------------------------------


async def expired(tx: AsyncConnection, now: int, limit: int) -> list[Recording]:
    """Return what was kept for long enough, and what is erased but for its files."""
    query = select(*COLUMNS).where(recording.c.erase_at <= now).order_by(recording.c.erase_at)
    query = query.limit(limit)
    return [Recording(*row) for row in await tx.execute(query)]


async def erase(tx: AsyncConnection, key: str, again: int) -> bool:
    """Forget the keys of a recording and what is in its files; False when that was done.

    That it was, who agreed, and when it paused is kept. `again`: when to look for its files.
    """
    mine = _one(key).where(recording.c.composed != "erased")
    gone = {"composed": "erased", "sealed": None, "erase_at": again, "claimed_until": None}
    if (await tx.execute(mine.values(gone))).rowcount != 1:
        return False
    its = select(recording_take.c.id).where(recording_take.c.recording == key)
    await tx.execute(delete(recording_track).where(recording_track.c.take.in_(its)))
    its_takes = recording_take.c.recording == key
    await tx.execute(update(recording_take).where(its_takes).values(sealed=None))
    return True


async def look_again(tx: AsyncConnection, key: str, at: int | None) -> None:
    """Note when to look again for the files of what is erased; None: they are gone."""
    await tx.execute(_one(key).where(recording.c.composed == "erased").values(erase_at=at))


# --- sites ----------------------------------------------------------------------------------------


_rules: msgspec.json.Decoder[RecordingRules] = msgspec.json.Decoder(RecordingRules)


async def rules_of_site(tx: AsyncConnection, site_id: str) -> RecordingRules:
    """Return how a site records."""
    kept = (await tx.execute(select(site.c.recording).where(site.c.id == site_id))).scalar()
    return RecordingRules() if kept is None else _rules.decode(kept)


async def set_rules(tx: AsyncConnection, site_id: str, rules: RecordingRules) -> None:
    """Put `rules` in the place of the site's."""
    kept = msgspec.json.encode(rules).decode()
    await tx.execute(update(site).where(site.c.id == site_id).values(recording=kept))
