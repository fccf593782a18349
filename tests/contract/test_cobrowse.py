"""Who may start, share and see a page, on a real database: consents, tokens, viewers."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from server.domain.rules import Rules
from server.store.tables import cobrowse
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import Page
from signaling.messages import Ack
from tests.contract.conftest import PASSWORD, new_id
from tests.contract.shown import SHOP, Shown, refused

# --- starting -------------------------------------------------------------------------------------


async def test_asking_and_starting_are_acknowledged_with_the_same_id(served: Shown) -> None:
    ask = messages.AskCobrowse(id=new_id(), conv=served.conv)
    asked = await served.desk.one.backend.execute(served.agent, ask)
    assert asked.cobrowse is not None
    assert await served.desk.two.backend.execute(served.agent, ask) == asked
    again = messages.AskCobrowse(id=new_id(), conv=served.conv)
    repeated = await served.desk.two.backend.execute(served.desk.supervisor, again)
    assert (repeated.cobrowse, repeated.seq) == (asked.cobrowse, 0)
    await refused("no_cobrowse", served.desk.one.cobrowse.view(served.agent, asked.cobrowse))
    started = await served.start(asked.cobrowse)
    assert started.cobrowse == asked.cobrowse
    await served.desk.one.cobrowse.view(served.agent, asked.cobrowse)


async def test_of_two_tabs_that_start_at_once_one_wins(served: Shown) -> None:
    came = await asyncio.gather(*(served.start() for _ in range(2)), return_exceptions=True)
    won = [one for one in came if isinstance(one, Ack)]
    lost = [one for one in came if isinstance(one, Refusal)]
    assert (len(won), [one.code for one in lost]) == (1, ["cobrowse_exists"])
    on = await served.on()
    assert on is not None
    assert on.id == won[0].cobrowse


async def test_a_consent_is_to_the_rules_that_hold_now(served: Shown) -> None:
    old, _ = await served.desk.one.cobrowse.rules(served.desk.site.id)
    await served.desk.two.cobrowse.set_rules(served.desk.supervisor, Rules(mask=[".secret"]))
    start = messages.StartCobrowse(
        id=new_id(), conv=served.conv, consent="view-1", lang="fi", masking=old
    )
    await refused("forbidden", served.desk.one.backend.execute(served.visitor, start))
    assert (await served.start()).cobrowse is not None
    assert served.masking != old


# --- the sharer's token ---------------------------------------------------------------------------


async def test_a_token_opens_once_and_gives_the_next(shown: Shown) -> None:
    first = await shown.share()
    second = await shown.share(first)
    third = await shown.share(second)
    assert len({first, second, third}) == 3
    for used in (first, None, "", "never"):
        await refused("forbidden", shown.share(used))
    await shown.share(third)


async def test_a_page_that_was_left_without_the_new_token_goes_on_with_the_old(
    shown: Shown,
) -> None:
    kept = await shown.share()
    lost = await shown.share(kept)
    newest = await shown.share(kept)
    await refused("forbidden", shown.share(lost))
    await shown.share(newest)


async def test_of_two_that_bring_the_same_token_at_once_each_gets_another(shown: Shown) -> None:
    token = await shown.share()
    one, two = await asyncio.gather(
        *(
            node.cobrowse.share(shown.visitor, shown.id, token, SHOP)
            for node in (shown.desk.one, shown.desk.two)
        )
    )
    assert one.resume != two.resume
    opened = [await _opens(shown, one.resume), await _opens(shown, two.resume)]
    assert opened.count(True) == 1, "the one that was given last"


async def _opens(shown: Shown, token: str | None) -> bool:
    try:
        await shown.share(token)
    except Refusal:
        return False
    return True


async def test_the_first_sharer_has_no_token(shown: Shown) -> None:
    await refused("forbidden", shown.share("made up"))
    await shown.share()
    await refused("forbidden", shown.share())


async def test_a_token_is_kept_hashed(shown: Shown) -> None:
    token = await shown.share()
    async with shown.desk.one.db.read() as tx:
        [row] = await tx.execute(select(cobrowse))
    assert len(row.resume) == 64
    assert token not in str(row)


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/cart",
        "http://shop.example/cart",
        "https://shop.example:8443/cart",
        "https://shop.example.evil.example/",
        "data:text/html,hello",
    ],
)
async def test_a_page_of_another_origin_is_not_shared(shown: Shown, url: str) -> None:
    page = Page(url=url)
    await refused("forbidden", shown.share(page=page))
    token = await shown.share(page=Page(url="https://SHOP.example:443/cart"))
    await refused("forbidden", shown.share(token, page))
    await refused("forbidden", shown.desk.one.cobrowse.page_shown(shown.id, page))


async def test_a_page_that_is_not_told_is_not_shared(shown: Shown) -> None:
    share = shown.desk.one.cobrowse.share(shown.visitor, shown.id, None, None)
    await refused("forbidden", share)


async def test_nobody_else_shares(shown: Shown) -> None:
    token = await shown.share()
    other = await shown.desk.visitor()
    for who in (other, shown.agent):
        share = shown.desk.one.cobrowse.share(who, shown.id, token, SHOP)
        await refused("forbidden", share)
    await shown.share(token)  # it was not used up by them


async def test_what_has_ended_is_neither_shared_nor_seen(shown: Shown) -> None:
    token = await shown.share()
    await shown.end(shown.agent)
    await refused("no_cobrowse", shown.share(token))
    await refused("no_cobrowse", shown.desk.one.cobrowse.view(shown.agent, shown.id))
    terms = await shown.desk.one.cobrowse.terms(shown.id, [shown.agent])
    assert (terms.state, terms.viewers) == (None, frozenset())
    await shown.desk.one.cobrowse.page_shown(shown.id, SHOP)  # was on its way
    await shown.desk.one.cobrowse.sharer_left(shown.id)
    async with shown.desk.one.db.read() as tx:
        [row] = await tx.execute(select(cobrowse))
    assert (row.resume, row.sharer_due_at, row.reason) == (None, None, "stopped")


async def test_an_unknown_one_is_not_there(shown: Shown) -> None:
    for key in ("", new_id(), "x" * 64):
        view = shown.desk.one.cobrowse.view(shown.agent, key)
        await refused("no_cobrowse", view)
        assert (await shown.desk.one.cobrowse.terms(key, [])).state is None


# --- viewers --------------------------------------------------------------------------------------


async def test_staff_sees_and_the_visitor_and_strangers_do_not(shown: Shown) -> None:
    service = shown.desk.one.cobrowse
    staff = [*shown.desk.agents, shown.desk.supervisor]
    for who in staff:
        opened = await service.view(who, shown.id)
        assert (opened.conv, opened.state.id, opened.resume) == (shown.conv, shown.id, None)
    await refused("forbidden", service.view(shown.visitor, shown.id))
    await refused("not_found", service.view(await shown.desk.visitor(), shown.id))
    stranger = Principal(shown.agent.person, "staff", new_id(), new_id(), 1e12)
    await refused("not_found", service.view(stranger, shown.id))
    terms = await service.terms(shown.id, [*staff, shown.visitor, stranger])
    assert terms.viewers == {who.person.id for who in staff}


async def test_an_expert_sees_when_let_in_by_a_link_that_allows_it(shown: Shown) -> None:
    desk, service = shown.desk, shown.desk.one.cobrowse
    blind = await desk.expert(shown.conv)
    _, secret = await desk.one.invites.create(shown.agent, shown.conv, ["chat", "cobrowse"])
    seated = await desk.one.invites.redeem(secret, "Seer")
    assert seated.scope == ["chat", "cobrowse"]
    seer = await desk.one.backend.authenticate(seated.token, None)
    await refused("forbidden", service.view(seer, shown.id))
    for who in (blind, seer):
        admit = messages.AdmitExpert(id=new_id(), conv=shown.conv, expert=who.person.id)
        await desk.one.backend.execute(shown.agent, admit)
    await refused("forbidden", service.view(blind, shown.id))
    await service.view(seer, shown.id)
    assert (await service.terms(shown.id, [blind, seer])).viewers == {seer.person.id}
    remove = messages.RemoveExpert(id=new_id(), conv=shown.conv, expert=seer.person.id)
    await desk.one.backend.execute(shown.agent, remove)
    assert (await service.terms(shown.id, [seer])).viewers == frozenset()
    await refused("not_found", service.view(seer, shown.id))


async def test_who_is_signed_out_sees_nothing_more(shown: Shown) -> None:
    desk, service = shown.desk, shown.desk.one.cobrowse
    signed = await desk.one.staff.sign_in("one@shop.example", PASSWORD, "192.0.2.1")
    found = await desk.one.staff.by_cookie(signed.secret)
    assert found is not None
    who = Principal(signed.agent.person, "staff", desk.site.id, found[0], 1e12)
    assert (await service.terms(shown.id, [who])).viewers == {who.person.id}
    await desk.one.staff.sign_out(signed.agent, found[0], everywhere=False)
    assert (await service.terms(shown.id, [who])).viewers == frozenset()
