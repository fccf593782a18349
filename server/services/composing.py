"""Has recordings composed, one at a time, by a program of its own (`media.recording.compose`).

A recording is claimed for a while in SQL, and the claim renewed while its program tells progress:
of many nodes one does it, and what a node leaves undone another takes. Each try has a folder of its
own, so that a worker which lost its claim to another spoils nothing. The program gets keys by its
standard input, knows no database, and runs with low priority.

Here, too, is what takes that were cut short need: a take whose node died is ended at its last sign
of life, and what its files hold is read from them.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import av
import msgspec
import structlog
from av.error import FFmpegError

from media.recording import Damaged, SealedReader, read_info
from media.recording.compose import Job, Made, TakeJob, TrackJob
from media.recording.decoded import UpToDamage
from media.recording.sealed import KEY, file_key
from server.domain.recording import kept
from server.identity.vault import RECORDING, TAKE, Vault, VaultError
from server.services.clock import Clock
from server.services.taping import SEEN, folder_of
from server.store import claims, recordings
from server.store.database import Database
from server.store.recordings import Pause, Recording, Take, Track

__all__ = ["Composing", "composed_in", "parts_of"]

log = structlog.get_logger(__name__)

EVERY: Final = 3.0  # seconds between looks for work
CLAIM: Final = 60_000  # ms that a claim lasts without a sign of life
TRIES: Final = 3
LATER: Final = 3_000  # ms until a recording whose last part is being written is looked at again
GONE: Final = int(SEEN * 4_000)  # ms without a sign of life after which a take's node is dead


class _Failed(Exception):  # noqa: N818 - says what came of it
    """It could not be composed; the message is for supervisors and holds nothing of it."""


class _Later(Exception):  # noqa: N818 - says what is to be done
    """Its last part is being written."""


class Composing:
    """The worker of one process: `run` until cancelled."""

    def __init__(self, db: Database, vault: Vault, folder: Path, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._folder = folder
        self._clock = clock

    async def run(self) -> None:
        """Compose what waits, until cancelled."""
        while True:
            try:
                while await self.next():
                    pass
            except Exception:
                log.exception("composing failed")
            await asyncio.sleep(EVERY)

    async def next(self) -> bool:
        """Compose one recording; False when none waits."""
        now = self._clock()
        async with self._db.write() as tx:
            found = await claims.claim(tx, now, now + CLAIM, most=TRIES)
        if found is None:
            return False
        try:
            await self._compose(found)
        except _Later:
            await self._postpone(found, LATER)
        except asyncio.CancelledError:  # we are to end: another goes on with it
            await self._postpone(found, 0)
            raise
        except (_Failed, VaultError) as error:
            log.warning("recording not composed", recording=found.id, reason=str(error))
            await self._failed(found, str(error))
        except Exception:
            log.exception("recording not composed", recording=found.id)
            await self._failed(found, "the program failed")
        return True

    async def _postpone(self, found: Recording, later: int) -> None:
        async with self._db.write() as tx:
            await claims.postpone(tx, found, self._clock() + later)

    async def _failed(self, found: Recording, reason: str) -> None:
        async with self._db.write() as tx:
            await claims.failed(tx, found, reason, most=TRIES)

    async def _compose(self, found: Recording) -> None:
        async with self._db.read() as tx:
            takes = await recordings.takes(tx, found.id)
        for take in takes:
            if take.ended_at is None:
                await self._recover(take)
        async with self._db.read() as tx:
            takes = await recordings.takes(tx, found.id)
            tracks = await recordings.tracks(tx, found.id)
            pauses = await recordings.pauses(tx, found.id)
        key = secrets.token_bytes(KEY)
        folder = composed_in(self._folder, found)
        job = Job(str(folder), key, [self._job(found, take, tracks, pauses) for take in takes])
        if not any(take.tracks and take.parts for take in job.takes):
            raise _Failed("nothing was recorded")
        try:
            made = await self._run(found, job)
        except BaseException:
            await asyncio.to_thread(_remove, folder)
            raise
        sealed = self._vault.seal(key, RECORDING, found.id)
        async with self._db.write() as tx:
            kept = await claims.composed(
                tx,
                found,
                sealed=sealed,
                duration=made.duration,
                size=made.size,
                error=f"{made.skipped} files could not be read" if made.skipped else None,
            )
        if not kept:  # it was erased, or another was faster
            await asyncio.to_thread(_remove, folder)
            return
        for other in folder.parent.iterdir():  # what workers left that were killed
            if other != folder:
                await asyncio.to_thread(_remove, other)
        log.info("recording composed", recording=found.id, skipped=made.skipped)

    def _job(
        self, one: Recording, take: Take, tracks: Sequence[Track], pauses: Sequence[Pause]
    ) -> TakeJob:
        if take.sealed is None or take.ended_at is None:
            raise _Failed("it was erased")
        began = take.started_at
        return TakeJob(
            folder=str(folder_of(self._folder, take.id)),
            parts=[(at - began, end - began) for at, end in parts_of(one, take, pauses)],
            key=self._vault.open(take.sealed, TAKE, take.id),
            tracks=[
                TrackJob(track.file, track.source, track.codec)
                for track in tracks
                if track.take == take.id
            ],
        )

    async def _run(self, mine: Recording, job: Job) -> Made:
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "media.recording.compose",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            if program.stdin is None or program.stdout is None:
                raise RuntimeError("a program without pipes")
            program.stdin.write(msgspec.json.encode(job) + b"\n")
            await program.stdin.drain()
            said, percent = b"", 0
            reading = asyncio.ensure_future(program.stdout.readline())
            while True:
                done, _ = await asyncio.wait({reading}, timeout=CLAIM / 4_000)
                if done and not (line := reading.result()):
                    break
                if done:
                    said = line.strip()
                    percent = int(said) if said.isdigit() else percent
                    reading = asyncio.ensure_future(program.stdout.readline())
                await self._tell(mine, percent)  # the claim, too, when it is slow
            if await program.wait() == 0:
                return msgspec.json.decode(said, type=Made)
            raise _Failed(_reason(said))
        finally:
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            await program.wait()

    async def _tell(self, mine: Recording, percent: int) -> None:
        async with self._db.write() as tx:
            kept = await claims.progress(tx, mine, percent, self._clock() + CLAIM)
        if not kept:
            raise _Failed("it was erased, or is another's by now")

    async def _recover(self, take: Take) -> None:
        """End a take whose node is gone, with what its files say that they hold.

        Raises:
            _Later: its node may be alive.
        """
        if take.sealed is None:
            raise _Failed("it was erased")
        if take.seen_at + GONE > self._clock():
            raise _Later
        key = self._vault.open(take.sealed, TAKE, take.id)
        folder = folder_of(self._folder, take.id)
        found = await asyncio.to_thread(_look, folder, take.id, key)
        last = max((track.last for track in found), default=0)
        async with self._db.write() as tx:
            if await recordings.end_take(tx, take.id, take.started_at + last):
                await recordings.add_tracks(tx, found)
        log.info("take recovered", take=take.id, files=len(found))


def composed_in(root: Path, one: Recording) -> Path:
    """Return where the composed file of a recording is, or is being made."""
    return folder_of(root, one.id) / str(one.tries)


def _remove(folder: Path) -> None:
    """Remove what was composed into a folder, and the recording's with it when nothing is left."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def parts_of(one: Recording, take: Take, pauses: Sequence[Pause]) -> list[tuple[int, int]]:
    """Return the parts of a take that are played, from when until when (UTC milliseconds)."""
    if take.ended_at is None:
        return []
    away: list[tuple[int, int | None]] = [(pause.at, pause.until) for pause in pauses]
    if one.ended_at is not None:
        away.append((one.ended_at, None))
    return kept(take.started_at, take.ended_at, away)


def _reason(said: bytes) -> str:
    with contextlib.suppress(msgspec.DecodeError):
        told = msgspec.json.decode(said, type=dict[str, str])
        return told.get("error", "the program failed")
    return "the program failed"


def _look(folder: Path, take: str, key: bytes) -> list[Track]:
    """Return what the files of a folder hold, as far as they were written."""
    found: list[Track] = []
    for path in sorted(folder.glob("*.sealed")):
        try:
            with SealedReader(path.open("rb"), file_key(key, path.name)) as file:
                info = read_info(file)
                times = _times(file)
                size = file.size
        except (Damaged, FFmpegError, OSError):
            continue
        if info is not None and times:
            found.append(
                Track(
                    take=take,
                    file=path.name,
                    participant=info.participant,
                    source=info.source,
                    codec=info.codec,
                    first=times[0],
                    last=times[-1],
                    bytes=size,
                )
            )
    return found


def _times(file: SealedReader) -> list[int]:
    """Return when the packets of a file are (ms of the take), up to its damage."""
    times: list[int] = []
    with contextlib.suppress(FFmpegError), av.open(UpToDamage(file), "r") as container:
        times.extend(
            int(pts * packet.time_base * 1000)
            for packet in container.demux()
            if (pts := packet.pts) is not None
        )
    return times
