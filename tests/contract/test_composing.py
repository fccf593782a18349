"""From what was recorded to what is played, and to its end, on both databases."""

import asyncio
import shutil

import av
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from server.services.composing import CLAIM, GONE, LATER, TRIES, Composing
from server.services.recordings import SETTLED, Recordings
from server.services.taping import folder_of
from server.store import claims, recordings
from server.store.recording_tables import recording_pause, recording_take
from server.store.tables import audit
from signaling import messages
from signaling.errors import Refusal
from tests.contract.conftest import new_id
from tests.contract.proven import vault_of
from tests.contract.test_calls import studio, until
from tests.contract.test_recordings import allow, taped
from tests.media.recording.encoded import sound

__all__ = ["studio", "taped"]


def service_of(taped) -> Recordings:
    one, studio = taped.studio.one, taped.studio
    return Recordings(
        one.db, vault_of(), one.conversations, one.audit, studio.recordings, studio.clock
    )


@pytest.fixture
async def ended(taped):
    """Give a recording of a second that is over, with who composes and who gives it out."""
    taped.talk(taped.visitor, sound(1.0))
    await asyncio.sleep(0.3)  # it is a part of what is recorded
    one, clock = taped.studio.one, taped.studio.clock
    clock.forward(seconds=1)  # it stands still otherwise
    await taped.do(taped.agent, messages.EndRecording, recording=taped.id)
    await until(lambda: not taped.taped() and not taped.taping._tasks)
    taped.composing = Composing(one.db, vault_of(), taped.studio.recordings, clock)
    taped.service = service_of(taped)
    async with one.db.write() as tx:
        later = recording_take.c.started_at + 1_000
        await tx.execute(update(recording_take).values(ended_at=later))
    return taped


async def audited(taped, action):
    async with taped.studio.one.db.read() as tx:
        rows = await tx.execute(
            select(audit.c.actor, audit.c.object).where(audit.c.action == action)
        )
        return [tuple(row) for row in rows]


async def refused(code, work):
    with pytest.raises(Refusal) as error:
        await work
    assert error.value.code == code


async def test_it_is_composed_once_and_played_by_supervisors(ended):
    boss = ended.studio.supervisor
    await refused("not_found", ended.service.play(boss, ended.id))
    done = await asyncio.gather(ended.composing.next(), ended.composing.next())
    assert sorted(done) == [False, True]
    recording = await ended.recording()
    assert (recording.composed, recording.progress, recording.duration) == ("done", 100, 1_000)
    with await ended.service.play(boss, ended.id) as file, av.open(file, "r") as container:
        sounded = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(sounded - 48_000) < 2_000
    (await ended.service.play(boss, ended.id)).close()
    assert await audited(ended, "recording.play") == [(boss.person.id, f"{ended.conv} {ended.id}")]
    ended.studio.clock.forward(seconds=61)
    (await ended.service.play(boss, ended.id)).close()
    assert len(await audited(ended, "recording.play")) == 2


async def test_a_playing_that_could_not_be_audited_is_none_and_the_next_one_is(ended, monkeypatch):
    await ended.composing.next()
    boss = ended.studio.supervisor

    async def away(*_what):
        raise OperationalError("insert", {}, Exception("the connection is lost"))

    with monkeypatch.context() as patched:
        patched.setattr(ended.studio.one.audit, "add", away)
        with pytest.raises(OperationalError):
            await ended.service.play(boss, ended.id)
    (await ended.service.play(boss, ended.id)).close()
    assert await audited(ended, "recording.play") == [(boss.person.id, f"{ended.conv} {ended.id}")]


async def test_who_serves_plays_it_only_where_the_site_says_so(ended):
    await ended.composing.next()
    await refused("forbidden", ended.service.of_conversation(ended.agent, ended.conv))
    await refused("forbidden", ended.service.play(ended.agent, ended.id))
    await refused("not_found", ended.service.play(ended.visitor, ended.id))
    await allow(ended.studio, agents=True)
    (seen,) = await ended.service.of_conversation(ended.agent, ended.conv)
    assert seen.playable
    assert {one.person for one in seen.consents} == {
        ended.agent.person.id,
        ended.visitor.person.id,
    }
    (await ended.service.play(ended.agent, ended.id)).close()
    other = ended.studio.agents[1]
    await refused("forbidden", ended.service.play(other, ended.id))


async def test_a_take_whose_node_died_is_composed_from_its_files(ended):
    async with ended.studio.one.db.write() as tx:
        await tx.execute(update(recording_take).values(ended_at=None))
        await tx.execute(recordings.recording_track.delete())
    (take,) = await ended.takes()
    path = folder_of(ended.studio.recordings, take.id) / "000.sealed"
    path.write_bytes(path.read_bytes()[:-17])  # its end was never written
    assert await ended.composing.next()
    assert (await ended.recording()).composed == "running"
    assert not await ended.composing.next()
    ended.studio.clock.forward(seconds=(GONE + LATER) / 1000 + 1)
    assert await ended.composing.next()
    recording = await ended.recording()
    assert (recording.composed, recording.error) == ("done", None)
    (track,) = await ended.tracks()
    assert (track.participant, track.codec) == (ended.visitor.person.id, "opus")
    assert recording.duration >= 900


async def test_what_was_taken_while_it_was_paused_or_over_is_not_in_it(ended):
    began = (await ended.recording()).started_at
    async with ended.studio.one.db.write() as tx:  # who recorded learned of it late
        pause = {"recording": ended.id, "seq": 99, "at": began + 200, "reason": "identity"}
        await tx.execute(recording_pause.insert().values(**pause, until=began + 500))
        await tx.execute(update(recording_take).values(ended_at=began + 5_000))
    assert await ended.composing.next()
    assert (await ended.recording()).duration == 700


async def test_what_cannot_be_composed_says_why_and_is_not_tried_for_ever(ended):
    (take,) = await ended.takes()
    for path in folder_of(ended.studio.recordings, take.id).iterdir():
        path.write_bytes(b"not sealed")
    for state in ("waiting", "waiting", "failed"):
        assert await ended.composing.next()
        recording = await ended.recording()
        assert recording.composed == state
        assert "none of the files" in recording.error
    assert not await ended.composing.next()
    assert not folder_of(ended.studio.recordings, ended.id).exists()


async def test_a_worker_that_dies_leaves_it_to_another(ended):
    db, clock = ended.studio.one.db, ended.studio.clock
    async with db.write() as tx:
        assert await claims.claim(tx, clock(), clock() + CLAIM, most=TRIES) is not None
    assert not await ended.composing.next()
    clock.forward(seconds=61)
    assert await ended.composing.next()
    assert (await ended.recording()).composed == "done"


async def test_whatever_goes_wrong_is_tried_three_times_and_no_more(ended, monkeypatch):
    async def broken(_mine, _job):
        raise ConnectionResetError("the program died before it read its job")

    monkeypatch.setattr(ended.composing, "_run", broken)
    for state in ("waiting", "waiting", "failed"):
        assert await ended.composing.next()
        assert (await ended.recording()).composed == state
    assert not await ended.composing.next()
    assert (await ended.recording()).error == "the program failed"


async def test_workers_that_are_killed_over_one_are_not_sent_after_it_for_ever(ended):
    db, clock = ended.studio.one.db, ended.studio.clock
    for number in range(TRIES):
        async with db.write() as tx:
            mine = await claims.claim(tx, clock(), clock() + CLAIM, most=TRIES)
        assert mine.tries == number + 1
        clock.forward(seconds=CLAIM / 1000 + 1)
    assert not await ended.composing.next()
    assert (await ended.recording()).composed == "failed"


async def test_a_worker_that_is_to_end_leaves_it_at_once_and_that_was_no_try(ended, monkeypatch):
    began = asyncio.Event()

    async def slow(_mine, _job):
        began.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(ended.composing, "_run", slow)
        work = asyncio.create_task(ended.composing.next())
        await began.wait()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert await ended.composing.next()
    recording = await ended.recording()
    assert (recording.composed, recording.tries) == ("done", 1)


async def test_a_worker_that_lost_its_claim_spoils_nothing_of_who_has_it(ended, monkeypatch):
    one, clock = ended.studio.one, ended.studio.clock
    other = Composing(one.db, vault_of(), ended.studio.recordings, clock)
    began, go_on = asyncio.Event(), asyncio.Event()
    run = ended.composing._run

    async def suspended(mine, job):
        began.set()
        await go_on.wait()
        return await run(mine, job)

    monkeypatch.setattr(ended.composing, "_run", suspended)
    late = asyncio.create_task(ended.composing.next())
    await began.wait()
    clock.forward(seconds=CLAIM / 1000 + 1)
    assert await other.next()
    go_on.set()
    await late
    recording = await ended.recording()
    assert (recording.composed, recording.error) == ("done", None)
    (await ended.service.play(ended.studio.supervisor, ended.id)).close()
    (made,) = folder_of(ended.studio.recordings, ended.id).iterdir()
    assert made.name == str(recording.tries)


async def test_what_a_killed_worker_left_goes_with_the_next_try(ended):
    left = folder_of(ended.studio.recordings, ended.id) / "0"
    left.mkdir(parents=True)
    (left / "body.sealed").write_bytes(b"half of it")
    assert await ended.composing.next()
    (made,) = folder_of(ended.studio.recordings, ended.id).iterdir()
    assert made.name == "1"


async def test_erasing_leaves_neither_key_nor_file_but_who_agreed(ended):
    await ended.composing.next()
    boss = ended.studio.supervisor
    await refused("forbidden", ended.service.erase(ended.agent, ended.id, "asked"))
    await refused("bad_text", ended.service.erase(boss, ended.id, " "))
    await ended.service.erase(boss, ended.id, "the customer asked")
    assert not list(ended.studio.recordings.rglob("*.sealed"))
    recording = await ended.recording()
    assert (recording.composed, recording.sealed) == ("erased", None)
    assert all(take.sealed is None for take in await ended.takes())
    await refused("not_found", ended.service.play(boss, ended.id))
    assert await audited(ended, "recording.erase") == [
        (boss.person.id, f"{ended.conv} {ended.id} the customer asked")
    ]
    async with ended.studio.one.db.read() as tx:
        assert len(await recordings.consents(tx, ended.id)) == 2


async def test_retention_erases_when_its_days_are_over_and_not_before(ended):
    ended.studio.clock.forward(seconds=30 * 86_400 - 60)
    await ended.service.sweep()
    assert (await ended.recording()).composed == "waiting"
    ended.studio.clock.forward(seconds=120)
    await ended.service.sweep()
    await ended.service.sweep()
    assert (await ended.recording()).composed == "erased"
    assert await audited(ended, "recording.erase") == [
        ("system", f"{ended.conv} {ended.id} retention")
    ]


async def test_files_that_could_not_be_removed_are_tried_again_until_they_are(ended, monkeypatch):
    await ended.composing.next()
    folder = folder_of(ended.studio.recordings, ended.id)
    with monkeypatch.context() as patched:  # a share that is away, of which nothing is told
        patched.setattr(shutil, "rmtree", lambda _folder, **_how: None)
        await ended.service.erase(ended.studio.supervisor, ended.id, "asked to")
        ended.studio.clock.forward(seconds=SETTLED / 1000)
        await ended.service.sweep()
    assert folder.exists()
    await ended.service.sweep()
    assert folder.exists(), "before it is due"
    ended.studio.clock.forward(seconds=SETTLED / 1000)
    await ended.service.sweep()
    assert not list(ended.studio.recordings.rglob("*.sealed"))
    assert (await ended.recording()).erase_at is None
    assert len(await audited(ended, "recording.erase")) == 1


async def test_who_is_erased_is_erased_from_recordings_too(ended):
    await ended.composing.next()
    boss = ended.studio.supervisor
    await ended.service.erase_conversation(ended.conv, boss.person.id)
    assert (await ended.recording()).composed == "erased"
    assert not list(ended.studio.recordings.rglob("*.sealed"))


async def test_who_is_erased_while_they_are_recorded_is_recorded_no_longer(taped):
    taped.talk(taped.visitor, sound(1.0))
    service, one = service_of(taped), taped.studio.one
    await service.erase_conversation(taped.conv, taped.studio.supervisor.person.id)
    recording = await taped.recording()
    assert (recording.composed, recording.reason) == ("erased", "stopped")
    await until(lambda: not taped.taped() and not taped.taping._tasks)
    assert [take.sealed for take in await taped.takes()] == [None]
    assert await taped.tracks() == []
    assert not await Composing(
        one.db, vault_of(), taped.studio.recordings, taped.studio.clock
    ).next()
    taped.studio.clock.forward(seconds=SETTLED / 1000)  # whoever wrote then writes no more
    await service.sweep()
    assert not list(taped.studio.recordings.rglob("*.sealed"))
    assert await audited(taped, "recording.erase") == [
        (taped.studio.supervisor.person.id, f"{taped.conv} {taped.id} visitor erased")
    ]


async def test_no_take_begins_of_what_is_over(ended):
    async with ended.studio.one.db.write() as tx:
        assert not await recordings.add_take(tx, new_id(), ended.id, b"key", 1)
    assert len(await ended.takes()) == 1
