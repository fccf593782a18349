"""Visitors who prove who they are to the shops of a desk, and what is left of it in the tables."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from ulid import ULID

from server.domain.commands import Actor, FinishIdentity, OpenIdentity
from server.identity.interface import Evidence
from server.identity.vault import Ring, Vault
from server.services.gates import GateKeeper
from server.services.identities import REVEAL, Identities
from server.store import people
from server.store.database import Database
from server.store.people import Agent, Site
from server.store.recording_tables import metadata
from server.store.tables import audit
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import ConversationState, IdentityProof
from signaling.identity import Level
from signaling.messages import Snapshot
from tests.contract.conftest import Desk, Node

#: Nobody has a code of these: the individual numbers from 900 on are for tests (DVV).
ONE = "131052-900S"
TWO = "131052-901T"
NAMES = {ONE: "Test Customer One", TWO: "Test Customer Two"}
KEYS = {"first": bytes(range(32))}


def vault_of(keys: dict[str, bytes] = KEYS) -> Vault:
    return Vault(lambda: Ring(keys, "m" * 64))


def identities_of(node: Node, vault: Vault) -> Identities:
    gates = GateKeeper(node.db, node.audit, node.clock)
    return Identities(node.db, vault, node.conversations, gates, node.audit, node.clock)


@dataclass
class Proving:
    """A desk whose nodes know who visitors proved to be."""

    desk: Desk
    one: Identities
    two: Identities
    gates: GateKeeper

    @classmethod
    def at(cls, desk: Desk, vault: Vault | None = None) -> Proving:
        vault = vault or vault_of()
        one, two = (identities_of(node, vault) for node in (desk.one, desk.two))
        return cls(desk, one, two, GateKeeper(desk.one.db, desk.one.audit, desk.clock))

    @property
    def agent(self) -> Principal:
        return self.desk.agents[0]

    def evidence(self, code: str = ONE, level: Level = "substantial") -> Evidence:
        return Evidence("FI", code, NAMES[code], level, "Test Bank", self.desk.clock())

    async def ask(self, visitor: Principal, conv: str) -> str:
        """Ask the visitor, let them go to the bank, and return the verification."""
        ask = messages.AskIdentity(id=str(ULID()), conv=conv, purpose="refund", level="low")
        verification = (await self.desk.one.backend.execute(self.agent, ask)).verification
        assert verification is not None
        opened = OpenIdentity(verification, "attempt", "bank.one")
        await self.desk.one.conversations.act(conv, opened, Actor(visitor.person, "visitor"))
        return verification

    async def keep(self, conv: str, verification: str, evidence: Evidence) -> bool:
        """Keep what the bank said, in a transaction of its own."""
        async with self.desk.one.db.write() as tx:
            return await self.one.keep(
                tx,
                site=self.desk.site.id,
                conv=conv,
                verification=verification,
                evidence=evidence,
            )

    async def prove(
        self, visitor: Principal, conv: str, code: str = ONE, level: Level = "substantial"
    ) -> str:
        """Let the visitor prove who they are; return the verification."""
        verification = await self.ask(visitor, conv)
        evidence = self.evidence(code, level)
        changed = await self.keep(conv, verification, evidence)
        proof = IdentityProof(
            verification, evidence.at, evidence.name, evidence.method, evidence.level
        )
        finish = FinishIdentity("attempt", proof, changed)
        await self.desk.one.conversations.act(conv, finish, Actor(visitor.person, "visitor"))
        return verification

    async def confirm(self, conv: str, verification: str, *, accept: bool) -> None:
        command = messages.ConfirmIdentity(
            id=str(ULID()), conv=conv, verification=verification, accept=accept
        )
        await self.desk.one.backend.execute(self.agent, command)

    async def proven(self, code: str = ONE) -> tuple[Principal, str, str]:
        """Let a new visitor prove who they are; return them, the conversation, the proof."""
        visitor = await self.desk.visitor()
        conv = await self.desk.served(visitor)
        return visitor, conv, await self.prove(visitor, conv, code)

    async def state(self, conv: str) -> ConversationState:
        return (await self.desk.one.reading.access(self.desk.supervisor, conv)).state

    async def snapshot(self, who: Principal, conv: str) -> Snapshot:
        shown = await self.desk.two.reading.open_conversation(who, conv, None)
        assert isinstance(shown, Snapshot)
        return shown

    async def allow(self, *who: Principal) -> None:
        """Give agents the permission to see codes."""
        async with self.desk.one.db.write() as tx:
            for agent in who:
                await people.set_permissions(tx, agent.person.id, (REVEAL,))

    async def stranger(self, role: str = "supervisor") -> Principal:
        """Return staff of another shop, which is made."""
        site = Site(str(ULID()), f"other-{role}", "Other", "#123456", ["fi"], [])
        agent = Agent(
            str(ULID()), site.id, f"{role}@other.example", "Other", role, "", "fi", True, (REVEAL,)
        )
        async with self.desk.one.db.write() as tx:
            await people.add_site(tx, site)
            await people.add_agent(tx, agent, self.desk.clock())
        return Principal(agent.person, "staff", site.id, str(ULID()), 1e12)


async def dump(desk: Desk) -> bytes:
    """Return everything that the tables hold, once the bus was told what it is owed."""
    for node in (desk.one, desk.two):
        await node.outbox.sweep()
    held = []
    async with desk.one.db.read() as tx:
        for table in metadata.sorted_tables:
            for row in await tx.execute(select(table)):
                held += [one if isinstance(one, bytes) else str(one).encode() for one in row]
    return b"\n".join(held)


async def audited(db: Database, action: str) -> list[tuple[str, str]]:
    """Return who did an action to what, oldest first."""
    query = select(audit.c.actor, audit.c.object).where(audit.c.action == action)
    async with db.read() as tx:
        return [tuple(row) for row in await tx.execute(query.order_by(audit.c.id))]


async def refused(code: str, doing: Awaitable[object]) -> str:
    """Expect a refusal with `code`; return what it says."""
    with pytest.raises(Refusal) as caught:
        await doing
    assert caught.value.code == code
    return caught.value.message
