"""What is confidential: said to a visitor who proved who they are, and seen by nobody else."""

from __future__ import annotations

import asyncio

import pytest

from server.domain.gates import Gate, Gates
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import File, Message
from signaling.hints import conversation_topic, encode, inbox_topic, person_topic
from tests.contract.conftest import Desk, new_id
from tests.contract.proven import ONE, TWO, Proving, refused
from tests.contract.test_files import PNG, _chunks

SECRET = "Your new password is on its way"


@pytest.fixture
def proving(desk: Desk) -> Proving:
    return Proving.at(desk)


async def _confide(
    proving: Proving, who: Principal, conv: str, text: str = SECRET, *files: File
) -> messages.Ack:
    line = messages.Send(
        id=new_id(), conv=conv, text=text, files=[file.id for file in files], confidential=True
    )
    return await proving.desk.one.backend.execute(who, line)


async def _admitted(proving: Proving, conv: str) -> Principal:
    expert = await proving.desk.expert(conv)
    admit = messages.AdmitExpert(id=new_id(), conv=conv, expert=expert.person.id, from_seq=0)
    await proving.desk.one.backend.execute(proving.agent, admit)
    return expert


async def test_it_reaches_the_visitor_and_staff_and_no_expert(proving: Proving) -> None:
    visitor, conv, _ = await proving.proven()
    admitted, consulted = await _admitted(proving, conv), await proving.desk.expert(conv)
    file = await proving.desk.one.files.take(proving.agent, conv, "a.png", _chunks(PNG))
    before = await proving.snapshot(admitted, conv)
    await _confide(proving, proving.agent, conv, SECRET, file)
    for who in (visitor, proving.agent, proving.desk.agents[1], proving.desk.supervisor):
        told = [e.event for e in (await proving.snapshot(who, conv)).events]
        lines = [e for e in told if isinstance(e, Message) and e.confidential]
        assert [(line.text, line.files) for line in lines] == [(SECRET, [file])]
        assert (await proving.desk.two.files.give(who, file.id)).file == file
    for expert in (admitted, consulted):
        assert SECRET not in repr(await proving.snapshot(expert, conv))
        assert SECRET not in repr(await proving.desk.one.reading.history(expert, conv, 10**6, 50))
        assert SECRET not in repr(await proving.desk.one.reading.open_inbox(expert, None))
        await refused("not_found", proving.desk.one.files.give(expert, file.id))
    after = await proving.snapshot(admitted, conv)
    assert (after.seq, after.events) == (before.seq, before.events), "not even that it was said"
    told_to = {
        topic for topic, hint in proving.desk.one.bus.published if SECRET.encode() in encode(hint)
    }
    assert told_to == {
        conversation_topic(conv),  # by audience, and none is the expert's
        inbox_topic(proving.desk.site.id),
        person_topic(visitor.person.id),
    }


async def test_an_expert_who_is_let_in_later_does_not_see_it(proving: Proving) -> None:
    _, conv, _ = await proving.proven()
    await _confide(proving, proving.agent, conv)
    assert SECRET not in repr(await proving.snapshot(await _admitted(proving, conv), conv))


async def test_nothing_confidential_goes_to_who_has_proven_nothing(proving: Proving) -> None:
    visitor = await proving.desk.visitor()
    conv = await proving.desk.served(visitor)
    words = await refused("identity_needed", _confide(proving, proving.agent, conv))
    assert "level substantial or higher, not older than 30 minutes" in words
    await proving.prove(visitor, conv, level="low")
    await refused("identity_needed", _confide(proving, proving.agent, conv))
    await proving.prove(visitor, conv, level="high")
    await _confide(proving, proving.agent, conv)


async def test_the_gate_shuts_by_the_clock(proving: Proving) -> None:
    _, conv, _ = await proving.proven()
    proving.desk.clock.forward(seconds=1_800)
    await _confide(proving, proving.agent, conv)
    proving.desk.clock.forward(seconds=0.001)
    await refused("identity_needed", _confide(proving, proving.agent, conv))


async def test_the_gate_is_the_sites_own(proving: Proving) -> None:
    _, conv, _ = await proving.proven()
    boss = proving.desk.supervisor
    await proving.gates.set_gates(boss, Gates(confidential=Gate("high", 30)))
    words = await refused("identity_needed", _confide(proving, proving.agent, conv))
    assert "level high" in words
    await proving.gates.set_gates(boss, Gates(confidential=None))
    unproven = await proving.desk.served(await proving.desk.visitor())
    await _confide(proving, proving.agent, unproven)


async def test_somebody_else_opens_nothing_until_confirmed(proving: Proving) -> None:
    visitor, conv, _ = await proving.proven(ONE)
    proving.desk.clock.forward(seconds=1_801)
    other = await proving.prove(visitor, conv, TWO)
    await refused("identity_needed", _confide(proving, proving.agent, conv))
    await proving.confirm(conv, other, accept=True)
    await _confide(proving, proving.agent, conv)


async def test_only_the_one_who_serves_confides_and_never_to_experts(proving: Proving) -> None:
    visitor, conv, _ = await proving.proven()
    expert = await _admitted(proving, conv)
    for who in (visitor, expert):
        await refused("forbidden", _confide(proving, who, conv))
    for who in (proving.desk.agents[1], proving.desk.supervisor):
        await refused("not_assigned", _confide(proving, who, conv))
    both = messages.Send(id=new_id(), conv=conv, text=SECRET, consult=True, confidential=True)
    await refused("forbidden", proving.desk.one.backend.execute(proving.agent, both))
    await refused("bad_text", _confide(proving, proving.agent, conv, " "))
    assert SECRET not in repr(await proving.snapshot(proving.agent, conv))


async def test_a_proof_that_is_erased_meanwhile_counts_for_one_side_only(
    proving: Proving,
) -> None:
    """Whichever comes first decides: nothing is confided after the erasing."""
    for _ in range(3):
        _, conv, verification = await proving.proven()
        said, _ = await asyncio.gather(
            _confide(proving, proving.agent, conv),
            proving.two.erase(proving.desk.supervisor, verification, "They asked us to"),
            return_exceptions=True,
        )
        events = (await proving.snapshot(proving.agent, conv)).events
        kinds = [str(e.event.__struct_config__.tag) for e in events]
        if isinstance(said, Refusal):
            assert said.code == "identity_needed"
            assert "message" not in kinds[kinds.index("identity_erased") :]
        else:
            confided = [i for i, e in enumerate(events) if getattr(e.event, "confidential", False)]
            assert confided[0] < kinds.index("identity_erased")
