"""What is recorded of a call, and kept of it, on both databases with the real media server."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from media.recording.sealed import SealedReader, file_key
from server.domain.commands import FailRecording
from server.domain.recording import RecordingRules
from server.identity.vault import TAKE
from server.services.rooms import TICK
from server.services.taping import folder_of
from server.store import recordings
from server.store.conversations import load
from server.store.tables import audit
from signaling import messages
from signaling.errors import Refusal
from tests.contract.conftest import new_id
from tests.contract.proven import vault_of
from tests.contract.test_calls import offer, ring, studio, until
from tests.media.recording.encoded import sound

__all__ = ["studio"]


class Taped:
    """A call of visitor and agent on a media server, that is recorded."""

    def __init__(self, studio, visitor, agent, conv, call) -> None:
        self.studio = studio
        self.visitor, self.agent, self.conv, self.call = visitor, agent, conv, call
        self.taping = studio.rooms._taping

    async def do(self, who, kind, **more):
        command = kind(id=new_id(), conv=self.conv, **more)
        return await self.studio.one.backend.execute(who, command)

    async def recording(self):
        async with self.studio.one.db.read() as tx:
            found = await recordings.of_conversation(tx, self.conv)
        return found[0] if found else None

    async def takes(self):
        async with self.studio.one.db.read() as tx:
            return await recordings.takes(tx, (await self.recording()).id)

    async def tracks(self):
        async with self.studio.one.db.read() as tx:
            return await recordings.tracks(tx, (await self.recording()).id)

    def taped(self) -> bool:
        return self.call in self.taping._taken

    def talk(self, who, packets) -> None:
        """Let packets of somebody's microphone come in."""
        seat = self.studio.rooms._media._rooms[self.call].seats[who.person.id]
        now = asyncio.get_running_loop().time()
        for packet in packets:
            seat.tracks["audio"].receive(
                9, packet.seq, packet.timestamp, 0, packet.payload, 127, now + packet.at, False
            )


async def allow(studio, **rules) -> None:
    async with studio.one.db.write() as tx:
        await recordings.set_rules(tx, studio.site.id, RecordingRules(allowed=True, **rules))


@pytest.fixture
async def taped(studio):
    await allow(studio)
    visitor, agent, conv, call = await ring(studio)
    for who in (visitor, agent):
        await studio.one.calls.offer(who, offer(conv, call))
    taped = Taped(studio, visitor, agent, conv, call)
    await taped.do(agent, messages.AskRecording, consent="record-1", lang="fi")
    state = await state_of(studio, conv)
    taped.id = state.call.recording.id
    await taped.do(
        visitor, messages.ConsentRecording, recording=taped.id, consent="record-1", lang="sv"
    )
    await until(taped.taped)
    return taped


async def state_of(studio, conv):
    async with studio.one.db.read() as tx:
        row = await load(tx, conv)
    return row.record.state


async def test_a_site_that_does_not_record_refuses(studio):
    _visitor, agent, conv, _call = await ring(studio)
    ask = messages.AskRecording(id=new_id(), conv=conv, consent="record-1", lang="fi")
    with pytest.raises(Refusal) as refused:
        await studio.one.backend.execute(agent, ask)
    assert refused.value.code == "forbidden"


async def test_who_agreed_when_and_to_what_is_kept(taped):
    async with taped.studio.one.db.read() as tx:
        agreed = await recordings.consents(tx, taped.id)
        rows = (await tx.execute(select(audit.c.actor, audit.c.object))).all()
    assert {(one.person, one.role, one.consent, one.lang) for one in agreed} == {
        (taped.agent.person.id, "agent", "record-1", "fi"),
        (taped.visitor.person.id, "visitor", "record-1", "sv"),
    }
    assert (taped.visitor.person.id, f"{taped.conv} {taped.id} record-1 sv") in set(
        map(tuple, rows)
    )


async def test_what_is_said_is_sealed_in_files_and_a_pause_begins_another_take(taped):
    packets = sound(1.0)
    taped.talk(taped.visitor, packets[:20])
    taped.talk(taped.agent, packets[:10])
    await taped.do(taped.agent, messages.PauseRecording, recording=taped.id)
    await until(lambda: not taped.taped())
    taped.talk(taped.visitor, packets[20:40])
    await taped.do(taped.agent, messages.ResumeRecording, recording=taped.id)
    await until(taped.taped)
    taped.talk(taped.visitor, packets[40:])
    await taped.do(taped.agent, messages.EndRecording, recording=taped.id)
    await until(lambda: not taped.taped() and not taped.taping._tasks)
    first, second = await taped.takes()
    tracks = await taped.tracks()
    assert {(t.take, t.participant, t.source, t.codec) for t in tracks} == {
        (first.id, taped.visitor.person.id, "audio", "opus"),
        (first.id, taped.agent.person.id, "audio", "opus"),
        (second.id, taped.visitor.person.id, "audio", "opus"),
    }
    raw = 0
    for track in tracks:
        take = first if track.take == first.id else second
        key = vault_of().open(take.sealed, TAKE, take.id)
        path = folder_of(taped.studio.recordings, take.id) / track.file
        with SealedReader(path.open("rb"), file_key(key, track.file)) as file:
            assert file.complete
            clear = file.read()
        raw += sum(packet.payload in clear for packet in packets)
        if take is second:
            assert not any(packet.payload in clear for packet in packets[20:40])
    assert raw >= 20
    recording = await taped.recording()
    assert (recording.reason, recording.composed) == ("stopped", "waiting")
    assert recording.erase_at == recording.ended_at + 30 * 86_400_000
    async with taped.studio.one.db.read() as tx:
        (pause,) = await recordings.pauses(tx, taped.id)
    assert pause.reason == "staff"
    assert pause.until is not None


async def test_a_disk_that_fails_ends_the_recording_and_not_the_call(taped):
    take = next(iter(taped.taping._taken.values())).recorder.take
    take.folder.parent.parent.mkdir(parents=True, exist_ok=True)
    take.folder.parent.write_text("a file where the folder should be")
    taped.talk(taped.visitor, sound(0.5))

    await until(lambda: taped.call in taped.studio.rooms._rooms and not taped.taped())
    async with taped.studio.one.db.read() as tx:
        assert (await recordings.load(tx, taped.id)).reason == "failed"


async def test_a_failure_that_cannot_be_stored_is_told_again_and_nothing_piles_up(
    taped, monkeypatch
):
    real, told = taped.taping._conversations.act, []

    async def act(conv, command, *more, **named):
        if isinstance(command, FailRecording):
            told.append(command)
            if len(told) == 1:
                raise OperationalError("insert", {}, Exception("the disk is full"))
        return await real(conv, command, *more, **named)

    monkeypatch.setattr(taped.taping._conversations, "act", act)
    recorder = next(iter(taped.taping._taken.values())).recorder
    recorder.take.folder.parent.parent.mkdir(parents=True, exist_ok=True)
    recorder.take.folder.parent.write_text("a file where the folder should be")
    taped.talk(taped.visitor, sound(0.5))
    await until(lambda: told and not taped.taping._tasks)
    taped.talk(taped.visitor, sound(1.0))
    assert not recorder._queue
    (room,) = taped.studio.rooms._rooms.values()
    await taped.studio.rooms._refresh_alone(room)
    await until(lambda: not taped.taped() and not taped.taping._tasks)
    async with taped.studio.one.db.read() as tx:
        assert (await recordings.load(tx, taped.id)).reason == "failed"
    assert taped.call in taped.studio.rooms._rooms


async def test_consent_that_is_taken_back_ends_it_within_a_second_when_the_hint_is_lost(
    taped, monkeypatch
):
    async def lost(_topic, _data):  # Redis is away
        return

    rooms = taped.studio.rooms
    await rooms._refresh_alone(rooms._rooms[taped.call])
    monkeypatch.setattr(taped.studio.bus, "publish", lost)
    await taped.do(taped.visitor, messages.DeclineRecording, recording=taped.id)
    taped.studio.passed += TICK
    rooms._sweep()
    await until(lambda: not taped.taped())


async def test_the_end_of_the_call_ends_it(taped):
    taped.talk(taped.visitor, sound(0.5))
    await taped.do(taped.agent, messages.EndCall, call=taped.call)
    await until(lambda: not taped.taped() and not taped.taping._tasks)
    assert (await taped.recording()).reason == "call"
    assert len(await taped.tracks()) == 1
    (take,) = await taped.takes()
    assert take.ended_at is not None
