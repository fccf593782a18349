"""The tables of recordings. Times are UTC milliseconds since 1970.

Whoever needs all tables of the database imports `metadata` from here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table

from server.store.queue_tables import metadata
from server.store.tables import ID

__all__ = [
    "metadata",
    "recording",
    "recording_consent",
    "recording_pause",
    "recording_take",
    "recording_track",
]

#: A recording that was asked for. `erase_at`: retention; once it is erased, when to look for what
#: is left of its files. `composed`: none, waiting, running, done, failed or erased; `tries`: how
#: often that was begun; `sealed`: the key of the composed file, by the vault. `duration` in ms.
recording = Table(
    "recording",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("call", ID, nullable=False),
    Column("asked_by", ID, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("reason", String(20)),
    Column("days", Integer, nullable=False),  # that it is kept, as was told who agreed
    Column("erase_at", BigInteger, index=True),
    Column("composed", String(20), nullable=False, index=True),
    Column("progress", Integer, nullable=False),  # per cent
    Column("error", String(200)),
    Column("claimed_until", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("sealed", LargeBinary),
    Column("duration", BigInteger),
    Column("bytes", BigInteger),
)

#: Who agreed to be recorded, when, and to which words. Kept when what was recorded is erased.
recording_consent = Table(
    "recording_consent",
    metadata,
    Column("recording", ID, ForeignKey("recording.id"), primary_key=True),
    Column("person", ID, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("consent", String(40), nullable=False),
    Column("lang", String(8), nullable=False),
)

#: While such a reason held, nothing was recorded.
recording_pause = Table(
    "recording_pause",
    metadata,
    Column("recording", ID, ForeignKey("recording.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),  # of the event
    Column("at", BigInteger, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("until", BigInteger),
)

#: What one node recorded without a break. `sealed`: the key of its files, by the vault; it is
#: stored before the first byte is written. `seen_at`: its node was alive then.
recording_take = Table(
    "recording_take",
    metadata,
    Column("id", ID, primary_key=True),
    Column("recording", ID, ForeignKey("recording.id"), nullable=False, index=True),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("sealed", LargeBinary),
)

#: A file of a take; `first` and `last` in ms after the take's start.
recording_track = Table(
    "recording_track",
    metadata,
    Column("take", ID, ForeignKey("recording_take.id"), primary_key=True),
    Column("file", String(40), primary_key=True),
    Column("participant", ID, nullable=False),
    Column("source", String(20), nullable=False),
    Column("codec", String(10), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)
