"""The pretended app and the pretended API keep the rules that the real ones have."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from deploy.demobank.bankid.orders import CUSTOMERS
from server.identity.bankid import BankId
from server.identity.interface import IdentityError, Order
from server.identity.personnummer import is_personnummer
from server.identity.qr import auth_code, qr_text
from server.services.clock import system_clock
from tests.identity.bankid import RETURN, Bank, Clock, attempt_of, config_for, demo_bankid
from tests.services.ports import free_port


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with demo_bankid(tmp_path / "bankid", Clock()) as running:
        yield running


@pytest.fixture
async def bankid(bank: Bank) -> AsyncIterator[BankId]:
    made = BankId(bank.config, bank.clock)
    yield made
    await made.aclose()


@pytest.fixture
async def phone(bank: Bank) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{bank.app_port}") as http:
        yield http


async def _order(bankid: BankId) -> Order:
    return await bankid.order(attempt_of(), "203.0.113.7", RETURN)


async def _page(response: aiohttp.ClientResponse) -> str:
    text = await response.text()
    assert "Demo BankID: not a real BankID" in text
    assert "form-action 'self'" in response.headers["Content-Security-Policy"]
    return text


def _actions(page: str) -> list[str]:
    return re.findall(r"action=(/orders/\S+?)>", page)


def test_every_test_customer_has_a_number_that_holds() -> None:
    assert all(is_personnummer(customer.number) for customer in CUSTOMERS)


async def test_an_order_is_brought_to_the_app_and_approved(
    bankid: BankId, phone: aiohttp.ClientSession
) -> None:
    order = await _order(bankid)
    page = await _page(await phone.get(order.autostart))
    assert "Identifiera mig hos Butik" in page
    [choose, _] = _actions(page)
    page = await _page(await phone.post(choose, data={"customer": CUSTOMERS[1].number}))
    assert (await bankid.collect(attempt_of(), order)).hint == "userSign"
    [approve, _] = _actions(page)
    page = await _page(await phone.post(approve))
    assert RETURN in page
    done = await bankid.collect(attempt_of(), order)
    assert done.evidence is not None
    assert done.evidence.code == CUSTOMERS[1].number


async def test_the_app_shows_the_end_also_when_it_was_collected_at_once(
    bank: Bank, bankid: BankId, phone: aiohttp.ClientSession
) -> None:
    order = await _order(bankid)
    bank.approve(order)
    assert (await bankid.collect(attempt_of(), order)).status == "complete"
    assert "You have identified yourself" in await _page(await phone.get(order.autostart))


async def test_an_order_is_cancelled_in_the_app(
    bankid: BankId, phone: aiohttp.ClientSession
) -> None:
    order = await _order(bankid)
    cancel = _actions(await _page(await phone.get(order.autostart)))[-1]
    await _page(await phone.post(cancel))
    with pytest.raises(IdentityError, match="userCancel"):
        await bankid.collect(attempt_of(), order)
    assert (await phone.post(cancel)).status == 409


async def test_an_order_is_scanned_by_its_qr_code_of_now(
    bank: Bank, bankid: BankId, phone: aiohttp.ClientSession
) -> None:
    order = await _order(bankid)
    bank.clock.forward(12)
    text = qr_text(order, bank.clock())
    assert "Who are you?" in await _page(await phone.post("/scan", data={"text": text}))
    assert (await bankid.collect(attempt_of(), order)).hint == "started"


@pytest.mark.parametrize("late", [6, 25, -6])
async def test_a_qr_code_of_another_time_is_refused(
    bank: Bank, bankid: BankId, phone: aiohttp.ClientSession, late: int
) -> None:
    order = await _order(bankid)
    bank.clock.forward(28)
    text = qr_text(order, bank.clock() - late * 1000)
    response = await phone.post("/scan", data={"text": text})
    assert response.status == 409
    assert f"{late} seconds old" in await _page(response)


async def test_a_forged_qr_code_is_refused(bankid: BankId, phone: aiohttp.ClientSession) -> None:
    order = await _order(bankid)
    forged = f"bankid.{order.qr_token}.0.{auth_code('another secret', 0)}"
    response = await phone.post("/scan", data={"text": forged})
    assert response.status == 409
    assert "forged" in await _page(response)


@pytest.mark.parametrize(
    "text", ["", "bankid", "bankid.x.0.y", "https://shop.example/", "bankid.."]
)
async def test_what_is_no_qr_code_of_ours_is_refused(
    phone: aiohttp.ClientSession, text: str
) -> None:
    assert (await phone.post("/scan", data={"text": text})).status == 409


async def test_who_begins_a_second_order_cancels_the_first(bank: Bank, bankid: BankId) -> None:
    first, second = await _order(bankid), await _order(bankid)
    number = CUSTOMERS[0].number
    bank.orders.choose(bank.opened(first).handle, number, bank.clock())
    bank.orders.choose(bank.opened(second).handle, number, bank.clock())
    with pytest.raises(IdentityError, match="bankid_cancelled"):
        await bankid.collect(attempt_of(), first)
    assert (await bankid.collect(attempt_of(), second)).hint == "userSign"


async def test_the_app_leads_back_to_known_origins_only(
    bank: Bank, bankid: BankId, phone: aiohttp.ClientSession
) -> None:
    order = await bankid.order(attempt_of(), "203.0.113.7", "https://evil.example/")
    bank.approve(order)
    page = await _page(await phone.get(order.autostart))
    assert "evil.example" not in page


@pytest.mark.parametrize("end", ["signal", "pipe"])
async def test_it_runs_from_the_command_line_and_stops_when_told(tmp_path: Path, end: str) -> None:
    port, app_port = free_port(), free_port()
    folder = tmp_path / "certificates"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "deploy.demobank.bankid", "--port", str(port), "--app-port", str(app_port)),
        *("--folder", str(folder), "--return-ok", "https://shop.example", "--pace", "10"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(30):
            ready = await process.stdout.readline()
        assert str(app_port).encode() in ready
        modes = {stat.S_IMODE(os.stat(path).st_mode) for path in folder.iterdir()}
        assert modes == {0o600}
        bankid = BankId(config_for(folder, port, app_port), system_clock)
        order = await bankid.order(attempt_of(), "203.0.113.7", RETURN)
        assert (await bankid.collect(attempt_of(), order)).hint == "outstandingTransaction"
        await bankid.aclose()
        if end == "signal":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
