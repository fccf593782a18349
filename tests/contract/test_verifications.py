"""Going to the bank and back, on SQLite and PostgreSQL: each way it can end, and every race."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from sqlalchemy import func, select, text

from server.identity.interface import IdentityError
from server.identity.providers import Offer, Providers
from server.services.secrets import hashed
from server.services.throttle import TooManyAttempts
from server.services.verifications import COOKIE
from server.store.attempts import HANDLE_LIFETIME
from server.store.identity_tables import identity_attempt, person, proof
from server.store.tables import audit
from signaling import messages
from signaling.events import (
    CobrowsePaused,
    CobrowseResumed,
    IdentityEnded,
    IdentityFailed,
    IdentityOpened,
    IdentityVerified,
)
from tests.contract.banking import CODE, METHOD, NAME, PAGE, Bank, Banking, Gone, evidence
from tests.contract.conftest import Desk, new_id
from tests.contract.shown import Shown, refused

OTHER = "010288-901A"
#: For what no database decides.
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def banking(desk: Desk) -> Banking:
    return await Banking.at(desk)


async def kept(banking: Banking) -> tuple[int, int]:
    """Return how many persons and proofs there are."""
    async with banking.desk.one.db.read() as tx:
        counts = [
            (await tx.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (person, proof)
        ]
    return counts[0], counts[1]


async def expire(banking: Banking, *, seconds: float = 600) -> None:
    banking.desk.clock.forward(seconds=seconds)
    await banking.desk.two.deadlines.sweep()


# --- the whole way --------------------------------------------------------------------------------


async def test_a_visitor_goes_to_the_bank_and_comes_back_proven(banking: Banking) -> None:
    gone = await banking.go()
    state = await banking.state()
    assert state.verification is not None
    assert (state.verification.state, state.verification.method) == ("opened", METHOD)
    returned = await banking.back(gone)
    assert (returned.said, returned.lang, returned.return_url) == ("verified", "fi", None)
    state = await banking.state()
    assert state.verification is None
    assert state.identity is not None
    assert (state.identity.name, state.identity.level) == (NAME, "substantial")
    assert state.visitor.kind == "verified"
    assert await kept(banking) == (1, 1)
    assert (await banking.two.progress(banking.visitor, gone.attempt)).status == "verified"


@ONE_DATABASE
async def test_the_same_secrets_bind_the_answer_to_the_question_on_any_node(
    banking: Banking,
) -> None:
    gone = await banking.go()
    await banking.back(gone)
    [begun], [(finished, answer)] = banking.bank.begun, banking.bank.finished
    assert begun == finished
    assert begun.redirect_uri == "https://tiski.example/identity/callback/testbank"
    assert answer == {"code": "good", "state": gone.state}
    secrets = {begun.state, begun.nonce, begun.verifier}
    assert len(secrets) == 3
    assert all(len(secret) == 43 for secret in secrets)
    await banking.ask()
    await banking.go()
    again = banking.bank.begun[-1]
    assert not secrets & {again.state, again.nonce, again.verifier}


async def test_nothing_that_opens_the_way_is_stored(banking: Banking) -> None:
    attempt, handle = await banking.start()
    going = await banking.one.go(handle)
    assert going is not None
    begun = banking.bank.begun[0]
    secrets = [handle, going.cookie, begun.state, begun.nonce, begun.verifier, CODE]
    await banking.back(Gone(attempt, begun.state, {COOKIE + attempt: going.cookie}))
    async with banking.desk.one.db.read() as tx:
        for table in ("identity_attempt", "event", "conversation", "person", "proof", "audit",
                      "command", "outbox", "attempt"):  # fmt: skip
            rows = (await tx.execute(text(f"SELECT * FROM {table}"))).all()
            for secret in secrets:
                assert secret not in repr(rows), table
                assert secret.encode() not in b"".join(
                    bytes(value) for row in rows for value in row if isinstance(value, bytes)
                ), table


async def test_the_audit_log_has_it_all_but_the_name(banking: Banking) -> None:
    banking.bank.refuses = IdentityError("invalid", "wrong_nonce")
    await banking.back(await banking.go())
    banking.bank.refuses = None
    await banking.proves()
    async with banking.desk.one.db.read() as tx:
        assert await banking.desk.one.audit.verify(tx) is None
        rows = (await tx.execute(select(audit).order_by(audit.c.id))).all()
    said = [(row.action, row.object) for row in rows if row.action.startswith("identity")]
    assert [action for action, _ in said] == [
        "identity_asked", "identity_opened", "identity_failed", "identity_opened",
        "identity_verified",
    ]  # fmt: skip
    assert said[2][1].endswith("invalid wrong_nonce")
    assert said[4][1].endswith("substantial Test Bank")
    assert not any(NAME in thing or CODE in thing for _, thing in said)


@ONE_DATABASE
@pytest.mark.parametrize("way", ["popup", "tab", "same"])
async def test_only_who_left_the_page_is_sent_back_to_it(banking: Banking, way: Any) -> None:
    gone = await banking.go(way=way, return_url=PAGE)
    returned = await banking.back(gone)
    assert returned.return_url == (PAGE if way == "same" else None)


# --- who may --------------------------------------------------------------------------------------


@ONE_DATABASE
async def test_nobody_but_the_visitor_goes_to_the_bank(banking: Banking) -> None:
    stranger = await banking.desk.visitor()
    expert = await banking.desk.expert(banking.conv)
    await refused("forbidden", banking.start(banking.agent))
    await refused("forbidden", banking.start(banking.desk.supervisor))
    await refused("forbidden", banking.start(expert))
    await refused("not_found", banking.start(stranger))
    attempt, _ = await banking.start()
    for other, code in ((stranger, "not_found"), (banking.agent, "forbidden")):
        await refused(code, banking.one.progress(other, attempt))
        await refused(code, banking.one.cancel(other, attempt))


@ONE_DATABASE
async def test_another_site_has_no_part_in_it(banking: Banking) -> None:
    foreign = dataclasses.replace(banking.visitor, site=new_id())
    await refused("not_found", banking.start(foreign))
    assert await banking.one.methods(foreign) == []
    assert [m.id for m in await banking.one.methods(banking.visitor)] == [METHOD, "testbank.low"]


@ONE_DATABASE
async def test_a_method_that_proves_too_little_is_not_gone_to(banking: Banking) -> None:
    await refused("identity_needed", banking.start(method="testbank.low"))
    await refused("not_found", banking.start(method="otherbank.one"))
    assert (await banking.state()).verification.state == "asked"  # type: ignore[union-attr]


@ONE_DATABASE
@pytest.mark.parametrize("url", ["https://evil.example/", "https://shop.example.evil.example", ""])
async def test_a_foreign_page_is_not_returned_to(banking: Banking, url: str) -> None:
    await refused("forbidden", banking.start(way="same", return_url=url))


@ONE_DATABASE
async def test_who_leaves_the_page_says_which(banking: Banking) -> None:
    await refused("bad_frame", banking.start(way="same"))
    await refused("bad_frame", banking.start(way="none"))


async def test_attempts_of_one_request_are_counted(banking: Banking) -> None:
    for _ in range(10):
        await banking.start()
    with pytest.raises(TooManyAttempts):
        await banking.start()
    opened = [e for e in await banking.told() if isinstance(e, IdentityOpened)]
    assert len(opened) == 10
    await banking.end(banking.agent)
    await banking.ask()
    await banking.start()


# --- handles --------------------------------------------------------------------------------------


async def test_a_handle_works_once_and_for_a_minute(banking: Banking) -> None:
    _, handle = await banking.start()
    results = await asyncio.gather(banking.one.go(handle), banking.two.go(handle))
    assert sorted(result is None for result in results) == [False, True]
    assert len(banking.bank.begun) == 1
    _, late = await banking.start()
    banking.desk.clock.forward(seconds=HANDLE_LIFETIME / 1000)
    assert await banking.one.go(late) is None
    assert await banking.one.go("") is None


@ONE_DATABASE
async def test_the_handle_of_a_superseded_attempt_leads_nowhere(banking: Banking) -> None:
    _, first = await banking.start()
    _, second = await banking.start()
    assert await banking.one.go(first) is None
    assert await banking.one.go(second) is not None


@ONE_DATABASE
async def test_a_bank_that_is_down_leaves_the_request_open(banking: Banking) -> None:
    banking.bank.down = IdentityError("unavailable", "unavailable")
    attempt, handle = await banking.start(way="same", return_url=PAGE)
    going = await banking.one.go(handle)
    assert going is not None
    assert (going.address, going.return_url) == (None, PAGE)
    state = await banking.state()
    assert state.verification is not None
    assert (state.verification.state, state.verification.failed) == ("asked", "unavailable")
    progress = await banking.one.progress(banking.visitor, attempt)
    assert (progress.status, progress.reason) == ("failed", "unavailable")
    banking.bank.down = None
    await banking.proves()


# --- the browser ----------------------------------------------------------------------------------


async def test_another_browser_cannot_finish_nor_end_an_attempt(banking: Banking) -> None:
    """Login fixed to another conversation: the attacker's link is opened by the victim."""
    gone = await banking.go()
    other = await banking.go_elsewhere()
    for cookies in ({}, {COOKIE + gone.attempt: "x"}, {COOKIE + gone.attempt: ""}, other.cookies):
        returned = await banking.back(Gone(gone.attempt, gone.state, cookies))
        assert returned.said == "wrong_browser"
    error = {"error": "access_denied", "state": gone.state}
    assert (await banking.one.callback("testbank", error, {})).said == "wrong_browser"
    assert banking.bank.finished == []
    state = await banking.state()
    assert state.verification is not None
    assert state.verification.state == "opened"
    assert (await banking.back(gone)).said == "verified"


@ONE_DATABASE
async def test_the_hash_that_is_stored_is_no_cookie(banking: Banking) -> None:
    gone = await banking.go()
    stolen = (await banking.row(gone.attempt)).cookie
    assert stolen is not None
    returned = await banking.back(Gone(gone.attempt, gone.state, {COOKIE + gone.attempt: stolen}))
    assert returned.said == "wrong_browser"
    assert await banking.one.callback("testbank", {"state": hashed(gone.state)}, gone.cookies)
    assert banking.bank.finished == []


@ONE_DATABASE
async def test_a_callback_of_another_provider_is_unknown(banking: Banking) -> None:
    """Mix-up (RFC 9700 section 4.4): each provider has a callback of its own."""
    gone = await banking.go()
    answer = {"code": "good", "state": gone.state}
    for provider, query in (
        ("otherbank", answer),
        ("testbank", {"code": "good"}),
        ("testbank", {**answer, "state": "x" * 43}),
        ("testbank", {**answer, "state": "x" * 10_000}),
    ):
        returned = await banking.one.callback(provider, query, gone.cookies)
        assert returned.said == "unknown"
    assert banking.bank.finished == []
    assert (await banking.back(gone)).said == "verified"


async def test_a_state_is_used_once(banking: Banking) -> None:
    gone = await banking.go()
    results = await asyncio.gather(
        banking.back(gone), banking.back(gone, node=banking.two), banking.back(gone)
    )
    said = sorted(result.said for result in results)
    assert said.count("verified") == 1
    assert set(said) <= {"verified", "used", "late"}
    assert len(banking.bank.finished) == 1
    assert (await banking.back(gone)).said == "used"
    verified = [e for e in await banking.told() if isinstance(e, IdentityVerified)]
    assert len(verified) == 1


@ONE_DATABASE
async def test_an_answer_that_failed_is_not_tried_again(banking: Banking) -> None:
    banking.bank.refuses = IdentityError("invalid", "bad_signature")
    gone = await banking.go()
    returned = await banking.back(gone)
    assert (returned.said, returned.reason) == ("failed", "invalid")
    banking.bank.refuses = None
    assert (await banking.back(gone)).said == "used"
    assert await kept(banking) == (0, 0)


# --- what happens meanwhile -----------------------------------------------------------------------


async def _while_at_the_token(banking: Banking, gone: Gone) -> asyncio.Task[Any]:
    banking.bank.open.clear()
    coming = asyncio.create_task(banking.back(gone))
    async with asyncio.timeout(5):
        await banking.bank.asked.wait()
    return coming


@pytest.mark.parametrize("what", ["superseded", "expired", "closed", "withdrawn", "declined"])
async def test_a_result_that_nobody_waits_for_is_not_kept(banking: Banking, what: str) -> None:
    coming = await _while_at_the_token(banking, await banking.go())
    match what:
        case "superseded":
            await banking.start()
        case "expired":
            await expire(banking)
        case "closed":
            await banking.close()
        case "withdrawn":
            await banking.end(banking.agent)
        case "declined":
            await banking.end(banking.visitor)
    banking.bank.open.set()
    assert (await coming).said == "late"
    assert await kept(banking) == (0, 0)
    assert (await banking.state()).identity is None
    assert not [e for e in await banking.told() if isinstance(e, IdentityVerified)]


async def test_a_result_of_a_cancelled_attempt_is_not_kept(banking: Banking) -> None:
    gone = await banking.go()
    coming = await _while_at_the_token(banking, gone)
    await banking.two.cancel(banking.visitor, gone.attempt)
    banking.bank.open.set()
    assert (await coming).said == "late"
    assert await kept(banking) == (0, 0)


async def test_no_transaction_is_held_while_the_bank_is_asked(banking: Banking) -> None:
    coming = await _while_at_the_token(banking, await banking.go())
    async with asyncio.timeout(5):
        line = messages.Send(id=new_id(), conv=banking.conv, text="Odota hetki")
        await banking.desk.two.backend.execute(banking.agent, line)
    banking.bank.open.set()
    assert (await coming).said == "verified"


async def test_a_request_expires_with_the_attempt(banking: Banking) -> None:
    gone = await banking.go()
    await expire(banking, seconds=599)
    assert (await banking.state()).verification is not None
    await expire(banking, seconds=1)
    assert (await banking.state()).verification is None
    [ended] = [e for e in await banking.told() if isinstance(e, IdentityEnded)]
    assert ended.reason == "expired"
    progress = await banking.one.progress(banking.visitor, gone.attempt)
    assert (progress.status, progress.reason) == ("failed", "expired")
    assert (await banking.back(gone)).said == "late"
    await refused("no_verification", banking.start())


async def test_an_answer_after_the_time_is_late_though_nobody_swept(banking: Banking) -> None:
    gone = await banking.go()
    banking.desk.clock.forward(seconds=600)
    assert (await banking.back(gone)).said == "late"
    assert banking.bank.finished == []


@ONE_DATABASE
async def test_who_cancels_may_choose_again(banking: Banking) -> None:
    attempt, _ = await banking.start()
    await banking.one.cancel(banking.visitor, attempt)
    await banking.one.cancel(banking.visitor, attempt)
    failed = [e for e in await banking.told() if isinstance(e, IdentityFailed)]
    assert [(one.reason, one.code) for one in failed] == [("cancelled", "cancelled")]
    await banking.proves()


# --- what breaks ----------------------------------------------------------------------------------


async def test_a_database_that_fails_keeps_nothing_by_halves(
    banking: Banking, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = await banking.go()
    real = banking.one._conversations._audit.events

    async def broken(*_args: object, **_more: object) -> None:
        monkeypatch.setattr(banking.one._conversations._audit, "events", real)
        raise OSError("disk full")

    monkeypatch.setattr(banking.one._conversations._audit, "events", broken)
    returned = await banking.back(gone)
    assert (returned.said, returned.reason) == ("failed", "unavailable")
    assert await kept(banking) == (0, 0)
    state = await banking.state()
    assert state.identity is None
    assert state.verification is not None
    assert (state.verification.state, state.verification.failed) == ("asked", "unavailable")
    await banking.proves()


@ONE_DATABASE
async def test_a_provider_that_breaks_ends_the_attempt(banking: Banking) -> None:
    banking.bank.refuses = ZeroDivisionError()
    returned = await banking.back(await banking.go())
    assert (returned.said, returned.reason) == ("failed", "unavailable")
    assert (await banking.state()).verification.failed == "unavailable"  # type: ignore[union-attr]


@ONE_DATABASE
async def test_a_provider_that_was_taken_away_is_unavailable(banking: Banking) -> None:
    gone = await banking.go()
    banking.one.providers._offers.clear()
    returned = await banking.back(gone)
    assert (returned.said, returned.reason) == ("failed", "unavailable")


@ONE_DATABASE
async def test_a_lower_level_than_was_asked_for_proves_nothing(banking: Banking) -> None:
    banking.bank.proves = evidence(level="low")
    returned = await banking.back(await banking.go())
    assert (returned.said, returned.reason) == ("failed", "invalid")
    [failed] = [e for e in await banking.told() if isinstance(e, IdentityFailed)]
    assert failed.code == "level_too_low"
    assert await kept(banking) == (0, 0)


# --- who it is ------------------------------------------------------------------------------------


async def test_the_same_person_again_is_no_change(banking: Banking) -> None:
    await banking.proves()
    await banking.ask()
    await banking.proves()
    state = await banking.state()
    assert state.identity is not None
    assert state.identity.verification == banking.verification
    assert state.identity_changed is None
    assert await kept(banking) == (1, 2)


@ONE_DATABASE
@pytest.mark.parametrize("accept", [True, False])
async def test_another_person_counts_once_staff_has_confirmed_it(
    banking: Banking, accept: bool
) -> None:
    await banking.proves()
    first = banking.verification
    await banking.ask()
    await banking.proves(OTHER)
    state = await banking.state()
    assert state.identity is not None
    assert state.identity_changed is not None
    assert state.identity.verification == first
    confirm = messages.ConfirmIdentity(
        id=new_id(), conv=banking.conv, verification=banking.verification, accept=accept
    )
    await refused("forbidden", banking.desk.one.backend.execute(banking.visitor, confirm))
    await banking.desk.one.backend.execute(banking.agent, confirm)
    state = await banking.state()
    assert state.identity is not None
    assert state.identity.verification == (banking.verification if accept else first)
    await banking.ask()
    await banking.proves(OTHER)
    assert ((await banking.state()).identity_changed is None) is accept


@ONE_DATABASE
async def test_visitors_and_experts_never_receive_who_it_is(banking: Banking) -> None:
    expert = await banking.desk.expert(banking.conv)
    banking.desk.one.bus.published.clear()
    banking.bank.refuses = IdentityError("invalid", "wrong_nonce")
    await banking.back(await banking.go())
    banking.bank.refuses = None
    await banking.proves()
    told = repr([await banking.told(banking.visitor), await banking.told(expert)])
    for who in (banking.visitor, expert):
        told += repr(await banking.desk.two.backend.open_conversation(who, banking.conv, None))
        told += repr(await banking.desk.two.backend.open_inbox(who, None))
    for topic, hint in [*banking.desk.one.bus.published, *banking.desk.two.bus.published]:
        if topic.startswith("person."):
            told += repr(hint)
        frames = getattr(hint, "frames", None) or {}
        told += repr(frames.get("visitor"))
    for secret in (NAME, "Test Bank", "wrong_nonce", CODE):
        assert secret not in told
    assert NAME in repr(await banking.told())


# --- the page that is shown -----------------------------------------------------------------------


@ONE_DATABASE
async def test_a_shown_page_is_covered_while_the_visitor_is_at_the_bank(banking: Banking) -> None:
    page = Shown(banking.desk, banking.visitor, banking.conv)
    await page.start()
    gone = await banking.go()
    on = (await banking.state()).cobrowse
    assert on is not None
    assert (on.state, on.pause) == ("paused", "identity")
    await banking.back(gone)
    on = (await banking.state()).cobrowse
    assert on is not None
    assert on.state == "on"
    kinds = [type(e) for e in await banking.told(banking.visitor)]
    assert kinds.index(IdentityOpened) < kinds.index(CobrowsePaused)
    assert kinds.index(IdentityVerified) < kinds.index(CobrowseResumed)


# --- keeping house --------------------------------------------------------------------------------


async def test_old_attempts_are_removed(banking: Banking) -> None:
    await banking.proves()
    await banking.desk.one.deadlines.tidy()
    query = select(func.count()).select_from(identity_attempt)
    async with banking.desk.one.db.read() as tx:
        assert (await tx.execute(query)).scalar_one() == 1
    banking.desk.clock.forward(seconds=2 * 86_400)
    await banking.desk.one.deadlines.tidy()
    async with banking.desk.one.db.read() as tx:
        assert (await tx.execute(query)).scalar_one() == 0


def test_a_bank_is_a_provider_that_browsers_are_sent_to() -> None:
    providers = Providers([Offer(Bank())])
    assert providers.redirecting("testbank") is not None
    assert providers.ordering("testbank") is None
    assert providers.redirecting("otherbank") is None
