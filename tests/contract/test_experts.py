"""An expert's link and seat: one person, one conversation, from the consult to the end."""

from __future__ import annotations

import asyncio

import pytest

from server.services.invites import LinkDead, Seated
from signaling import messages
from signaling.errors import Refusal, Superseded
from signaling.events import Message
from signaling.messages import Snapshot
from tests.contract.conftest import Desk, new_id


async def _link(desk: Desk, conv: str) -> tuple[str, str]:
    invite, secret = await desk.one.invites.create(desk.agents[0], conv, ["chat", "hear"])
    return invite.id, secret


async def test_a_link_lets_one_person_in_though_ten_come_at_once(desk: Desk) -> None:
    conv = await desk.served(await desk.visitor())
    _, secret = await _link(desk, conv)
    came = await asyncio.gather(
        *(node.invites.redeem(secret, f"Expert {n}")
          for n in range(5) for node in (desk.one, desk.two)),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(one, Seated) for one in came) == 1
    dead = [one for one in came if isinstance(one, LinkDead)]
    assert {one.outcome for one in dead} == {"used"}
    assert len(dead) == 9
    assert (await desk.one.invites.inspect(secret)).outcome == "used"
    record = await desk.one.reading.access(desk.agents[0], conv)
    assert len(record.state.experts) == 1


async def test_a_dead_link_says_why_and_nothing_else(desk: Desk) -> None:
    conv = await desk.served(await desk.visitor())
    key, revoked = await _link(desk, conv)
    await desk.one.invites.revoke(desk.agents[0], key)
    _, expired = await _link(desk, conv)
    open_one = await desk.one.invites.inspect(expired)
    assert (open_one.outcome, open_one.site_name, open_one.by_name) == ("open", "Shop", "One")
    desk.clock.forward(seconds=3601)
    for secret, outcome in ((revoked, "revoked"), (expired, "expired"), ("no", "unknown")):
        looked = await desk.two.invites.inspect(secret)
        assert (looked.outcome, looked.site_name, looked.scope) == (outcome, None, None)
        with pytest.raises(LinkDead) as dead:
            await desk.two.invites.redeem(secret, "Expert")
        assert dead.value.outcome == outcome
    await desk.one.deadlines.sweep()
    record = await desk.one.reading.access(desk.agents[0], conv)
    assert [i.outcome for i in record.state.invites] == ["revoked", "expired"]


async def test_only_the_one_who_serves_or_supervises_invites(desk: Desk) -> None:
    conv = await desk.served(await desk.visitor())
    with pytest.raises(Refusal) as refused:
        await desk.one.invites.create(desk.agents[1], conv, ["chat"])
    assert refused.value.code == "not_assigned"
    await desk.one.invites.create(desk.supervisor, conv, ["chat"])


async def test_an_expert_in_consult_sees_nothing_of_the_visitor(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    expert = await desk.expert(conv)
    agent = desk.agents[0]
    execute = desk.one.backend.execute
    await execute(visitor, messages.Send(id=new_id(), conv=conv, text="for the agent"))
    await execute(agent, messages.Send(id=new_id(), conv=conv, text="between us", consult=True))
    with pytest.raises(Refusal):
        await execute(expert, messages.Send(id=new_id(), conv=conv, text="to the visitor"))
    await execute(expert, messages.Send(id=new_id(), conv=conv, text="I see", consult=True))
    seen = await desk.one.backend.open_conversation(expert, conv, None)
    assert isinstance(seen, Snapshot)
    texts = [e.event.text for e in seen.events if isinstance(e.event, Message)]
    assert texts == ["between us", "I see"]
    assert visitor.person.id not in str(seen)
    theirs = await desk.one.backend.open_conversation(visitor, conv, None)
    assert "between us" not in str(theirs)
    assert expert.person.id not in str(theirs)
    other = await desk.conversation(await desk.visitor())
    with pytest.raises(Refusal):
        await desk.one.backend.open_conversation(expert, other, None)


async def test_who_is_let_in_gets_a_snapshot_of_what_was_shared(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    expert = await desk.expert(conv)
    agent = desk.agents[0]
    execute = desk.one.backend.execute
    await execute(visitor, messages.Send(id=new_id(), conv=conv, text="before"))
    shared = await execute(visitor, messages.Send(id=new_id(), conv=conv, text="shared"))
    opened = await desk.one.backend.open_conversation(expert, conv, None)
    assert isinstance(opened, Snapshot)
    admit = messages.AdmitExpert(
        id=new_id(), conv=conv, expert=expert.person.id, from_seq=shared.seq - 1
    )
    await execute(agent, admit)
    looked = await desk.one.backend.read_conversation(expert, conv, opened.seq)
    assert isinstance(looked, Snapshot)
    assert [e.event.text for e in looked.events if isinstance(e.event, Message)] == ["shared"]
    await execute(expert, messages.Send(id=new_id(), conv=conv, text="hello"))
    following = await desk.one.backend.read_conversation(expert, conv, looked.seq)
    assert isinstance(following, list)
    assert [(e.prev, e.by.id) for e in following] == [(looked.seq, expert.person.id)]


async def test_an_expert_who_was_removed_is_out_at_once(desk: Desk) -> None:
    conv = await desk.served(await desk.visitor())
    _, secret = await _link(desk, conv)
    seated = await desk.one.invites.redeem(secret, "Expert")
    assert seated.cookie is not None
    assert (await desk.two.invites.resume(seated.cookie)).you == seated.you
    expert = await desk.one.backend.authenticate(seated.token, None)
    remove = messages.RemoveExpert(id=new_id(), conv=conv, expert=expert.person.id)
    await desk.one.backend.execute(desk.agents[0], remove)
    with pytest.raises(LinkDead) as dead:
        await desk.two.invites.resume(seated.cookie)
    assert dead.value.outcome == "removed"
    with pytest.raises(Superseded):
        await desk.two.backend.authenticate(seated.token, None)
    with pytest.raises(Refusal):
        await desk.two.backend.read_conversation(expert, conv, 0)
