"""Keeps who visitors proved to be, and shows of it only what may be seen.

A person is kept once for a site, sealed; each proof points at them. Staff sees the name and a
masked code. To see the code takes the permission `reveal` and a reason, and leaves a row in the
audit log; so does looking at what the same person talked about before. A supervisor erases a
person: row, proofs, and the name in every conversation.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.access import access
from server.domain.commands import Actor, EraseIdentity
from server.domain.masking import masked_code
from server.domain.record import summary
from server.domain.text import clean_line
from server.identity.interface import Evidence
from server.identity.vault import PERSON, Vault, VaultError
from server.services.audit import Audit
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.gates import GateKeeper, GateState
from server.services.secrets import new_id
from server.services.throttle import LONGEST, Limit, count
from server.store import conversations, identities, people
from server.store.conversations import Row
from server.store.database import Database
from server.store.identities import Person, Proof
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import ConversationSummary

__all__ = ["PERMISSIONS", "REVEAL", "Identities", "Seen", "SeenProof"]

log = structlog.get_logger(__name__)

#: The permission that lets an agent see a code.
REVEAL: Final = "reveal"
PERMISSIONS: Final = (REVEAL,)
_REVEALS: Final = Limit(20, LONGEST)  # of one agent: enough for work, too few to copy a shop
_MIN_REASON: Final = 3  # characters
_MAX_REASON: Final = 200
_EARLIER: Final = 50  # conversations
_NO_PROOF: Final = "There is no such proof; it may have been erased."


class _Erased(Exception):  # noqa: N818 — not a failure
    """Another supervisor has just erased it: nothing is done twice."""


class _Secret(msgspec.Struct, frozen=True):
    """What is sealed of a person."""

    code: str
    name: str


_decoder: msgspec.json.Decoder[_Secret] = msgspec.json.Decoder(_Secret)


@dataclass(frozen=True, slots=True)
class SeenProof:
    """A proof as staff sees it."""

    verification: str
    name: str = field(repr=False)
    method: str
    level: str
    at: int
    country: str
    masked: str
    accepted: bool | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What staff sees of who a conversation's visitor is."""

    proofs: list[SeenProof]
    gates: list[GateState]
    may_reveal: bool


async def _nothing(_conv: str, _by: str) -> None:
    return


class Identities:
    """The persons of all sites."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        conversations: Conversations,
        gates: GateKeeper,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._db = db
        self._vault = vault
        self._conversations = conversations
        self._gates = gates
        self._audit = audit
        self._clock = clock
        #: Erases what else is kept of a conversation; gets it and who erases.
        self.also_erase: Callable[[str, str], Awaitable[None]] = _nothing

    # --- keeping --------------------------------------------------------------------------------

    async def keep(
        self, tx: AsyncConnection, *, site: str, conv: str, verification: str, evidence: Evidence
    ) -> bool:
        """Keep what a bank proved, in the caller's transaction, which holds the conversation.

        Returns whether it is somebody else than was proven before: then it counts only once
        staff has confirmed it.
        """
        match = self._vault.match(site, evidence.country, evidence.code)
        secret = msgspec.json.encode(_Secret(evidence.code, evidence.name))
        sealed = self._vault.seal(secret, PERSON, match)
        new = Person(new_id(), site, evidence.country, match, sealed)
        known = await identities.keep_person(
            tx, new, key=self._vault.key_of(sealed), now=self._clock()
        )
        changed = await self._counts(tx, conv) not in (None, known)
        if changed:
            await identities.refuse_pending(tx, conv)
        await identities.add_proof(
            tx,
            verification=verification,
            conv=conv,
            site_id=site,
            person_id=known,
            method=evidence.method,
            level=evidence.level,
            at=evidence.at,
            accepted=None if changed else True,
        )
        return changed

    async def _counts(self, tx: AsyncConnection, conv: str) -> str | None:
        """Return the person of the proof that counts in a conversation."""
        row = await conversations.load(tx, conv)
        proof = None if row is None else row.record.state.identity
        found = None if proof is None else await identities.proof_by_id(tx, proof.verification)
        return None if found is None else found.person.id

    # --- seeing ---------------------------------------------------------------------------------

    async def of_conversation(self, who: Principal, conv: str) -> Seen:
        """Return the proofs of a conversation, newest first, with the codes masked.

        Raises:
            Refusal: `not_found`, or `unavailable`: the vault cannot open them.
        """
        async with self._db.read() as tx:
            row = await self._row(tx, who, conv)
            proofs = [self._seen(proof) for proof in await identities.proofs_in(tx, conv)]
            gates = await self._gates.standing(tx, row.site, row.record.state)
            may_reveal = await _may_reveal(tx, who)
        return Seen(proofs[::-1], gates, may_reveal)

    def _seen(self, proof: Proof) -> SeenProof:
        secret = self._secret(proof.person)
        return SeenProof(
            verification=proof.verification,
            name=secret.name,
            method=proof.method,
            level=proof.level,
            at=proof.at,
            country=proof.person.country,
            masked=masked_code(secret.code),
            accepted=proof.accepted,
        )

    async def reveal(self, who: Principal, verification: str, reason: str) -> str:
        """Return the personal identity code of a proof, and write down who saw it and why.

        Raises:
            Refusal: `not_found`, `forbidden` without the permission, `bad_text`: no good reason.
            TooManyAttempts: too many codes were seen lately.
        """
        why = _reason(reason)
        async with self._db.write() as tx:
            proof = await self._proof(tx, who, verification)
            if not await _may_reveal(tx, who, lock=True):
                raise Refusal("forbidden", "Seeing codes needs the permission: ask the operator.")
            await count(tx, {f"reveal:{who.person.id}": _REVEALS}, self._clock())
            code = self._secret(proof.person).code
            if _plain(code) in _plain(why):
                raise Refusal("bad_text", "Give the reason without the code.")
            thing = f"{proof.conversation} {verification} {why}"
            await self._audit.add(tx, who.site, who.person.id, "identity.reveal", thing)
        log.info("code revealed", verification=verification, by=who.person.id)
        return code

    async def earlier(self, who: Principal, conv: str) -> list[ConversationSummary]:
        """Return what else the proven person of a conversation talked about, newest first.

        Raises:
            Refusal: `not_found`, or `identity_needed`: the gate is shut.
        """
        async with self._db.write() as tx:
            row = await self._row(tx, who, conv)
            state = row.record.state
            await self._gates.require_open(tx, row.site, state, "history")
            proof = state.identity
            found = None if proof is None else await identities.proof_by_id(tx, proof.verification)
            if found is None:
                return []
            records = await identities.earlier(tx, found.person, besides=conv, limit=_EARLIER)
            await self._audit.add(tx, who.site, who.person.id, "identity.history", conv)
        return [summary(record, who.audience, who.person) for record in records]

    # --- erasing --------------------------------------------------------------------------------

    async def erase(self, who: Principal, verification: str, reason: str) -> None:
        """Erase the person whom a verification proved, with all that was proven of them.

        What else is kept of a conversation goes first; then each proof with the name in it, in one
        transaction, the one that was named after the others; the person goes last. So what is cut
        short is done by doing it again, and whoever proves to be the same person meanwhile is
        erased too.

        Raises:
            Refusal: `not_found`, `forbidden`: not a supervisor, `bad_text`: no good reason.
        """
        why = _reason(reason)
        async with self._db.read() as tx:
            proof = await self._proof(tx, who, verification)
        if who.person.role != "supervisor":
            raise Refusal("forbidden", "Only a supervisor erases.")
        actor = Actor(who.person, who.audience)
        while True:
            async with self._db.read() as tx:
                left = await identities.proofs_of(tx, proof.person.id)
            for conv, proven in sorted(left, key=lambda one: one[1] == verification):
                await self.also_erase(conv, who.person.id)
                await self._forget(conv, proven, actor)
            async with self._db.write() as tx:
                if await identities.remove_person(tx, proof.person.id):
                    thing = f"{verification} {why}"
                    await self._audit.add(tx, who.site, who.person.id, "identity.erase", thing)
                    break
        log.info("identity erased", verification=verification, by=who.person.id)

    async def _forget(self, conv: str, verification: str, actor: Actor) -> None:
        async def within(tx: AsyncConnection) -> None:
            if not await identities.remove_proof(tx, verification):
                raise _Erased
            await identities.forget_name(tx, conv, verification)

        with contextlib.suppress(_Erased):
            await self._conversations.act(conv, EraseIdentity(verification), actor, within)

    # --- inside a transaction -------------------------------------------------------------------

    async def _row(self, tx: AsyncConnection, who: Principal, conv: str) -> Row:
        row = await conversations.load(tx, conv)
        if row is None or who.audience != "staff":
            raise Refusal("not_found", "There is no such conversation.")
        access(row.record.state, row.site, who)
        return row

    async def _proof(self, tx: AsyncConnection, who: Principal, verification: str) -> Proof:
        proof = await identities.proof_by_id(tx, verification)
        if proof is None or who.audience != "staff" or proof.person.site != who.site:
            raise Refusal("not_found", _NO_PROOF)
        return proof

    def _secret(self, person: Person) -> _Secret:
        try:
            return _decoder.decode(self._vault.open(person.sealed, PERSON, person.match))
        except VaultError as error:
            log.error("vault shut", person=person.id, reason=str(error))
            raise Refusal("unavailable", "The vault cannot be opened: tell the operator.") from None


async def _may_reveal(tx: AsyncConnection, who: Principal, *, lock: bool = False) -> bool:
    """Tell whether an agent may see codes; `lock`: of theirs one at a time is counted."""
    agent = await people.agent_by_id(tx, who.person.id, lock=lock)
    return agent is not None and REVEAL in agent.permissions


def _reason(text: str) -> str:
    reason = clean_line(text, _MAX_REASON, "the reason")
    if len(reason) < _MIN_REASON:
        raise Refusal("bad_text", "Say why, in a few words.")
    return reason


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()
