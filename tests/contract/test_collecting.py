"""BankID's open orders are asked about by one node at a time, and by another when that is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.identity.bankid import BankId
from server.identity.interface import Attempt, Collected, Order
from server.identity.providers import Offer, Providers
from server.identity.vault import Vault
from server.services import collecting
from server.services.collecting import Collecting
from server.services.journey import Progress
from server.services.verifications import Verifications
from server.store import attempts
from server.store.attempts import Row
from signaling import messages
from signaling.backend import Principal
from signaling.events import ConversationState
from tests.contract.conftest import Desk, Node, new_id
from tests.contract.proven import identities_of, vault_of
from tests.identity.bankid import Bank, demo_bankid

METHOD = "bankid.app"
LEASE = 12  # seconds: longer than a call may take


class Asked(BankId):
    """BankID's client, which notes what it is asked and may be made to wait for its answers."""

    def __init__(self, bank: Bank) -> None:
        super().__init__(bank.config, bank.clock)
        self.collected: list[str] = []
        self.answered = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def collect(self, attempt: Attempt, order: Order) -> Collected:
        self.collected.append(attempt.id)
        try:
            return await super().collect(attempt, order)
        finally:
            self.answered.set()
            await self.goes_on.wait()


@dataclass
class Collector:
    """One node's part of it."""

    node: Node
    bankid: Asked
    verifications: Verifications
    collecting: Collecting

    @classmethod
    def of(cls, node: Node, bank: Bank, vault: Vault) -> Collector:
        bankid = Asked(bank)
        verifications = Verifications(
            node.db,
            node.conversations,
            Providers([Offer(bankid)]),
            identities_of(node, vault),
            vault,
            node.clock,
            "https://tiski.example",
        )
        return cls(node, bankid, verifications, Collecting(node.db, verifications, node.clock))

    async def sweep(self) -> None:
        await self.collecting.sweep()
        await self.collecting.settle()


@dataclass
class Site:
    """A shop on two nodes, and BankID."""

    desk: Desk
    bank: Bank
    one: Collector
    two: Collector
    conversations: dict[str, tuple[Principal, str]] = field(default_factory=dict)

    async def begin(self) -> str:
        """Let a new visitor choose BankID; return the attempt."""
        visitor = await self.desk.visitor()
        conv = await self.desk.served(visitor)
        ask = messages.AskIdentity(id=new_id(), conv=conv, purpose="refund", level="low")
        asked = await self.desk.one.backend.execute(self.desk.agents[0], ask)
        assert asked.verification is not None
        started = await self.one.verifications.start(
            visitor,
            conv=conv,
            verification=asked.verification,
            method=METHOD,
            way="none",
            lang="sv",
            return_url=None,
            address="203.0.113.7",
        )
        self.conversations[started.attempt] = visitor, conv
        return started.attempt

    async def sweep(self, *, seconds: float = 0) -> None:
        """Let time pass, and both nodes look at once."""
        self.desk.clock.forward(seconds=seconds)
        await asyncio.gather(self.one.sweep(), self.two.sweep())

    async def row(self, attempt: str) -> Row:
        async with self.desk.one.db.read() as tx:
            row = await attempts.by_id(tx, attempt)
        assert row is not None
        return row

    async def order(self, attempt: str) -> Order:
        order = self.two.verifications.order_of(await self.row(attempt))
        assert order is not None
        return order

    async def progress(self, attempt: str) -> Progress:
        return await self.two.verifications.progress(self.conversations[attempt][0], attempt)

    async def state(self, attempt: str) -> ConversationState:
        conv = self.conversations[attempt][1]
        return (await self.desk.two.reading.access(self.desk.supervisor, conv)).state

    @property
    def asked(self) -> int:
        return len(self.one.bankid.collected) + len(self.two.bankid.collected)


@asynccontextmanager
async def site_of(desk: Desk, bank: Bank) -> AsyncIterator[Site]:
    vault = vault_of()
    one, two = (Collector.of(node, bank, vault) for node in (desk.one, desk.two))
    try:
        yield Site(desk, bank, one, two)
    finally:
        for collector in (one, two):
            await collector.collecting.settle()
            await collector.bankid.aclose()


@pytest.fixture
async def site(desk: Desk, tmp_path: Path) -> AsyncIterator[Site]:
    async with demo_bankid(tmp_path / "bankid", desk.clock) as bank, site_of(desk, bank) as made:
        yield made


async def test_an_approved_order_is_a_proof_on_whichever_node_asks(site: Site) -> None:
    attempt = await site.begin()
    await site.sweep(seconds=2)
    assert (await site.progress(attempt)).hint == "outstandingTransaction"
    site.bank.approve(await site.order(attempt))
    await site.sweep(seconds=2)
    state = await site.state(attempt)
    assert state.identity is not None
    assert (state.identity.name, state.identity.method) == ("Test Customer One", "BankID")
    assert (state.verification, state.visitor.kind) == (None, "verified")
    assert (await site.progress(attempt)).status == "verified"


async def test_of_two_nodes_one_asks_every_two_seconds(site: Site) -> None:
    await site.begin()
    await site.sweep(seconds=1.9)
    assert site.asked == 0
    await site.sweep(seconds=0.1)
    await site.sweep()
    assert site.asked == 1
    await site.sweep(seconds=1.9)
    assert site.asked == 1
    await site.sweep(seconds=0.1)
    assert site.asked == 2


async def test_the_visitor_sees_a_qr_code_that_the_app_takes(site: Site) -> None:
    attempt = await site.begin()
    site.desk.clock.forward(seconds=7)
    shown = await site.progress(attempt)
    assert shown.qr is not None
    assert shown.autostart is not None
    site.bank.orders.scan(shown.qr, site.desk.clock())
    await site.sweep()
    assert (await site.progress(attempt)).hint == "started"


async def test_a_cancelled_order_may_be_tried_again(site: Site) -> None:
    attempt = await site.begin()
    opened = site.bank.opened(await site.order(attempt))
    site.bank.orders.refuse(opened.handle, site.desk.clock())
    await site.sweep(seconds=2)
    state = await site.state(attempt)
    assert state.verification is not None
    assert (state.verification.state, state.verification.failed) == ("asked", "cancelled")
    assert (await site.progress(attempt)).reason == "cancelled"


async def test_the_order_is_forgotten_when_it_is_over(site: Site) -> None:
    attempt = await site.begin()
    assert (await site.row(attempt)).order is not None
    await site.sweep(seconds=31)
    row = await site.row(attempt)
    assert (row.outcome, row.order) == ("expired", None)
    asked = site.asked
    await site.sweep(seconds=60)
    assert site.asked == asked


async def test_what_a_killed_node_was_asking_another_asks(site: Site) -> None:
    attempt = await site.begin()
    site.desk.clock.forward(seconds=2)
    site.one.bankid.goes_on.clear()  # its answer never arrives
    await site.one.collecting.sweep()
    [call] = site.one.collecting._calls
    await site.one.bankid.answered.wait()
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call
    site.one.bankid.goes_on.set()
    site.bank.approve(await site.order(attempt))
    site.desk.clock.forward(seconds=LEASE - 1)
    await site.two.sweep()
    assert site.two.bankid.collected == []  # the other might be at it still
    site.desk.clock.forward(seconds=1)
    await site.two.sweep()
    assert (await site.state(attempt)).identity is not None


async def test_nobody_asks_while_another_waits_for_the_answer(site: Site) -> None:
    attempt = await site.begin()
    site.bank.approve(await site.order(attempt))
    site.desk.clock.forward(seconds=2)
    site.one.bankid.goes_on.clear()
    await site.one.collecting.sweep()
    await site.one.bankid.answered.wait()  # BankID has given the result out
    site.desk.clock.forward(seconds=LEASE - 1)
    await site.two.sweep()
    assert site.two.bankid.collected == []
    site.one.bankid.goes_on.set()
    await site.one.collecting.settle()
    assert (await site.state(attempt)).identity is not None


async def test_a_result_under_way_is_kept_when_the_process_stops(site: Site) -> None:
    attempt = await site.begin()
    site.bank.approve(await site.order(attempt))
    site.desk.clock.forward(seconds=2)
    site.one.bankid.goes_on.clear()
    run = asyncio.create_task(site.one.collecting.run())
    await site.one.bankid.answered.wait()
    run.cancel()
    site.one.bankid.goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await site.state(attempt)).identity is not None


@pytest.mark.parametrize("by", ["visitor", "staff"])
async def test_an_order_that_nobody_waits_for_is_taken_back(site: Site, by: str) -> None:
    attempt = await site.begin()
    visitor, conv = site.conversations[attempt]
    order = await site.order(attempt)
    if by == "visitor":
        await site.two.verifications.cancel(visitor, attempt)
    else:
        verification = (await site.row(attempt)).verification
        end = messages.EndIdentity(id=new_id(), conv=conv, verification=verification)
        await site.desk.two.backend.execute(site.desk.agents[0], end)
    await site.sweep(seconds=2)
    with pytest.raises(Exception, match="no such order"):
        site.bank.opened(order)
    assert site.asked == 0
    assert (await site.row(attempt)).order is None


async def test_silence_is_borne_until_bankid_has_forgotten_the_order(
    desk: Desk, tmp_path: Path
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        bank = await stack.enter_async_context(demo_bankid(tmp_path / "bankid", desk.clock))
        async with site_of(desk, bank) as site:
            attempt = await site.begin()
            await stack.aclose()  # BankID is gone
            await site.sweep(seconds=2)
            await site.sweep(seconds=2)
            assert site.asked == 2
            assert (await site.progress(attempt)).status == "pending"
            await site.sweep(seconds=176)
            assert (await site.progress(attempt)).reason == "unavailable"
            assert (await site.row(attempt)).order is None


async def test_a_node_has_room_for_some_calls_and_leaves_others_the_rest(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "_AT_ONCE", 2)
    begun = {await site.begin() for _ in range(3)}
    site.desk.clock.forward(seconds=2)
    site.one.bankid.goes_on.clear()
    await site.one.collecting.sweep()
    await site.one.collecting.sweep()
    await site.two.sweep()
    site.one.bankid.goes_on.set()
    await site.one.collecting.settle()
    assert (len(site.one.bankid.collected), len(site.two.bankid.collected)) == (2, 1)
    assert {*site.one.bankid.collected, *site.two.bankid.collected} == begun


async def test_an_order_that_cannot_be_opened_ends(desk: Desk, tmp_path: Path) -> None:
    async with demo_bankid(tmp_path / "bankid", desk.clock) as bank, site_of(desk, bank) as site:
        attempt = await site.begin()
        other = Collector.of(desk.two, bank, vault_of({"another": bytes(32)}))
        desk.clock.forward(seconds=2)
        await other.sweep()
        await other.bankid.aclose()
        assert (await site.progress(attempt)).reason == "unavailable"
