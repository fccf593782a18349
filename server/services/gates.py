"""The gates of a site: who may change them, and whether one is open in a conversation.

What they mean is in `domain.gates`. Sending what is confidential is ruled with the other
commands (`domain.decisions`); what is asked for by HTTP comes through `require_open`.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.gates import ACTIONS, Action, Gate, Gates, Why, counting, passes, require
from server.services.audit import Audit
from server.services.clock import Clock
from server.store import identities
from server.store.database import Database
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import ConversationState

__all__ = ["GateKeeper", "GateState", "replace_gates"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate of a site as it stands in a conversation; `why`: it is shut."""

    action: Action
    gate: Gate | None
    why: Why | None


class GateKeeper:
    """Opens and changes the gates of sites."""

    def __init__(self, db: Database, audit: Audit, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock

    async def gates(self, site: str) -> Gates:
        """Return the gates of a site."""
        async with self._db.read() as tx:
            return await identities.gates_of_site(tx, site)

    async def set_gates(self, who: Principal, gates: Gates) -> Gates:
        """Put `gates` in the place of those of `who`'s site.

        Raises:
            Refusal: `forbidden`: not a supervisor.
        """
        if who.audience != "staff" or who.person.role != "supervisor":
            raise Refusal("forbidden", "Only a supervisor changes the gates.")
        async with self._db.write() as tx:
            await replace_gates(tx, self._audit, who.site, who.person.id, gates)
        log.info("gates changed", site=who.site, by=who.person.id)
        return gates

    async def standing(
        self, tx: AsyncConnection, site: str, state: ConversationState
    ) -> list[GateState]:
        """Return how each gate stands in a conversation now."""
        gates, now = await identities.gates_of_site(tx, site), self._clock()
        return [
            GateState(
                action, gates.of(action), passes(gates.of(action), counting(action, state), now)
            )
            for action in ACTIONS
        ]

    async def require_open(
        self, tx: AsyncConnection, site: str, state: ConversationState, action: Action
    ) -> None:
        """Return if the gate of `action` is open in a conversation.

        Raises:
            Refusal: `identity_needed`; the message says what is.
        """
        gates = await identities.gates_of_site(tx, site)
        require(gates, action, counting(action, state), self._clock())


async def replace_gates(
    tx: AsyncConnection, audit: Audit, site: str, actor: str, gates: Gates
) -> None:
    """Store the gates of a site, and who changed them to what."""
    await identities.set_gates(tx, site, gates)
    kept = " ".join(f"{action}={_said(gates.of(action))}" for action in ACTIONS)
    await audit.add(tx, site, actor, "identity.gates", kept)


def _said(gate: Gate | None) -> str:
    return "off" if gate is None else f"{gate.level}:{gate.max_age}"
