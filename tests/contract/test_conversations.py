"""What commands leave behind, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from server.store.tables import conversation, event, outbox
from signaling import messages
from signaling.errors import Refusal
from signaling.events import Assigned, Closed, Message, Reopened
from signaling.hints import ConversationHint, InboxHint
from signaling.messages import Ack, InboxSnapshot, Snapshot
from tests.contract.conftest import Desk, new_id, start


async def _texts(desk: Desk, who: object, conv: str) -> list[str]:
    opened = await desk.one.backend.open_conversation(who, conv, None)  # type: ignore[arg-type]
    assert isinstance(opened, Snapshot)
    return [e.event.text for e in opened.events if isinstance(e.event, Message)]


async def test_a_first_message_opens_one_conversation_that_waits(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.conversation(visitor, "Onko tätä varastossa?")
    inbox = await desk.one.backend.open_inbox(desk.agents[0], None)
    assert isinstance(inbox, InboxSnapshot)
    assert [(i.id, i.state, i.unread) for i in inbox.items] == [(conv, "waiting", 1)]
    assert await _texts(desk, visitor, conv) == ["Onko tätä varastossa?"]


async def test_a_resend_returns_the_first_acknowledgement_and_adds_nothing(desk: Desk) -> None:
    visitor = await desk.visitor()
    begin = start("Hei")
    first = await desk.one.backend.execute(visitor, begin)
    assert await desk.two.backend.execute(visitor, begin) == first
    assert first.conv is not None
    line = messages.Send(id=new_id(), conv=first.conv, text="Toinen")
    sent = await desk.one.backend.execute(visitor, line)
    assert await desk.two.backend.execute(visitor, line) == sent
    assert await _texts(desk, visitor, first.conv) == ["Hei", "Toinen"]


async def test_the_same_command_on_two_nodes_at_once_happens_once(desk: Desk) -> None:
    visitor = await desk.visitor()
    begin = start("Hei")
    acks = await asyncio.gather(
        *(node.backend.execute(visitor, begin) for node in (desk.one, desk.two) for _ in range(5))
    )
    assert len(set(acks)) == 1
    async with desk.one.db.read() as tx:
        count = (await tx.execute(select(func.count()).select_from(conversation))).scalar_one()
    assert count == 1


async def test_two_tabs_that_begin_at_once_share_one_conversation(desk: Desk) -> None:
    visitor = await desk.visitor()
    acks = await asyncio.gather(
        *(
            node.backend.execute(visitor, start(f"{n}"))
            for n, node in enumerate([desk.one, desk.two])
        )
    )
    assert acks[0].conv == acks[1].conv is not None
    assert sorted(await _texts(desk, visitor, str(acks[0].conv))) == ["0", "1"]


async def test_of_two_agents_who_accept_at_once_one_wins_two_hundred_times(desk: Desk) -> None:
    await desk.unburden()
    for _ in range(200):
        conv = await desk.conversation(await desk.visitor())
        accept = [
            node.backend.execute(agent, messages.Accept(id=new_id(), conv=conv))
            for node, agent in zip((desk.one, desk.two), desk.agents, strict=True)
        ]
        results = await asyncio.gather(*accept, return_exceptions=True)
        won = [i for i, result in enumerate(results) if isinstance(result, Ack)]
        lost = [result for result in results if isinstance(result, Refusal)]
        assert len(won) == len(lost) == 1
        assert lost[0].code == "already_assigned"
        record = await desk.one.reading.access(desk.supervisor, conv)
        assert record.state.assignee == desk.agents[won[0]].person
        assert desk.agents[won[0]].person.name in lost[0].message


async def test_sequence_numbers_are_gapless_under_concurrent_writers(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    lines = [
        node.backend.execute(who, messages.Send(id=new_id(), conv=conv, text=f"{n}"))
        for n in range(20)
        for node, who in ((desk.one, visitor), (desk.two, desk.agents[0]))
    ]
    acks = await asyncio.gather(*lines)
    assert len({ack.seq for ack in acks}) == 40
    async with desk.one.db.read() as tx:
        query = select(event.c.seq).where(event.c.conversation == conv).order_by(event.c.seq)
        seqs = list((await tx.execute(query)).scalars())
    assert seqs == list(range(1, len(seqs) + 1))


async def test_a_crash_between_commit_and_publish_loses_nothing(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    desk.one.bus.broken = True
    line = messages.Send(id=new_id(), conv=conv, text="Viimeinen sana")
    with pytest.raises(ConnectionError):
        await desk.one.backend.execute(visitor, line)
    # Another node finds what the dead one owes, after giving it time to do so itself.
    assert await desk.two.outbox.sweep() == 0
    desk.clock.forward(seconds=6)
    assert await desk.two.outbox.sweep() >= 1
    told = [h for t, h in desk.two.bus.published if t == f"conv.{conv}"]
    assert any(isinstance(h, ConversationHint) and h.frames for h in told)
    ack = await desk.two.backend.execute(visitor, line)  # the client sends it again
    assert ack.seq > 0
    assert (await _texts(desk, visitor, conv)).count("Viimeinen sana") == 1
    async with desk.two.db.read() as tx:
        left = (await tx.execute(select(func.count()).select_from(outbox))).scalar_one()
    assert left == 0


async def test_a_hint_continues_where_the_audience_was(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    before = (await desk.one.backend.heads([(visitor, [conv, "inbox"])]))[0]
    staff = (await desk.one.backend.heads([(desk.agents[0], ["inbox"])]))[0]
    await desk.one.backend.execute(
        desk.agents[0], messages.AddNote(id=new_id(), conv=conv, text="tuttu")
    )
    desk.one.bus.published.clear()
    await desk.one.backend.execute(
        desk.agents[0], messages.Send(id=new_id(), conv=conv, text="Hei")
    )
    hints = dict(desk.one.bus.published)
    conversation_hint = hints[f"conv.{conv}"]
    assert isinstance(conversation_hint, ConversationHint)
    assert conversation_hint.frames is not None
    assert conversation_hint.frames["visitor"][0].prev == before[conv]
    inbox = hints[f"inbox.{desk.site.id}"]
    assert isinstance(inbox, InboxHint)
    assert inbox.frame is not None
    assert inbox.frame.prev == staff["inbox"] + 1  # the note was the one between
    own = hints[f"person.{visitor.person.id}"]
    assert isinstance(own, InboxHint)
    assert own.frame is not None
    assert own.frame.prev == before["inbox"] + 1


async def test_a_replay_gives_what_was_missed_and_a_long_gap_a_snapshot(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.served(visitor)
    opened = await desk.one.backend.open_conversation(visitor, conv, None)
    assert isinstance(opened, Snapshot)
    cursor = (opened.epoch, opened.seq)
    agent = desk.agents[0]
    await desk.one.backend.execute(agent, messages.AddNote(id=new_id(), conv=conv, text="n"))
    await desk.one.backend.execute(agent, messages.Send(id=new_id(), conv=conv, text="Hei"))
    replay = await desk.one.backend.open_conversation(visitor, conv, cursor)
    assert isinstance(replay, list)
    assert [(e.seq, e.prev) for e in replay] == [(opened.seq + 2, opened.seq)]
    other = await desk.one.backend.open_conversation(visitor, conv, ("01OTHEREPOCH", opened.seq))
    assert isinstance(other, Snapshot)
    for n in range(301):
        await desk.one.backend.execute(visitor, messages.Send(id=new_id(), conv=conv, text=f"{n}"))
    long = await desk.one.backend.open_conversation(visitor, conv, cursor)
    assert isinstance(long, Snapshot)
    assert len(long.events) == 50
    assert long.more


async def test_a_closed_conversation_goes_on_with_its_agent_if_they_are_there(desk: Desk) -> None:
    visitor, agent = await desk.visitor(), desk.agents[0]
    conv = await desk.served(visitor)
    close = messages.Close(id=new_id(), conv=conv, reason="solved", note="secret words")
    await desk.one.backend.execute(agent, close)
    await desk.one.backend.execute(visitor, messages.Send(id=new_id(), conv=conv, text="vielä"))
    assert (await desk.one.reading.access(agent, conv)).state.state == "waiting"
    await desk.one.backend.execute(agent, messages.Accept(id=new_id(), conv=conv))
    await desk.one.backend.execute(
        agent, messages.Close(id=new_id(), conv=conv, reason="solved", note="secret words")
    )
    await desk.one.backend.touch(agent, True)
    await desk.two.backend.execute(visitor, messages.Send(id=new_id(), conv=conv, text="taas"))
    record = await desk.one.reading.access(agent, conv)
    assert (record.state.state, record.state.assignee) == ("active", agent.person)
    seen = await desk.one.backend.open_conversation(visitor, conv, None)
    assert isinstance(seen, Snapshot)
    assert [e.event for e in seen.events if isinstance(e.event, Closed)] == [Closed(), Closed()]
    last = [e.event for e in seen.events][-3:]
    assert isinstance(last[0], Reopened)
    assert isinstance(last[1], Assigned)


async def test_a_transfer_keeps_the_owner_until_the_colleague_accepts(desk: Desk) -> None:
    visitor, (owner, colleague) = await desk.visitor(), desk.agents
    conv = await desk.served(visitor)
    ask = messages.RequestTransfer(id=new_id(), conv=conv, to=colleague.person.id, note="osaat")
    with pytest.raises(Refusal, match="not there now"):
        await desk.one.backend.execute(owner, ask)
    await desk.two.backend.touch(colleague, True)
    await desk.one.backend.execute(owner, ask)
    record = await desk.one.reading.access(owner, conv)
    assert record.state.assignee == owner.person
    assert record.state.transfer is not None
    await desk.two.backend.execute(colleague, messages.AcceptTransfer(id=new_id(), conv=conv))
    record = await desk.one.reading.access(owner, conv)
    assert (record.state.assignee, record.state.transfer) == (colleague.person, None)


async def test_another_visitors_conversation_is_not_found(desk: Desk) -> None:
    conv = await desk.conversation(await desk.visitor())
    stranger = await desk.visitor()
    for command in (
        messages.Send(id=new_id(), conv=conv, text="x"),
        messages.MarkRead(id=new_id(), conv=conv, upto=1),
        messages.Send(id=new_id(), conv=new_id(), text="x"),
    ):
        with pytest.raises(Refusal) as refused:
            await desk.one.backend.execute(stranger, command)
        assert refused.value.code == "not_found"
    with pytest.raises(Refusal):
        await desk.one.backend.open_conversation(stranger, conv, None)
    assert (await desk.one.backend.heads([(stranger, [conv])]))[0] == {}


async def test_a_refused_command_leaves_nothing(desk: Desk) -> None:
    visitor = await desk.visitor()
    conv = await desk.conversation(visitor)
    before = (await desk.one.backend.heads([(desk.agents[0], [conv, "inbox"])]))[0]
    with pytest.raises(Refusal):
        await desk.one.backend.execute(
            desk.agents[0], messages.Send(id=new_id(), conv=conv, text="not mine")
        )
    assert (await desk.one.backend.heads([(desk.agents[0], [conv, "inbox"])]))[0] == before


async def test_closed_conversations_are_found_by_their_words(desk: Desk) -> None:
    visitor, agent = await desk.visitor(), desk.agents[0]
    conv = await desk.conversation(visitor, "Telttaretki 100 % varma_asia")
    boss = desk.supervisor  # others take it first
    await desk.one.backend.execute(boss, messages.Close(id=new_id(), conv=conv, reason="spam"))
    await desk.conversation(await desk.visitor(), "Telttaretki")
    found, _ = await desk.one.reading.find(agent, view="closed", words="TELTTA", before=None)
    assert [item.id for item in found] == [conv]
    for words in ("100 %", "varma_a"):
        found, _ = await desk.one.reading.find(agent, view="all", words=words, before=None)
        assert [item.id for item in found] == [conv]
    found, _ = await desk.one.reading.find(agent, view="all", words="100_", before=None)
    assert found == []
