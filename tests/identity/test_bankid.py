"""BankID's client against the pretended BankID over real TLS, and against what may be in its place.

Nothing is believed but a completed order of ours with somebody in it; what fails says why.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from deploy.demobank.bankid.authority import issue
from deploy.demobank.bankid.orders import CUSTOMERS
from server.config import ConfigError
from server.identity import bankid as client
from server.identity.bankid import BankId
from server.identity.config import BankIdConfig
from server.identity.interface import IdentityError, Order
from server.services.clock import system_clock
from tests.identity.bankid import (
    RETURN,
    Bank,
    Clock,
    another,
    attempt_of,
    config_for,
    demo_bankid,
)

ORDER = Order("131daac9-16c6", "https://app.example/", "token", "secret", 0)
ADDRESS = "203.0.113.7"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bank(tmp_path: Path, clock: Clock) -> AsyncIterator[Bank]:
    async with demo_bankid(tmp_path / "bankid", clock) as running:
        yield running


@asynccontextmanager
async def bankid_of(config: BankIdConfig, clock: Clock | None = None) -> AsyncIterator[BankId]:
    bankid = BankId(config, clock or system_clock)
    try:
        yield bankid
    finally:
        await bankid.aclose()


@pytest.fixture
async def bankid(bank: Bank, clock: Clock) -> AsyncIterator[BankId]:
    async with bankid_of(bank.config, clock) as made:
        yield made


async def failure_of(bankid: BankId, order: Order = ORDER) -> tuple[str, str]:
    with pytest.raises(IdentityError) as caught:
        await bankid.collect(attempt_of(), order)
    return caught.value.reason, caught.value.code


# An order's life


async def test_an_approved_order_proves_who_the_visitor_is(
    bank: Bank, bankid: BankId, clock: Clock
) -> None:
    order = await bankid.order(attempt_of(), ADDRESS, RETURN)
    assert order.started_at == clock()
    pending = await bankid.collect(attempt_of(), order)
    assert (pending.status, pending.hint) == ("pending", "outstandingTransaction")
    opened = bank.opened(order)
    assert (await bankid.collect(attempt_of(), order)).hint == "started"
    bank.orders.choose(opened.handle, CUSTOMERS[0].number, clock())
    assert (await bankid.collect(attempt_of(), order)).hint == "userSign"
    clock.forward(20)
    bank.orders.approve(opened.handle, clock())
    done = await bankid.collect(attempt_of(), order)
    assert done.status == "complete"
    assert done.evidence is not None
    assert (done.evidence.country, done.evidence.code) == ("SE", "189001019802")
    assert (done.evidence.name, done.evidence.level) == ("Test Customer One", "substantial")
    assert (done.evidence.method, done.evidence.at) == ("BankID", clock())
    assert CUSTOMERS[0].number not in repr(done)


async def test_the_app_is_told_who_asks_and_where_to_return(bank: Bank, bankid: BankId) -> None:
    order = await bankid.order(attempt_of(service="Ål & Ö"), ADDRESS, RETURN)
    opened = bank.opened(order)
    assert opened.intention == "Identifiera mig hos Ål & Ö"
    assert (opened.address, opened.return_url) == (ADDRESS, RETURN)


@pytest.mark.parametrize(
    ("long", "short"),
    [
        (f"https://shop.example/cart?{'q' * 600}#top", "https://shop.example/cart"),
        (f"https://shop.example/{'p' * 600}", "https://shop.example/"),
    ],
)
async def test_an_address_that_is_too_long_to_return_to_is_shortened(
    bank: Bank, bankid: BankId, long: str, short: str
) -> None:
    order = await bankid.order(attempt_of(service="S" * 2_000), ADDRESS, long)
    assert bank.opened(order).return_url == short


async def test_what_the_configuration_requires_is_asked_for(
    bank: Bank, tmp_path: Path, clock: Clock
) -> None:
    number = CUSTOMERS[1].number
    config = config_for(
        bank.config.ca.parent,
        int(bank.config.api.split(":")[2].split("/")[0]),
        requirement={"personalNumber": number, "pinCode": True},
    )
    async with bankid_of(config, clock) as strict:
        order = await strict.order(attempt_of(), ADDRESS, RETURN)
        assert bank.opened(order).personal_number == number
        with pytest.raises(IdentityError) as caught:
            await strict.order(attempt_of(), ADDRESS, RETURN)
        assert (caught.value.reason, caught.value.code) == ("refused", "bankid_alreadyInProgress")
        assert await failure_of(strict, order) == ("cancelled", "bankid_cancelled")


async def test_cancelling_in_the_app_is_a_cancellation(bank: Bank, bankid: BankId) -> None:
    order = await bankid.order(attempt_of(), ADDRESS, RETURN)
    bank.orders.refuse(bank.opened(order).handle, bank.clock())
    assert await failure_of(bankid, order) == ("cancelled", "bankid_userCancel")


async def test_an_order_that_nobody_opens_expires(bank: Bank, bankid: BankId, clock: Clock) -> None:
    order = await bankid.order(attempt_of(), ADDRESS, RETURN)
    clock.forward(29)
    assert (await bankid.collect(attempt_of(), order)).status == "pending"
    clock.forward(1)
    assert await failure_of(bankid, order) == ("expired", "bankid_startFailed")


async def test_an_order_that_nobody_finishes_expires(
    bank: Bank, bankid: BankId, clock: Clock
) -> None:
    order = await bankid.order(attempt_of(), ADDRESS, RETURN)
    bank.opened(order)
    clock.forward(180)
    assert await failure_of(bankid, order) == ("expired", "bankid_expiredTransaction")


async def test_a_result_that_was_given_out_is_not_given_again(bank: Bank, bankid: BankId) -> None:
    order = await bankid.order(attempt_of(), ADDRESS, RETURN)
    bank.approve(order)
    await bankid.collect(attempt_of(), order)
    assert await failure_of(bankid, order) == ("expired", "bankid_invalidParameters")


async def test_a_cancelled_order_is_gone_and_cancelling_again_is_nothing(
    bank: Bank, bankid: BankId
) -> None:
    order = await bankid.order(attempt_of(), ADDRESS, RETURN)
    await bankid.cancel(order)
    await bankid.cancel(order)
    assert await failure_of(bankid, order) == ("expired", "bankid_invalidParameters")


async def test_a_mistake_of_ours_is_not_blamed_on_the_visitor(bankid: BankId) -> None:
    with pytest.raises(IdentityError) as caught:
        await bankid.order(attempt_of(), "no address", RETURN)
    assert (caught.value.reason, caught.value.code) == ("unavailable", "bankid_invalidParameters")


# TLS


async def test_who_has_no_certificate_is_refused_by_the_demo(bank: Bank) -> None:
    context = ssl.create_default_context(cafile=bank.config.ca)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientError):
            await http.post(f"{bank.config.api}/collect", json={}, ssl=context)


async def test_an_api_of_another_authority_is_not_talked_to(tmp_path: Path, bank: Bank) -> None:
    heard: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(request)
        return web.json_response({})

    async with another(tmp_path / "other", answer) as other:
        trusting_bank = config_for(
            bank.config.ca.parent, int(other.api.split(":")[2].split("/")[0])
        )
        async with bankid_of(trusting_bank) as bankid:
            assert await failure_of(bankid) == ("unavailable", "unavailable")
    assert heard == []


async def test_an_api_with_another_hosts_certificate_is_not_talked_to(
    bank: Bank, clock: Clock
) -> None:
    # It is signed for 127.0.0.1 and localhost; this name is ours too, but not in it.
    api = bank.config.api.replace("127.0.0.1", "127.0.0.2")
    folder = bank.config.ca.parent
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    heard = 0

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard += 1
        writer.close()

    port = int(api.split(":")[2].split("/")[0])
    async with (
        await asyncio.start_server(answer, "127.0.0.2", port, ssl=context),
        bankid_of(config_for(folder, port, api=api), clock) as bankid,
    ):
        assert await failure_of(bankid) == ("unavailable", "unavailable")
    assert heard == 0


async def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    issue(tmp_path)
    async with bankid_of(config_for(tmp_path, 1)) as bankid:
        context = bankid._certificate.context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_renewed_certificates_are_used_without_a_restart(
    tmp_path: Path, clock: Clock
) -> None:
    folder = tmp_path / "bankid"
    issue(folder)
    port = 1
    async with bankid_of(config_for(folder, port), clock) as bankid:
        before = bankid._certificate.context()
        assert bankid._certificate.context() is before
        issue(folder)
        assert bankid._certificate.context() is not before


async def test_a_half_renewed_certificate_leaves_the_old_one_in_use(
    tmp_path: Path, clock: Clock
) -> None:
    issue(tmp_path)
    async with bankid_of(config_for(tmp_path, 1), clock) as bankid:
        before = bankid._certificate.context()
        (tmp_path / "client.key").write_text("half a key")
        with capture_logs() as logs:
            assert bankid._certificate.context() is before
            assert bankid._certificate.context() is before
        assert [line["event"] for line in logs] == ["client certificate not read"]
        (tmp_path / "client.key").unlink()
        assert bankid._certificate.context() is before
        issue(tmp_path)
        assert bankid._certificate.context() is not before


@pytest.mark.parametrize("missing", ["client.pem", "client.key", "ca.pem"])
def test_a_missing_file_is_named_at_the_start(tmp_path: Path, missing: str) -> None:
    issue(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(ConfigError, match=missing):
        BankId(config_for(tmp_path, 1), system_clock)


@pytest.mark.parametrize("broken", ["client.pem", "client.key", "ca.pem"])
def test_a_broken_file_is_named_at_the_start(tmp_path: Path, broken: str) -> None:
    issue(tmp_path)
    (tmp_path / broken).write_text("-----BEGIN NOTHING-----")
    with pytest.raises(ConfigError, match=broken):
        BankId(config_for(tmp_path, 1), system_clock)


async def test_the_certificates_end_is_announced_once_a_day_from_30_days_before(
    tmp_path: Path,
) -> None:
    issue(tmp_path, timedelta(days=40, minutes=10))
    clock = Clock()
    clock.now = system_clock()
    async with bankid_of(config_for(tmp_path, 1), clock) as bankid:
        with capture_logs() as logs:
            for _ in range(48):
                bankid._certificate.context()
                clock.forward(12 * 3600)
    days = [line["days"] for line in logs if line["event"] == "client certificate ends"]
    assert days == list(range(29, 15, -1))


# Hostile answers


def _completed(**changed: Any) -> dict[str, Any]:
    user = {"personalNumber": "189001019802", "name": "Test Customer One"}
    complete: dict[str, Any] = {
        "orderRef": ORDER.reference,
        "status": "complete",
        "completionData": {"user": user, "device": {}, "signature": "", "somethingNew": 1},
    }
    return {**complete, **changed}


def _user(**changed: Any) -> dict[str, Any]:
    user = {"personalNumber": "189001019802", "name": "Test Customer One", **changed}
    return _completed(completionData={"user": user})


async def _told(tmp_path: Path, answer: object, status: int = 200) -> tuple[str, str]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    async def respond(_request: web.Request) -> web.Response:
        return web.Response(body=body, status=status, content_type="application/json")

    async with another(tmp_path, respond) as config, bankid_of(config) as bankid:
        try:
            collected = await bankid.collect(attempt_of(), ORDER)
        except IdentityError as error:
            return error.reason, error.code
        return collected.status, collected.hint


async def test_what_is_new_in_an_answer_is_passed_over(tmp_path: Path) -> None:
    assert await _told(tmp_path, _completed()) == ("complete", "")
    pending = {"orderRef": ORDER.reference, "status": "pending", "hintCode": "somethingNew"}
    assert await _told(tmp_path, pending) == ("pending", "somethingNew")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_completed(orderRef="131daac9-16c7"), "bankid_other_order"),
        (_completed(completionData=None), "no_code"),
        ({"orderRef": ORDER.reference, "status": "complete"}, "no_code"),
        (_completed(completionData={}), "bankid_bad_answer"),
        (_user(personalNumber="189001019803"), "bad_code"),
        (_user(personalNumber="9001019802"), "bad_code"),
        (_user(personalNumber=189001019802), "bankid_bad_answer"),
        (_user(name=" "), "bankid_bad_answer"),
        (_user(name="T" * 201), "bankid_bad_answer"),
        (_user(name="Test\u202eCustomer"), "bankid_bad_answer"),
        (_completed(status="done"), "bankid_bad_answer"),
        (_completed(hintCode="<script>"), "bankid_bad_answer"),
        (["complete"], "bankid_bad_answer"),
        (b"complete", "bankid_bad_answer"),
        (b"", "bankid_bad_answer"),
        (b"[" * 100_000, "bankid_bad_answer"),
    ],
)
async def test_a_completion_that_does_not_hold_proves_nothing(
    tmp_path: Path, answer: object, code: str
) -> None:
    assert await _told(tmp_path, answer) == ("invalid", code)


@pytest.mark.parametrize(
    ("hint", "reason"),
    [
        ("certificateErr", "refused"),
        ("userDeclinedCall", "cancelled"),
        ("notSupportedByUserApp", "refused"),
        ("transactionRiskBlocked", "refused"),
        ("somethingNew", "refused"),
    ],
)
async def test_a_failed_order_says_why(tmp_path: Path, hint: str, reason: str) -> None:
    answer = {"orderRef": ORDER.reference, "status": "failed", "hintCode": hint}
    assert await _told(tmp_path, answer) == (reason, f"bankid_{hint}")


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "invalidParameters", "bankid_invalidParameters"),
        (401, "unauthorized", "bankid_unauthorized"),
        (408, "requestTimeout", "bankid_requestTimeout"),
        (500, "internalError", "bankid_internalError"),
        (503, "Maintenance", "bankid_Maintenance"),
        (429, "tooManyRequests", "unavailable"),
        (400, "../../log\n", "unavailable"),
    ],
)
async def test_errors_of_the_api_have_their_own_codes(
    tmp_path: Path, status: int, error: str, code: str
) -> None:
    reason = "expired" if error == "invalidParameters" else "unavailable"
    answer = {"errorCode": error, "details": "189001019802"}
    assert await _told(tmp_path, answer, status) == (reason, code)


@pytest.mark.parametrize("status", [302, 404, 502])
async def test_an_answer_that_is_not_bankids_may_pass(tmp_path: Path, status: int) -> None:
    assert await _told(tmp_path, b"<html>", status) == ("unavailable", "unavailable")


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    asked: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with another(tmp_path, respond) as config, bankid_of(config) as bankid:
        assert await failure_of(bankid) == ("unavailable", "unavailable")
    assert asked == ["/rp/v6.0/collect"]


async def test_an_endless_answer_is_cut_off(tmp_path: Path) -> None:
    sent = 0

    async def respond(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(json.dumps(_completed()).encode())
        while True:  # until the other side hangs up
            await response.write(b" " * 65_536)
            sent += 65_536
            await asyncio.sleep(0)  # the reader is in the same loop

    async with another(tmp_path, respond) as config, bankid_of(config) as bankid:
        assert await failure_of(bankid) == ("invalid", "bankid_bad_answer")
    assert sent < 64 * 1024 * 1024


async def test_a_packed_answer_which_could_swell_is_not_unpacked(tmp_path: Path) -> None:
    packed = zlib.compress(json.dumps(_completed()).encode())

    async def respond(_request: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "deflate"})

    async with another(tmp_path, respond) as config, bankid_of(config) as bankid:
        assert await failure_of(bankid) == ("invalid", "bankid_bad_answer")


async def test_an_answer_that_does_not_come_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    over = asyncio.Event()

    async def respond(_request: web.Request) -> web.Response:
        await over.wait()
        return web.json_response({})

    async with another(tmp_path, respond) as config, bankid_of(config) as bankid:
        async with asyncio.timeout(5):
            assert await failure_of(bankid) == ("unavailable", "unavailable")
        over.set()


async def test_nothing_of_a_person_or_an_order_is_logged(tmp_path: Path) -> None:
    with capture_logs() as logs:
        await _told(tmp_path, _user(personalNumber="189001019803"))
        await _told(tmp_path, {"errorCode": "internalError", "details": "189001019802"}, 500)
    text = repr(logs)
    assert "internalError" in text
    assert not any(secret in text for secret in ("1890", "Customer", ORDER.reference))
