"""Sessions of visitors and staff, and the log of what staff did."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.services.staff import BadCredentials
from server.services.throttle import TooManyAttempts, network
from server.store.tables import attempt, audit
from signaling import messages
from signaling.errors import Forbidden, Superseded, TokenExpired
from signaling.hints import SessionEnded
from tests.contract.conftest import PASSWORD, Desk, new_id

EMAIL = "one@shop.example"


async def test_a_failing_statement_does_not_name_what_people_wrote(desk: Desk) -> None:
    for way in (desk.one.db.write, desk.one.db.read):
        with pytest.raises(DBAPIError) as failed:
            async with way() as tx:
                await tx.execute(text("SELECT :words FROM nowhere"), {"words": "northwind"})
        assert "northwind" not in str(failed.value)

    async def job(tx: AsyncConnection) -> None:
        await tx.execute(text("SELECT :words FROM nowhere"), {"words": "northwind"})

    with pytest.raises(DBAPIError) as failed:
        await desk.one.db.run(job)
    assert "northwind" not in str(failed.value)


async def test_nothing_is_made_for_a_visitor_before_they_act(desk: Desk) -> None:
    session = desk.one.visitors.session
    assert await session(desk.site.id, cookie=None, resume=None, create=False) is None
    assert await session(desk.site.id, cookie="no", resume="no", create=False) is None


async def test_a_visitor_comes_back_by_cookie_or_by_resume_secret(desk: Desk) -> None:
    session = desk.one.visitors.session
    first = await session(desk.site.id, cookie=None, resume=None, create=True)
    assert first is not None
    assert first.cookie is not None
    by_cookie = await session(desk.site.id, cookie=first.cookie, resume=None, create=True)
    assert by_cookie is not None
    assert by_cookie.visitor == first.visitor
    # The answer with the new secret may have been lost: the one before still works, once.
    by_secret = await session(desk.site.id, cookie=None, resume=first.resume, create=False)
    assert by_secret is not None
    assert by_secret.visitor == first.visitor
    assert by_secret.cookie is not None
    assert await session(desk.site.id, cookie=None, resume=first.resume, create=False) is None


async def test_tabs_with_the_cookie_keep_one_resume_secret(desk: Desk) -> None:
    session = desk.one.visitors.session
    first = await session(desk.site.id, cookie=None, resume=None, create=True)
    assert first is not None
    for _ in range(3):
        tab = await session(desk.site.id, cookie=first.cookie, resume=first.resume, create=True)
        assert tab is not None
        assert tab.resume == first.resume
    without = await session(desk.site.id, cookie=None, resume=first.resume, create=False)
    assert without is not None
    assert without.visitor == first.visitor


async def test_a_visitor_of_one_shop_is_unknown_to_another(desk: Desk) -> None:
    first = await desk.one.visitors.session(desk.site.id, cookie=None, resume=None, create=True)
    assert first is not None
    other = await desk.one.visitors.session(
        new_id(), cookie=first.cookie, resume=first.resume, create=False
    )
    assert other is None


async def test_a_token_is_good_for_its_audience_and_its_time(desk: Desk) -> None:
    opened = await desk.one.visitors.session(desk.site.id, cookie=None, resume=None, create=True)
    assert opened is not None
    with pytest.raises(Forbidden):
        await desk.one.backend.authenticate(opened.files_key, None)
    with pytest.raises(Forbidden):
        await desk.one.backend.file_reader(opened.token)
    for broken in ("", "x.y.z", opened.token[:-4] + "AAAA", opened.token * 20):
        with pytest.raises(Forbidden):
            await desk.one.backend.authenticate(broken, None)
    desk.clock.forward(seconds=601)
    with pytest.raises(TokenExpired):
        await desk.one.backend.authenticate(opened.token, None)


async def test_guessing_an_account_is_stopped_on_every_node(desk: Desk) -> None:
    for n in range(5):
        with pytest.raises(BadCredentials):
            await desk.one.staff.sign_in(EMAIL, "wrong", f"192.0.2.{n}")
    with pytest.raises(TooManyAttempts) as stopped:
        await desk.two.staff.sign_in(EMAIL.upper(), PASSWORD, "192.0.2.99")
    assert 0 < stopped.value.retry_after <= 900
    desk.clock.forward(seconds=901)
    assert (await desk.two.staff.sign_in(EMAIL, PASSWORD, "192.0.2.99")).agent.email == EMAIL


async def test_parallel_guesses_count_too(desk: Desk) -> None:
    results = await asyncio.gather(
        *(desk.one.staff.sign_in(EMAIL, "wrong", f"192.0.2.{n}") for n in range(9)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, BadCredentials) for one in results) == 5
    assert sum(isinstance(one, TooManyAttempts) for one in results) == 4


async def test_one_address_makes_so_many_visitors_a_minute_on_all_nodes(desk: Desk) -> None:
    async def come(n: int, address: str, cookie: str | None = None) -> str | None:
        node = (desk.one, desk.two)[n % 2]
        opened = await node.visitors.session(
            desk.site.id, cookie=cookie, resume=None, create=True, address=address
        )
        assert opened is not None
        return opened.cookie

    cookies = []
    for n in range(30):
        cookies.append(await come(n, f"2001:db8::{n + 1:x}"))  # one network, as homes have it
        desk.clock.forward(seconds=1)
    with pytest.raises(TooManyAttempts) as stopped:
        await come(0, "2001:db8::ffff")
    assert stopped.value.retry_after == 30
    await come(0, "2001:db8::ffff", cookies[0])  # who is known comes back
    await come(0, "2001:db8:0:1::1")
    desk.clock.forward(seconds=30)
    await come(1, "2001:db8::ffff")
    desk.clock.forward(seconds=900)
    await desk.one.deadlines.tidy()
    async with desk.one.db.read() as tx:
        assert (await tx.execute(select(attempt.c.id))).all() == []


def test_an_address_counts_as_what_its_owner_has() -> None:
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("::ffff:192.0.2.7") == "192.0.2.7"
    assert network("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("unknown") == "unknown"
    assert network("::1") is None
    assert network("127.0.0.1") is None


async def test_an_unknown_account_and_a_wrong_password_are_answered_alike(desk: Desk) -> None:
    for email in (EMAIL, "nobody@shop.example"):
        with pytest.raises(BadCredentials):
            await desk.one.staff.sign_in(email, "x" * 1000, "192.0.2.1")


async def test_signing_out_everywhere_ends_tokens_and_closes_sockets(desk: Desk) -> None:
    here = await desk.one.staff.sign_in(EMAIL, PASSWORD, "192.0.2.1")
    there = await desk.two.staff.sign_in(EMAIL, PASSWORD, "192.0.2.2")
    found = await desk.one.staff.by_cookie(here.secret)
    other = await desk.one.staff.by_cookie(there.secret)
    assert found is not None
    assert other is not None
    token = desk.two.staff.token(other[1], other[0])
    await desk.one.staff.sign_out(found[1], found[0], everywhere=True)
    assert await desk.two.staff.by_cookie(there.secret) is None
    with pytest.raises(Superseded):
        await desk.two.backend.authenticate(token, None)
    told = dict(desk.one.bus.published)[f"person.{found[1].id}"]
    assert told == SessionEnded(session=None)


async def test_signing_out_here_leaves_the_other_browser_alone(desk: Desk) -> None:
    here = await desk.one.staff.sign_in(EMAIL, PASSWORD, "192.0.2.1")
    there = await desk.one.staff.sign_in(EMAIL, PASSWORD, "192.0.2.1")
    found = await desk.one.staff.by_cookie(here.secret)
    assert found is not None
    await desk.one.staff.sign_out(found[1], found[0], everywhere=False)
    assert await desk.one.staff.by_cookie(here.secret) is None
    assert await desk.one.staff.by_cookie(there.secret) is not None


async def test_the_audit_log_shows_a_row_that_was_changed(desk: Desk) -> None:
    for _ in range(3):
        conv = await desk.served(await desk.visitor())
        close = messages.Close(id=new_id(), conv=conv, reason="solved", note="n")
        await desk.one.backend.execute(desk.agents[0], close)
    async with desk.one.db.read() as tx:
        rows = (await tx.execute(audit.select().order_by(audit.c.id))).all()
        assert await desk.one.audit.verify(tx) is None
    assert [row.action for row in rows] == ["assigned", "closed"] * 3
    async with desk.one.db.write() as tx:
        chosen = audit.c.id == rows[2].id
        await tx.execute(update(audit).where(chosen).values(actor=desk.agents[1].person.id))
    async with desk.one.db.read() as tx:
        assert await desk.one.audit.verify(tx) == rows[2].id
    async with desk.one.db.write() as tx:
        await tx.execute(audit.delete().where(audit.c.id >= rows[2].id))
    async with desk.one.db.read() as tx:
        assert await desk.one.audit.verify(tx) == -1  # the end is missing


async def test_a_browser_that_is_forgotten_is_disconnected_and_others_stay(desk: Desk) -> None:
    session = desk.one.visitors.session
    first = await session(desk.site.id, cookie=None, resume=None, create=True)
    assert first is not None
    assert first.cookie is not None
    await desk.one.visitors.end(desk.site.id, cookie="nobody's", resume="nobody's")
    assert desk.one.bus.published == []
    await desk.one.visitors.end(desk.site.id, cookie=first.cookie, resume=None)
    assert desk.one.bus.published == [
        (f"person.{first.visitor.id}", SessionEnded(session=first.session))
    ]
    with pytest.raises(Superseded):
        await desk.one.backend.authenticate(first.token, None)
