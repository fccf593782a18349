"""Records the calls whose rooms are on this node, while their state says so.

A take is what this node records without a break. Its key is made and stored, sealed by the vault,
before the first byte is written; its files are sealed with keys made of it. A take whose node died
is ended by whoever composes (`server/services/composing.py`): its files say what they hold.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from media import Recorder, Take
from server.domain.commands import SYSTEM, Actor, FailRecording
from server.identity.vault import TAKE, Vault
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.secrets import new_id
from server.store import recordings
from server.store.database import Database
from server.store.recordings import Track
from signaling.errors import Refusal

__all__ = ["SEEN", "Taping", "folder_of"]

log = structlog.get_logger(__name__)

SEEN: Final = 5.0  # seconds between the signs of life of a take
_KEY: Final = 32  # bytes

Record = Callable[[str, Recorder | None], None]
"""`MediaServer.record`."""


def folder_of(root: Path, take: str) -> Path:
    """Return where the files of a take (or the composed file of a recording) are."""
    return root / take[-2:] / take


@dataclass(slots=True)
class _Taken:
    recording: str
    recorder: Recorder
    started_at: int


class Taping:
    """The takes of this node. Rooms call `follow` and `leave`; `aclose` at the end."""

    def __init__(
        self, db: Database, vault: Vault, conversations: Conversations, folder: Path, clock: Clock
    ) -> None:
        self._db = db
        self._vault = vault
        self._conversations = conversations
        self._folder = folder
        self._clock = clock
        self._taken: dict[str, _Taken] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen_due = 0.0
        self.record: Record = lambda _call, _recorder: None
        """Set by whoever has the media server."""

    async def follow(self, call: str, conv: str, wanted: tuple[str, frozenset[str]] | None) -> None:
        """Record what is `wanted` of a call (`domain.recording.recorded`), or nothing."""
        taken = self._taken.get(call)
        if taken is not None and (wanted is None or wanted[0] != taken.recording):
            self.leave(call)
            taken = None
        if wanted is None:
            return
        recording, people = wanted
        if taken is not None and taken.recorder.failed:  # and that could not be stored
            self.leave(call)
            self._spawn(self._fail(conv, recording))
            return
        if taken is None:
            try:
                taken = await self._begin(call, conv, recording)
            except Exception:  # no key, no disk: people must not believe that they are recorded
                log.exception("recording not begun", recording=recording)
                self._spawn(self._fail(conv, recording))
                return
            if taken is None:  # it ended, or was erased, since we looked
                return
        taken.recorder.participants = people
        self.record(call, taken.recorder)

    def takes(self, call: str) -> bool:
        """Tell whether a call is recorded here."""
        return call in self._taken

    def leave(self, call: str) -> None:
        """End the take of a call, if there is one; its files are finished in the background."""
        taken = self._taken.pop(call, None)
        if taken is not None:
            taken.recorder.close()
            self.record(call, None)
            self._spawn(self._end(taken))

    async def renew(self) -> None:
        """Say that the takes of this node live."""
        loop = asyncio.get_running_loop()
        if not self._taken or loop.time() < self._seen_due:
            return
        self._seen_due = loop.time() + SEEN
        keys = [taken.recorder.take.id for taken in self._taken.values()]
        async with self._db.write() as tx:
            await recordings.seen(tx, keys, self._clock())

    async def aclose(self) -> None:
        """End every take and wait for the files."""
        for call in list(self._taken):
            self.leave(call)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _begin(self, call: str, conv: str, recording: str) -> _Taken | None:
        key, name = secrets.token_bytes(_KEY), new_id()
        sealed = self._vault.seal(key, TAKE, name)
        take = Take(name, folder_of(self._folder, name), key)
        loop = asyncio.get_running_loop()

        def failed() -> None:
            loop.call_soon_threadsafe(lambda: self._spawn(self._fail(conv, recording)))

        # Its files count from here, and pauses are cut out of them by the clock (`domain.kept`).
        taken = _Taken(recording, Recorder(take, failed), self._clock())
        kept = False
        try:
            async with self._db.write() as tx:
                kept = await recordings.add_take(tx, name, recording, sealed, taken.started_at)
        finally:
            if not kept:
                taken.recorder.close()
        if not kept:
            return None
        self._taken[call] = taken
        log.info("recording", call=call, recording=recording, take=name)
        return taken

    async def _end(self, taken: _Taken) -> None:
        recorder = taken.recorder
        written = await asyncio.to_thread(recorder.join)
        take = recorder.take.id
        files = [
            Track(
                take=take,
                file=one.file,
                participant=one.info.participant,
                source=one.info.source,
                codec=one.info.codec,
                first=one.first,
                last=one.last,
                bytes=one.size,
            )
            for one in written
        ]
        if recorder.failed:
            return  # whoever composes looks what is in the files
        async with self._db.write() as tx:
            if await recordings.end_take(tx, take, taken.started_at + recorder.length):
                await recordings.add_tracks(tx, files)
        log.info("recorded", recording=taken.recording, take=take, files=len(files))

    async def _fail(self, conv: str, recording: str) -> None:
        try:
            await self._conversations.act(conv, FailRecording(recording), Actor(SYSTEM, "staff"))
        except Refusal as refusal:
            log.warning("failure not told", recording=recording, code=refusal.code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a take was not finished", exc_info=error)
