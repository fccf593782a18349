"""Looks up, inside the transaction, what a decision may depend on besides the state."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, AnyCommand, CobrowseFacts, ExpireCobrowse, Facts
from server.domain.gates import Gates
from server.domain.routing import Charge, fits
from server.domain.rules import version_of
from server.services.queueing import queueing
from server.services.secrets import new_id
from server.store import cobrowses, files, identities, matching, people, policies, recordings
from server.store.conversations import Row
from signaling import messages
from signaling.events import File, Person

__all__ = ["gather"]


async def gather(
    tx: AsyncConnection, row: Row | None, command: AnyCommand, actor: Actor, now: int, site: str
) -> Facts:
    """Return the facts for `command`; only those that it needs are looked up."""
    colleague: Person | None = None
    colleague_online = assignee_online = False
    sent: dict[str, File] = {}
    match command:
        case messages.RequestTransfer() | messages.AskConsult() if command.to:
            agent = await people.agent_by_id(tx, command.to)
            if agent is not None and agent.site == site:
                colleague = agent.person
                colleague_online = await _there(tx, agent.id)
        case messages.Send() | messages.Start():
            if command.files:
                sent = await files.sendable(tx, command.files, actor.person.id)
            state = None if row is None else row.record.state
            if state is not None and state.state == "closed" and state.assignee is not None:
                assignee_online = await _has_room(tx, site, state.assignee.id)
        case _:
            pass
    queue = await queueing(tx, row, command, actor, site)
    return Facts(
        now=now,
        seq=0 if row is None else row.record.seq,
        new_id=new_id(),
        colleague=colleague,
        colleague_online=colleague_online,
        assignee_online=assignee_online,
        auto_due=None if row is None else row.record.auto_due,
        call_due=None if row is None else row.record.call_due,
        files=sent,
        cobrowse=await _cobrowse(tx, row, command, site),
        gates=await _gates(tx, command, site),
        queue=queue.queue,
        department=queue.department,
        why=queue.why,
        recording=await _records(tx, command, site),
    )


async def _gates(tx: AsyncConnection, command: AnyCommand, site: str) -> Gates:
    confidential = isinstance(command, messages.Send) and command.confidential
    return await identities.gates_of_site(tx, site) if confidential else Gates()


async def _records(tx: AsyncConnection, command: AnyCommand, site: str) -> int:
    if not isinstance(command, messages.AskRecording):
        return 0
    rules = await recordings.rules_of_site(tx, site)
    return rules.days if rules.allowed else 0


async def _cobrowse(
    tx: AsyncConnection, row: Row | None, command: AnyCommand, site: str
) -> CobrowseFacts:
    match command:
        case messages.StartCobrowse():
            return CobrowseFacts(masking=version_of(await cobrowses.rules_of_site(tx, site)))
        case messages.EndCobrowse() | messages.Close() | ExpireCobrowse() if row is not None:
            on = row.record.state.cobrowse
            if on is None:
                return CobrowseFacts()
            kept = await cobrowses.load(tx, on.id, lock=True)
            return CobrowseFacts(
                pages=await cobrowses.pages(tx, on.id),
                due=row.record.cobrowse_due,
                control_due=row.record.control_due,
                sharer_due=None if kept is None else kept.sharer_due,
                controller_due=None if kept is None else kept.controller_due,
            )
        case _:
            return CobrowseFacts()


async def _there(tx: AsyncConnection, agent: str) -> bool:
    known = await matching.one_agent(tx, agent)
    return known is not None and known.online and known.state == "available"


async def _has_room(tx: AsyncConnection, site: str, agent: str) -> bool:
    known = await matching.one_agent(tx, agent)
    weight = (await policies.of_site(tx, site)).routing.weights.chat
    return known is not None and fits(known, Charge(agent, weight))
