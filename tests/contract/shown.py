"""A visitor who shows their page to the first agent of the desk."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from ulid import ULID

from server.store.tables import audit
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import CobrowseEnded, CobrowseState, EventBody, Page
from signaling.messages import Ack, Snapshot

if TYPE_CHECKING:
    from tests.contract.conftest import Desk

SHOP = Page(url="https://shop.example/cart?who=4111#pay", title="Cart")


@dataclass
class Shown:
    """A conversation whose visitor shows their page to the first agent."""

    desk: Desk
    visitor: Principal
    conv: str
    id: str = ""
    masking: str = ""

    @property
    def agent(self) -> Principal:
        return self.desk.agents[0]

    async def start(self, cobrowse: str | None = None) -> Ack:
        self.masking, _ = await self.desk.one.cobrowse.rules(self.desk.site.id)
        command = messages.StartCobrowse(
            id=str(ULID()),
            conv=self.conv,
            consent="view-1",
            lang="fi",
            masking=self.masking,
            cobrowse=cobrowse,
        )
        return await self.desk.one.backend.execute(self.visitor, command)

    async def share(self, resume: str | None = None, page: Page = SHOP) -> str:
        """Come in as the sharer; return the next token."""
        opened = await self.desk.one.cobrowse.share(self.visitor, self.id, resume, page)
        assert opened.resume is not None
        return opened.resume

    async def control(self) -> None:
        """Let the agent control the page."""
        execute = self.desk.one.backend.execute
        ask = messages.AskControl(
            id=str(ULID()), conv=self.conv, cobrowse=self.id, caps=["click", "fill"]
        )
        await execute(self.agent, ask)
        grant = messages.GrantControl(
            id=str(ULID()),
            conv=self.conv,
            cobrowse=self.id,
            grant="g1",
            caps=["click", "fill"],
            consent="control-1",
        )
        await execute(self.visitor, grant)

    async def end(self, who: Principal) -> None:
        command = messages.EndCobrowse(id=str(ULID()), conv=self.conv, cobrowse=self.id)
        await self.desk.one.backend.execute(who, command)

    async def on(self) -> CobrowseState | None:
        return (await self.desk.two.reading.access(self.agent, self.conv)).state.cobrowse

    async def told(self) -> list[EventBody]:
        opened = await self.desk.one.backend.open_conversation(self.agent, self.conv, None)
        assert isinstance(opened, Snapshot)
        return [event.event for event in opened.events]

    async def ended(self) -> CobrowseEnded:
        [ended] = [event for event in await self.told() if isinstance(event, CobrowseEnded)]
        return ended

    async def log(self) -> list[tuple[str, str, str]]:
        """Return what the audit log says of co-browsing: who, what, to what."""
        async with self.desk.one.db.read() as tx:
            assert await self.desk.one.audit.verify(tx) is None
            rows = await tx.execute(select(audit).order_by(audit.c.id))
            return [
                (row.actor, row.action, row.object)
                for row in rows
                if row.action.startswith("cobrowse")
            ]


async def refused(code: str, work: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await work
    assert caught.value.code == code
