"""What agents do with what waits and what is offered to them."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Desk
from tests.contract.routed import Routed, by, waiting


@pytest.fixture
async def routed(desk: Desk) -> Routed:
    routed = Routed(desk)
    await routed.online(routed.anna, routed.bo)
    for who in (routed.anna, routed.bo, routed.boss):
        await routed.capacity(who, 4)
    return routed


async def test_next_by_hand_takes_the_first_that_fits(routed: Routed) -> None:
    await routed.usual(assignment="manual")
    _, one = await routed.waits()
    _, two = await routed.waits()
    desks = routed.desk.one.router.desks
    assert await desks.next(routed.anna) == one
    assert await desks.next(routed.bo) == two
    assert await desks.next(routed.anna) is None


async def test_away_lets_what_rings_go_on(routed: Routed) -> None:
    _, conv = await routed.waits()
    await routed.match()
    who, other = by(routed, (await routed.task(conv)).agent)
    await routed.away(who)
    assert waiting(await routed.task(conv))
    await routed.match()
    assert (await routed.task(conv)).agent == other.person.id
