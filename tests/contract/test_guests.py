"""What a player gets of a call while what is said is not for it, with the real media server."""

from __future__ import annotations

import pytest

from server.domain.commands import Actor, ConnectGuest, OpenIdentity
from signaling import messages
from signaling.errors import Refusal
from signaling.events import Person
from tests.contract.conftest import new_id
from tests.contract.test_calls import offer, ring, studio, until

__all__ = ["studio"]


async def test_player_gets_nothing_at_the_bank_and_is_let_go_to_connect_anew(studio):
    visitor, agent, conv, call = await ring(studio)
    for who in (visitor, agent):
        await studio.one.calls.offer(who, offer(conv, call))
    player = Person(id=new_id(), role="guest", name="Screen in the hall")
    act = studio.one.conversations.act
    await act(conv, ConnectGuest(call, ()), Actor(player, "staff"))
    await studio.rooms.offer(player.id, offer(conv, call), alone=True)
    seats = studio.rooms._media._rooms[call].seats
    assert seats[player.id].subscriptions

    ask = messages.AskIdentity(id=new_id(), conv=conv, purpose="refund", level="low")
    asked = (await studio.one.backend.execute(agent, ask)).verification
    await act(conv, OpenIdentity(asked, "attempt", "bank.one"), Actor(visitor.person, "visitor"))
    await until(lambda: not seats[player.id].subscriptions)
    with pytest.raises(Refusal) as refused:
        await studio.rooms.offer(player.id, offer(conv, call, generation=2), alone=True)
    assert (refused.value.code, refused.value.temporary) == ("unavailable", True)
    assert seats[player.id].peer is not None

    decline = messages.EndIdentity(id=new_id(), conv=conv, verification=asked)
    await studio.one.backend.execute(visitor, decline)
    await until(lambda: seats[player.id].peer is None)
    await studio.rooms.offer(player.id, offer(conv, call), alone=True)
    assert seats[player.id].subscriptions
