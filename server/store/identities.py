"""Reads and writes persons and what they proved, and a site's gates.

The code and the name of a person come here sealed; a proof points at its person. A name is
also in the events of a conversation, where `forget_name` takes it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Select, delete, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite has the same clause
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.gates import Gates
from server.domain.record import Record
from server.store.conversations import decode_record
from server.store.identity_tables import person, proof
from server.store.tables import conversation, event, site
from signaling.events import IdentityConfirmed, IdentityVerified, TimelineEvent

__all__ = [
    "Person",
    "Proof",
    "add_proof",
    "earlier",
    "follow",
    "forget_name",
    "gates_of_site",
    "keep_person",
    "proof_by_id",
    "proofs_in",
    "proofs_of",
    "refuse_pending",
    "remove_person",
    "remove_proof",
    "set_gates",
]

_KIND: Final = str(IdentityVerified.__struct_config__.tag)

_events: msgspec.json.Decoder[TimelineEvent] = msgspec.json.Decoder(TimelineEvent)
_gates: msgspec.json.Decoder[Gates] = msgspec.json.Decoder(Gates)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who proved who they are to a site. `sealed`: for `match`, by the vault."""

    id: str
    site: str
    country: str
    match: str = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verification proved. `accepted` None: somebody else than before, to be confirmed."""

    verification: str
    conversation: str
    method: str
    level: str
    at: int
    accepted: bool | None
    person: Person


# --- persons and proofs -------------------------------------------------------------------------


async def keep_person(tx: AsyncConnection, new: Person, *, key: str, now: int) -> str:
    """Store a person, or the newest of one who is known; return their id.

    `key`: the name of the vault's key that `new` is sealed with.
    """
    put = upsert(person).values(
        id=new.id,
        site=new.site,
        country=new.country,
        match=new.match,
        sealed=new.sealed,
        key=key,
        created_at=now,
        seen_at=now,
    )
    newest = {column: put.excluded[column] for column in ("sealed", "key", "seen_at")}
    put = put.on_conflict_do_update(index_elements=[person.c.site, person.c.match], set_=newest)
    found: str = (await tx.execute(put.returning(person.c.id))).scalar_one()
    return found


async def add_proof(
    tx: AsyncConnection,
    *,
    verification: str,
    conv: str,
    site_id: str,
    person_id: str,
    method: str,
    level: str,
    at: int,
    accepted: bool | None,
) -> None:
    """Store what a verification proved."""
    await tx.execute(
        insert(proof).values(
            verification=verification,
            conversation=conv,
            site=site_id,
            person=person_id,
            method=method,
            level=level,
            at=at,
            accepted=accepted,
        )
    )


async def refuse_pending(tx: AsyncConnection, conv: str) -> None:
    """Refuse the proof of a conversation that staff has yet to confirm: a newer takes its place."""
    pending = proof.c.conversation == conv, proof.c.accepted.is_(None)
    await tx.execute(update(proof).where(*pending).values(accepted=False))


async def follow(tx: AsyncConnection, events: Sequence[TimelineEvent]) -> None:
    """Note what the events of a commit say of proofs: staff confirmed somebody else, or did not."""
    for happened in events:
        if isinstance(happened.event, IdentityConfirmed):
            which = proof.c.verification == happened.event.verification
            decided = update(proof).where(which).values(accepted=happened.event.accepted)
            await tx.execute(decided)


_proofs = select(
    proof,
    person.c.country,
    person.c.match,
    person.c.sealed,
).join(person, person.c.id == proof.c.person)


def _proof(row: Any) -> Proof:
    known = Person(row.person, row.site, row.country, row.match, row.sealed)
    return Proof(
        row.verification, row.conversation, row.method, row.level, row.at, row.accepted, known
    )


async def _read(tx: AsyncConnection, query: Select[Any]) -> list[Proof]:
    return [_proof(row) for row in await tx.execute(query)]


async def proof_by_id(tx: AsyncConnection, verification: str) -> Proof | None:
    """Return what a verification proved, if it is kept."""
    found = await _read(tx, _proofs.where(proof.c.verification == verification))
    return found[0] if found else None


async def proofs_in(tx: AsyncConnection, conv: str) -> list[Proof]:
    """Return the proofs of a conversation, oldest first."""
    query = _proofs.where(proof.c.conversation == conv)
    return await _read(tx, query.order_by(proof.c.verification))


async def proofs_of(tx: AsyncConnection, person_id: str) -> list[tuple[str, str]]:
    """Return each proof of a person: its conversation, its verification."""
    query = select(proof.c.conversation, proof.c.verification).where(proof.c.person == person_id)
    return [(row.conversation, row.verification) for row in await tx.execute(query)]


async def earlier(tx: AsyncConnection, known: Person, *, besides: str, limit: int) -> list[Record]:
    """Return the site's conversations in which a person proved who they are, newest first."""
    proven = select(literal(1)).where(
        proof.c.conversation == conversation.c.id, proof.c.person == known.id, proof.c.accepted
    )
    query = select(conversation.c.body).where(
        conversation.c.site == known.site, conversation.c.id != besides, proven.exists()
    )
    query = query.order_by(conversation.c.id.desc()).limit(limit)
    return [decode_record(body) for body in (await tx.execute(query)).scalars()]


# --- erasing ------------------------------------------------------------------------------------


async def forget_name(tx: AsyncConnection, conv: str, verification: str) -> None:
    """Take the name out of the event of a proof; its conversation is locked."""
    query = select(event.c.seq, event.c.body).where(
        event.c.conversation == conv, event.c.kind == _KIND
    )
    for row in (await tx.execute(query)).all():
        told = _events.decode(row.body)
        body = told.event
        if not isinstance(body, IdentityVerified) or body.proof.verification != verification:
            continue
        nameless = replace(told, event=replace(body, proof=replace(body.proof, name="")))
        one = event.c.conversation == conv, event.c.seq == row.seq
        await tx.execute(update(event).where(*one).values(body=_encoder.encode(nameless)))


async def remove_proof(tx: AsyncConnection, verification: str) -> bool:
    """Remove what a verification proved; tell whether it was there."""
    gone = await tx.execute(delete(proof).where(proof.c.verification == verification))
    return bool(gone.rowcount)


async def remove_person(tx: AsyncConnection, person_id: str) -> bool:
    """Remove a person of whom no proof is left; tell whether that is so.

    Who proves just now that they are the same person waits for it, or it for them.
    """
    await tx.execute(select(person.c.id).where(person.c.id == person_id).with_for_update())
    if await proofs_of(tx, person_id):
        return False
    await tx.execute(delete(person).where(person.c.id == person_id))
    return True


# --- gates --------------------------------------------------------------------------------------


async def gates_of_site(tx: AsyncConnection, site_id: str) -> Gates:
    """Return the gates of a site."""
    kept = (await tx.execute(select(site.c.gates).where(site.c.id == site_id))).scalar()
    return Gates() if kept is None else _gates.decode(kept)


async def set_gates(tx: AsyncConnection, site_id: str, gates: Gates) -> None:
    """Put `gates` in the place of the site's."""
    kept = _encoder.encode(gates).decode()
    await tx.execute(update(site).where(site.c.id == site_id).values(gates=kept))
