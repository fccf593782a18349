"""What is kept of how calls went, on both databases."""

import asyncio

import msgspec
import pytest
from sqlalchemy import func, select

from server.domain.figures import Watched
from server.services.call_figures import CallFigures
from server.store.call_figures import KEPT, MAX_LEGS
from server.store.tables import call_figures
from signaling import messages
from signaling.doctor import Figures, TellFigures
from signaling.errors import Refusal
from tests.contract.conftest import new_id

FINE = Figures(seconds=30, setup=250, path="udp", rtt=20)
SEEN = Watched(looks=5, loss_up=60.0, scores=(5, 0, 0, 0, 0))


class Meter:
    def __init__(self) -> None:
        self.setups: list[int | None] = []

    def connected(self, figures: Figures) -> None:
        self.setups.append(figures.setup)

    def scored(self, score: int) -> None:
        raise AssertionError("no media server looks here")


@pytest.fixture
def kept(desk) -> CallFigures:
    return CallFigures(desk.one.db, desk.one.reading, desk.clock, Meter())


@pytest.fixture
async def call(desk):
    """Give a call between a visitor and the first agent: visitor, conversation, call."""
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    start = messages.StartCall(id=new_id(), conv=conv, media=["audio"])
    ack = await desk.one.backend.execute(visitor, start)
    join = messages.JoinCall(id=new_id(), conv=conv, call=ack.call, media=["audio"])
    await desk.one.backend.execute(desk.agents[0], join)
    return visitor, conv, ack.call


def tell(conv, call, leg=None, **changes) -> TellFigures:
    figures = msgspec.structs.replace(FINE, **changes)
    return TellFigures(id=new_id(), conv=conv, call=call, leg=leg or new_id(), figures=figures)


async def watched(kept, call, node) -> None:
    visitor, conv, id_ = call
    seen = {visitor.person.id: ("visitor", SEEN)}
    await kept.watched(site=visitor.site, conv=conv, call=id_, node=node, seen=seen)


async def refused(work) -> str:
    with pytest.raises(Refusal) as refusal:
        await work
    return refusal.value.code


async def test_a_newer_report_takes_the_place_of_the_last_of_its_leg(desk, kept, call):
    visitor, conv, id_ = call
    leg = new_id()
    await kept.take(visitor, tell(conv, id_, leg, seconds=10))
    await kept.take(visitor, tell(conv, id_, leg, seconds=20, setup=999))
    report = await kept.report(desk.supervisor, conv, id_)
    (part,) = report.parts
    assert (part.person, part.role) == (visitor.person.id, "visitor")
    assert part.told is not None
    assert part.told.seconds == 20
    assert part.verdict.word == "good"
    assert kept.meter.setups == [250]


async def test_legs_of_several_pages_are_one_part(desk, kept, call):
    visitor, conv, id_ = call
    for leg in range(3):
        desk.clock.forward(seconds=1)
        await kept.take(visitor, tell(conv, id_, seconds=10, setup=100 + leg, freezes=1))
    await kept.take(desk.agents[0], tell(conv, id_, concealed=200))
    report = await kept.report(desk.supervisor, conv, id_)
    by = {part.person: part for part in report.parts}
    told = by[visitor.person.id].told
    assert told is not None
    assert (told.seconds, told.setup, told.freezes) == (30, 100, 3)
    assert by[desk.agents[0].person.id].verdict.reasons == ("sound",)


async def test_the_media_server_s_view_stands_beside_the_browser_s(desk, kept, call):
    visitor, conv, id_ = call
    seen = Watched(looks=5, loss_up=1.5, rtt=33.0, scores=(0, 0, 0, 0, 5))
    here = {"site": visitor.site, "conv": conv, "call": id_}
    for node in ("node-1", "node-2"):
        await kept.watched(**here, node=node, seen={visitor.person.id: ("visitor", seen)})
    await kept.take(visitor, tell(conv, id_))
    (part,) = (await kept.report(desk.supervisor, conv, id_)).parts
    assert part.watched is not None
    assert (part.watched.looks, part.watched.loss_up) == (10, 1.5)
    assert part.told == FINE


async def test_strangers_and_those_outside_the_call_tell_nothing(desk, kept, call):
    visitor, conv, id_ = call
    assert await refused(kept.take(await desk.visitor(), tell(conv, id_))) == "not_found"
    assert await refused(kept.take(desk.agents[1], tell(conv, id_))) == "not_in_call"
    assert await refused(kept.take(visitor, tell(conv, new_id()))) == "not_in_call"
    assert await refused(kept.report(desk.supervisor, conv, id_)) == "not_found"


async def test_the_last_report_comes_after_the_end_and_no_later_than_two_minutes(desk, kept, call):
    visitor, conv, id_ = call
    leg = new_id()
    await kept.take(visitor, tell(conv, id_, leg, seconds=10))
    await desk.one.backend.execute(visitor, messages.EndCall(id=new_id(), conv=conv, call=id_))
    desk.clock.forward(seconds=119)
    await kept.take(visitor, tell(conv, id_, leg, seconds=12))
    desk.clock.forward(seconds=121)
    for late in (tell(conv, id_, leg, seconds=13), tell(conv, id_)):
        assert await refused(kept.take(visitor, late)) == "not_in_call"
    assert await refused(kept.take(desk.agents[0], tell(conv, id_))) == "not_in_call"


async def test_reports_after_the_end_give_no_time_for_more(desk, kept, call):
    visitor, conv, id_ = call
    leg = new_id()
    await kept.take(visitor, tell(conv, id_, leg))
    await desk.one.backend.execute(visitor, messages.EndCall(id=new_id(), conv=conv, call=id_))
    for late in (leg, new_id()):
        desk.clock.forward(seconds=59)
        await kept.take(visitor, tell(conv, id_, late))
    desk.clock.forward(seconds=3)
    for late in (leg, new_id()):
        assert await refused(kept.take(visitor, tell(conv, id_, late))) == "not_in_call"


async def test_only_supervisors_of_the_shop_read_figures(desk, kept, call):
    visitor, conv, id_ = call
    await kept.take(visitor, tell(conv, id_))
    for who in (visitor, desk.agents[0]):
        assert await refused(kept.report(who, conv, id_)) == "forbidden"


async def test_a_browser_that_makes_up_legs_is_not_heard(desk, kept, call):
    visitor, conv, id_ = call
    for _ in range(MAX_LEGS):
        await kept.take(visitor, tell(conv, id_))
    assert await refused(kept.take(visitor, tell(conv, id_))) == "forbidden"


async def test_a_browser_that_makes_up_legs_does_not_keep_out_the_media_server(desk, kept, call):
    visitor, conv, id_ = call
    for _ in range(MAX_LEGS):
        await kept.take(visitor, tell(conv, id_))
    await watched(kept, call, new_id())
    (part,) = (await kept.report(desk.supervisor, conv, id_)).parts
    assert part.watched == SEEN


@pytest.mark.parametrize("first", ["browser", "server"])
async def test_a_browser_that_names_its_leg_as_a_node_writes_over_nothing(desk, kept, call, first):
    visitor, conv, id_ = call
    node = new_id()
    if first == "server":
        await watched(kept, call, node)
    await kept.take(visitor, tell(conv, id_, node))
    await watched(kept, call, node)
    (part,) = (await kept.report(desk.supervisor, conv, id_)).parts
    assert (part.told, part.watched) == (FINE, SEEN)


async def test_the_wire_takes_figures_through_the_backend(desk, call):
    visitor, conv, id_ = call
    command = tell(conv, id_)
    assert await desk.one.backend.execute(visitor, command) == messages.Ack(id=command.id)
    again = await desk.one.backend.execute(visitor, command)
    assert again == messages.Ack(id=command.id)


async def test_figures_are_forgotten_after_their_time(desk, kept, call):
    visitor, conv, id_ = call
    await kept.take(visitor, tell(conv, id_))
    desk.clock.forward(seconds=KEPT / 1000 - 1)
    await desk.one.deadlines.tidy()
    assert (await kept.report(desk.supervisor, conv, id_)).parts
    desk.clock.forward(seconds=2)
    await desk.one.deadlines.tidy()
    assert await refused(kept.report(desk.supervisor, conv, id_)) == "not_found"


async def test_figures_of_two_people_at_once_do_not_meet(desk, kept, call):
    visitor, conv, id_ = call
    told = [kept.take(who, tell(conv, id_)) for who in (visitor, desk.agents[0]) for _ in range(5)]
    await asyncio.gather(*told)
    async with desk.one.db.read() as tx:
        rows = (await tx.execute(select(func.count()).select_from(call_figures))).scalar_one()
    assert rows == 10
