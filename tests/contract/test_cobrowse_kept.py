"""How long a page is shown, and what is kept of it: leases, limits, the audit log, rules."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from server.domain.rules import BadRules, Rules
from server.store.tables import audit, cobrowse
from signaling import messages
from signaling.cobrowse.backend import Operation
from signaling.events import ControlReleased, Page
from tests.contract.conftest import Desk, new_id
from tests.contract.shown import Shown, refused


async def _sweep(desk: Desk) -> None:
    await asyncio.gather(*(node.deadlines.sweep() for node in (desk.one, desk.two)))


# --- leases and limits ----------------------------------------------------------------------------


async def test_a_sharer_who_never_comes_ends_it_after_half_a_minute(shown: Shown) -> None:
    shown.desk.clock.forward(seconds=29.9)
    await _sweep(shown.desk)
    assert await shown.on() is not None
    shown.desk.clock.forward(seconds=0.2)
    await _sweep(shown.desk)
    assert (await shown.ended()).reason == "left"


async def test_leases_keep_it_on_and_a_node_that_dies_ends_it(shown: Shown) -> None:
    await shown.share()
    for _ in range(6):
        shown.desk.clock.forward(seconds=10)
        await shown.desk.two.cobrowse.renew([shown.id])
        await _sweep(shown.desk)
    assert await shown.on() is not None
    shown.desk.clock.forward(seconds=30)
    await _sweep(shown.desk)
    ended = await shown.ended()
    assert (ended.reason, ended.seconds, ended.pages) == ("left", 90, 1)


async def test_the_next_page_is_in_time_within_half_a_minute(shown: Shown) -> None:
    token = await shown.share()
    shown.desk.clock.forward(seconds=9)
    await shown.desk.one.cobrowse.sharer_left(shown.id)
    shown.desk.clock.forward(seconds=29)
    await _sweep(shown.desk)
    token = await shown.share(token)
    shown.desk.clock.forward(seconds=29)
    await _sweep(shown.desk)
    assert await shown.on() is not None
    await shown.desk.one.cobrowse.sharer_left(shown.id)
    shown.desk.clock.forward(seconds=31)
    await _sweep(shown.desk)
    assert (await shown.ended()).reason == "left"
    await refused("no_cobrowse", shown.share(token))


async def test_an_hour_is_the_longest(shown: Shown) -> None:
    await shown.share()
    shown.desk.clock.forward(seconds=3_590)
    await shown.desk.one.cobrowse.renew([shown.id])
    await _sweep(shown.desk)
    assert await shown.on() is not None
    shown.desk.clock.forward(seconds=10)
    await _sweep(shown.desk)
    ended = await shown.ended()
    assert (ended.reason, ended.seconds) == ("limit", 3_600)


async def test_an_ask_is_withdrawn_after_two_minutes(served: Shown) -> None:
    ask = messages.AskCobrowse(id=new_id(), conv=served.conv)
    await served.desk.one.backend.execute(served.agent, ask)
    served.desk.clock.forward(seconds=119)
    await _sweep(served.desk)
    assert await served.on() is not None
    served.desk.clock.forward(seconds=1)
    await _sweep(served.desk)
    assert (await served.ended()).reason == "withdrawn"


async def test_a_grant_is_over_after_ten_minutes(shown: Shown) -> None:
    await shown.control()
    shown.desk.clock.forward(seconds=600)
    await shown.desk.one.cobrowse.renew([shown.id])
    await _sweep(shown.desk)
    on = await shown.on()
    assert on is not None
    assert on.grant is None
    released = [event for event in await shown.told() if isinstance(event, ControlReleased)]
    assert released == [ControlReleased(cobrowse=shown.id, grant="g1", reason="expired")]


async def test_who_controls_may_reload_and_may_not_stay_away(shown: Shown) -> None:
    desk, service = shown.desk, shown.desk.one.cobrowse
    await shown.control()
    await service.view(shown.agent, shown.id)
    await service.view(desk.agents[1], shown.id)
    await service.viewer_left(desk.agents[1], shown.id)  # controls nothing
    await service.viewer_left(shown.agent, shown.id)
    desk.clock.forward(seconds=4)
    await service.view(shown.agent, shown.id)
    desk.clock.forward(seconds=10)
    await _sweep(desk)
    on = await shown.on()
    assert on is not None
    assert on.grant is not None
    await service.viewer_left(shown.agent, shown.id)
    desk.clock.forward(seconds=5)
    await _sweep(desk)
    released = [event for event in await shown.told() if isinstance(event, ControlReleased)]
    assert released == [ControlReleased(cobrowse=shown.id, grant="g1", reason="gone")]
    async with desk.one.db.read() as tx:
        [row] = await tx.execute(select(cobrowse))
    assert row.controller_due_at is None  # or the sweep would look at it for ever


async def test_a_closed_conversation_shows_nothing(shown: Shown) -> None:
    token = await shown.share()
    close = messages.Close(id=new_id(), conv=shown.conv, reason="solved")
    await shown.desk.one.backend.execute(shown.agent, close)
    assert (await shown.ended()).reason == "closed"
    await refused("no_cobrowse", shown.share(token))
    assert (await shown.desk.two.cobrowse.terms(shown.id, [shown.agent])).state is None
    await refused("conversation_closed", shown.start())


# --- pages and the audit log ----------------------------------------------------------------------


async def test_different_pages_are_counted_once_each(shown: Shown) -> None:
    token = await shown.share()
    for path in ("/cart?a=1", "/cart#b", "/form", "/form", "/cart"):
        page = Page(url=f"https://shop.example{path}")
        await shown.desk.two.cobrowse.page_shown(shown.id, page)
    await shown.share(token, Page(url="https://shop.example"))
    await shown.end(shown.visitor)
    assert (await shown.ended()).pages == 3
    said = [thing for _, action, thing in await shown.log() if action == "cobrowse.page"]
    assert [thing.split(" ")[1] for thing in said] == ["/cart", "/form", "/cart", "/"]


async def test_the_log_has_every_act_and_no_value(shown: Shown) -> None:
    service = shown.desk.one.cobrowse
    visitor, agent = shown.visitor.person.id, shown.agent.person.id
    await shown.share()
    await service.view(shown.agent, shown.id)
    await shown.control()
    done = [
        Operation(agent, "click", 12, "done"),
        Operation(agent, "fill", 123, "done"),
        Operation(agent, "fill", 124, "sensitive"),
    ]
    await service.operated(shown.id, done)
    await service.operated(shown.id, [])
    await service.viewer_left(shown.agent, shown.id)
    await shown.end(shown.visitor)
    await service.operated(shown.id, [Operation(agent, "scroll", 1, "too_late")])
    conv, key = shown.conv, shown.id
    assert await shown.log() == [
        (visitor, "cobrowse_started", f"{conv} {key} view-1 fi masking {shown.masking}"),
        (visitor, "cobrowse.page", f"{key} /cart"),
        (agent, "cobrowse.view", key),
        (agent, "cobrowse_control_asked", f"{conv} {key} click,fill"),
        (
            visitor,
            "cobrowse_control_granted",
            f"{conv} {key} control-1 g1 to {agent} click,fill",
        ),
        (agent, "cobrowse.click", f"{key} node 12 done"),
        (agent, "cobrowse.fill", f"{key} node 123 done"),
        (agent, "cobrowse.fill", f"{key} node 124 sensitive"),
        (agent, "cobrowse.leave", key),
        (visitor, "cobrowse_ended", f"{conv} {key} stopped"),
        (agent, "cobrowse.scroll", f"{key} node 1 too_late"),
    ]


async def test_a_very_long_path_is_kept_short_in_the_log(shown: Shown) -> None:
    await shown.share(page=Page(url="https://shop.example/" + "ä" * 1_500))
    [(_, _, thing)] = [row for row in await shown.log() if row[1] == "cobrowse.page"]
    assert len(thing) == 300


# --- rules ----------------------------------------------------------------------------------------


async def test_a_supervisor_sets_the_rules_of_their_site(desk: Desk) -> None:
    empty, rules = await desk.one.cobrowse.rules(desk.site.id)
    assert rules == Rules()
    typed = Rules(mask=[" .iban ", ".iban"], pause=["/pay*"], assets=["CDN.example.com"])
    version, kept = await desk.one.cobrowse.set_rules(desk.supervisor, typed)
    assert kept == Rules(mask=[".iban"], pause=["/pay*"], assets=["cdn.example.com"])
    assert version != empty
    assert await desk.two.cobrowse.rules(desk.site.id) == (version, kept)
    async with desk.one.db.read() as tx:
        [row] = await tx.execute(select(audit).where(audit.c.action == "cobrowse.rules"))
    assert (row.actor, row.object) == (desk.supervisor.person.id, version)


async def test_an_agent_does_not_set_rules_and_a_bad_one_is_not_kept(desk: Desk) -> None:
    await refused("forbidden", desk.one.cobrowse.set_rules(desk.agents[0], Rules(mask=["a"])))
    with pytest.raises(BadRules):
        await desk.one.cobrowse.set_rules(desk.supervisor, Rules(pause=["pay"]))
    assert (await desk.one.cobrowse.rules(desk.site.id))[1] == Rules()
