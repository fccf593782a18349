"""What a cold reading found: what breaks on our side, and who sits at the browser meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from server.identity.interface import Attempt, Method, Order
from server.identity.providers import Offer, Providers
from server.identity.vault import UnknownKey
from server.services.verifications import Verifications
from signaling import messages
from signaling.messages import Ack
from tests.contract.banking import Banking
from tests.contract.conftest import Desk, new_id
from tests.contract.proven import ONE, TWO, Proving, refused, vault_of

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "The new address is 7 Example Street"


@pytest.fixture
async def banking(desk: Desk) -> Banking:
    return await Banking.at(desk)


@pytest.fixture
def proving(desk: Desk) -> Proving:
    return Proving.at(desk)


async def confide(proving: Proving, conv: str) -> Ack:
    said = messages.Send(id=new_id(), conv=conv, text=SECRET, confidential=True)
    return await proving.desk.one.backend.execute(proving.agent, said)


# --- what breaks ----------------------------------------------------------------------------------


@ONE_DATABASE
async def test_a_vault_that_is_shut_on_the_way_to_the_bank_ends_the_attempt(
    banking: Banking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shut(_attempt: Attempt) -> str:
        raise UnknownKey("The vault's key first is not there.")

    monkeypatch.setattr(banking.bank, "begin", shut)
    _, handle = await banking.start()
    going = await banking.two.go(handle)
    assert going is not None
    assert going.address is None, "the browser gets a page that says so"
    asked = (await banking.state()).verification
    assert asked is not None
    assert (asked.state, asked.failed) == ("asked", "unavailable")


class Broken:
    """A provider of orders whose certificate, say, was taken away."""

    id = "app"
    methods = (Method("app.one", "App", "bankid", "SE", "substantial"),)

    async def order(self, attempt: Attempt, address: str, return_url: str) -> Order:
        raise OSError("no such file")

    async def collect(self, attempt: Attempt, order: Order) -> None:
        raise AssertionError("there is no order")

    async def cancel(self, order: Order) -> None:
        raise AssertionError("there is no order")


@ONE_DATABASE
async def test_an_order_that_breaks_ends_the_attempt(banking: Banking) -> None:
    node = banking.desk.one
    service = Verifications(
        node.db,
        node.conversations,
        Providers([Offer(Broken())]),  # type: ignore[arg-type]  # it collects nothing
        banking.one._keeper,
        vault_of(),
        node.clock,
        "https://tiski.example",
    )
    started = await service.start(
        banking.visitor,
        conv=banking.conv,
        verification=banking.verification,
        method="app.one",
        way="none",
        lang="sv",
        return_url=None,
        address="203.0.113.7",
    )
    progress = await service.progress(banking.visitor, started.attempt)
    assert (progress.status, progress.reason) == ("failed", "unavailable")
    asked = (await banking.state()).verification
    assert asked is not None
    assert (asked.state, asked.failed) == ("asked", "unavailable")


@ONE_DATABASE
async def test_the_log_repeats_nothing_of_an_address_that_is_not_ours(banking: Banking) -> None:
    answer: Mapping[str, str] = {"state": "x", "code": "y"}
    with capture_logs() as lines:
        for provider in ("testbank", "131052-900W\n[critical] forged", "x" * 6_000):
            assert (await banking.one.callback(provider, answer, {})).said == "unknown"
    assert [line["provider"] for line in lines] == ["testbank", "unknown", "unknown"]


# --- who sits at the browser ----------------------------------------------------------------------


async def test_nothing_is_confided_while_somebody_else_is_to_be_confirmed(
    proving: Proving,
) -> None:
    visitor, conv, _ = await proving.proven(ONE)
    await confide(proving, conv)
    other = await proving.prove(visitor, conv, TWO)
    await refused("identity_needed", confide(proving, conv))
    seen = await proving.one.of_conversation(proving.agent, conv)
    assert [(gate.action, gate.why) for gate in seen.gates] == [
        ("history", None),
        ("confidential", "no_proof"),
    ]
    await proving.confirm(conv, other, accept=False)
    await confide(proving, conv)


@ONE_DATABASE
async def test_who_is_accepted_after_the_first_was_erased_is_verified(proving: Proving) -> None:
    visitor, conv, first = await proving.proven(ONE)
    other = await proving.prove(visitor, conv, TWO)
    await proving.one.erase(proving.desk.supervisor, first, "They asked us to")
    assert (await proving.state(conv)).visitor.kind == "anonymous"
    await proving.confirm(conv, other, accept=True)
    state = await proving.state(conv)
    assert state.identity is not None
    assert (state.identity.verification, state.visitor.kind) == (other, "verified")
