"""What becomes of recordings: who may play them, how a site records, and their end.

Only what was composed is played, and every playing is audited. Erasing forgets the keys first, so
that files which could not be removed, and those in a backup, are noise from then on.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from media.recording.composed import ComposedReader
from media.recording.sealed import Damaged
from server.domain.access import access
from server.domain.commands import SYSTEM, Actor, EraseRecordings
from server.domain.recording import RecordingRules, clean_recording
from server.domain.text import clean_line
from server.identity.vault import RECORDING, Vault, VaultError
from server.services.audit import Audit
from server.services.clock import Clock
from server.services.composing import composed_in
from server.services.conversations import Conversations
from server.services.taping import folder_of
from server.store import conversations, recordings
from server.store.database import Database
from server.store.plays import ACTION, Play, plays, thing_of
from server.store.recordings import Consent, Pause, Recording, Take
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import ConversationState

__all__ = ["SETTLED", "Recordings", "Seen", "replace_rules"]

log = structlog.get_logger(__name__)

SETTLED: Final = 120_000  # ms after which nobody writes any more to what is erased
_BATCH: Final = 50
_AGAIN: Final = 60_000  # ms after which the same listener's next request is another playing
_MAX_PLAYING: Final = 1_000
_MAX_REASON: Final = 200
_SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True)
class Seen:
    """A recording with its timeline, as staff sees it."""

    recording: Recording
    consents: list[Consent]
    pauses: list[Pause]
    takes: list[Take]
    plays: list[Play]
    playable: bool


class Recordings:
    """The recordings of all sites."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        conversations: Conversations,
        audit: Audit,
        folder: Path,
        clock: Clock,
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._vault = vault
        self._audit = audit
        self._folder = folder
        self._clock = clock
        self._playing: dict[tuple[str, str], int] = {}

    # --- how a site records -------------------------------------------------------------------

    async def rules(self, site: str) -> RecordingRules:
        """Return how a site records."""
        async with self._db.read() as tx:
            return await recordings.rules_of_site(tx, site)

    async def set_rules(self, who: Principal, rules: RecordingRules) -> RecordingRules:
        """Put `rules` in the place of those of `who`'s site.

        Raises:
            Refusal: `forbidden`: not a supervisor. `unavailable`: there are no keys to seal with.
            BadSetting: they cannot be kept.
        """
        if who.audience != "staff" or who.person.role != "supervisor":
            raise Refusal("forbidden", "Only a supervisor decides about recording.")
        if rules.allowed:
            try:
                _ = self._vault.key
            except (VaultError, ValueError) as error:
                raise Refusal("unavailable", f"Recordings cannot be sealed: {error}") from None
        async with self._db.write() as tx:
            kept = await replace_rules(tx, self._audit, who.site, who.person.id, rules)
        log.info("recording rules changed", site=who.site, by=who.person.id)
        return kept

    # --- playing --------------------------------------------------------------------------------

    async def of_conversation(self, who: Principal, conv: str) -> list[Seen]:
        """Return the recordings of a conversation, the newest first.

        Raises:
            Refusal: `not_found`, or `forbidden`: they are not for `who` to play.
        """
        async with self._db.read() as tx:
            await self._may_play(tx, who, conv)
            return [
                Seen(
                    one,
                    await recordings.consents(tx, one.id),
                    await recordings.pauses(tx, one.id),
                    await recordings.takes(tx, one.id),
                    await plays(tx, one.site, thing_of(conv, one.id)),
                    one.composed == "done",
                )
                for one in await recordings.of_conversation(tx, conv)
            ]

    async def play(self, who: Principal, key: str) -> ComposedReader:
        """Open a composed recording for `who`, and audit it; whoever gets it closes it.

        Raises:
            Refusal: `not_found`, `forbidden`, or `unavailable`: it cannot be read.
        """
        async with self._db.write() as tx:
            found = await self._load(tx, who, key)
            await self._may_play(tx, who, found.conversation)
            if found.composed != "done" or found.sealed is None:
                raise Refusal("not_found", "There is nothing to play, or not yet.")
            if self._begins(who.session, key):
                thing = thing_of(found.conversation, key)
                await self._audit.add(tx, who.site, who.person.id, ACTION, thing)
        self._note(who.session, key)  # only now: what was not audited is asked for again
        try:
            secret = self._vault.open(found.sealed, RECORDING, key)
            folder = composed_in(self._folder, found)
            return await asyncio.to_thread(ComposedReader, folder, secret)
        except (VaultError, Damaged, OSError) as error:
            log.exception("recording cannot be read", recording=key)
            raise Refusal("unavailable", "The recording cannot be read.") from error

    def _begins(self, session: str, key: str) -> bool:
        """Tell whether a request is another playing: a player asks for many parts of one."""
        last = self._playing.get((session, key))
        return last is None or self._clock() - last > _AGAIN

    def _note(self, session: str, key: str) -> None:
        self._playing.pop((session, key), None)
        self._playing[session, key] = self._clock()
        while len(self._playing) > _MAX_PLAYING:
            del self._playing[next(iter(self._playing))]

    async def _load(self, tx: AsyncConnection, who: Principal, key: str) -> Recording:
        found = await recordings.load(tx, key)
        if found is None or found.site != who.site or found.started_at is None:
            raise Refusal("not_found", "There is no such recording.")
        return found

    async def _may_play(self, tx: AsyncConnection, who: Principal, conv: str) -> ConversationState:
        row = await conversations.load(tx, conv)
        if row is None or who.audience != "staff":
            raise Refusal("not_found", "There is no such conversation.")
        state = row.record.state
        access(state, row.site, who)
        if who.person.role == "supervisor":
            return state
        mine = state.assignee is not None and state.assignee.id == who.person.id
        if not mine or not (await recordings.rules_of_site(tx, row.site)).agents:
            raise Refusal("forbidden", "Recordings are for supervisors to play.")
        return state

    # --- the end --------------------------------------------------------------------------------

    async def erase(self, who: Principal, key: str, reason: str) -> None:
        """Erase a recording, with a reason.

        Raises:
            Refusal: `not_found`, `forbidden`: not a supervisor, `bad_text`: no reason.
        """
        why = clean_line(reason, _MAX_REASON, "the reason")
        if not why:
            raise Refusal("bad_text", "Say why it is erased.")
        if who.audience != "staff" or who.person.role != "supervisor":
            raise Refusal("forbidden", "Only a supervisor erases recordings.")
        async with self._db.write() as tx:
            found = await self._load(tx, who, key)
            if found.ended_at is None:
                raise Refusal("forbidden", "It goes on: stop it first.")
            takes = await self._forget(tx, found, who.person.id, why)
        await self._remove(key, takes)

    async def erase_conversation(self, conv: str, actor: str) -> None:
        """Erase what was recorded of a conversation: its visitor is to be forgotten.

        A recording that goes on ends by that.
        """
        gone: dict[str, list[str]] = {}

        async def forget(tx: AsyncConnection) -> None:
            for one in await recordings.of_conversation(tx, conv):
                gone[one.id] = await self._forget(tx, one, actor, "visitor erased")

        await self._conversations.act(conv, EraseRecordings(), Actor(SYSTEM, "staff"), forget)
        for key, takes in gone.items():
            await self._remove(key, takes)

    async def sweep(self) -> None:
        """Erase what was kept for as long as was said, and what is left of what was erased."""
        now = self._clock()
        async with self._db.read() as tx:
            due = await recordings.expired(tx, now, _BATCH)
        for one in due:
            async with self._db.write() as tx:
                takes = await self._forget(tx, one, _SYSTEM, "retention")
            gone = await self._remove(one.id, takes)
            if one.composed == "erased":
                async with self._db.write() as tx:
                    await recordings.look_again(tx, one.id, None if gone else now + SETTLED)

    async def _forget(self, tx: AsyncConnection, one: Recording, actor: str, why: str) -> list[str]:
        """Forget the keys, and say so; return what is to be removed."""
        takes = [take.id for take in await recordings.takes(tx, one.id)]
        if await recordings.erase(tx, one.id, self._clock() + SETTLED):
            thing = f"{one.conversation} {one.id} {why}"
            await self._audit.add(tx, one.site, actor, "recording.erase", thing)
        return takes

    async def _remove(self, key: str, takes: Iterable[str]) -> bool:
        """Remove the files; tell whether they are gone. `sweep` looks again in any case."""
        folders = [folder_of(self._folder, name) for name in (key, *takes)]
        left = await asyncio.to_thread(_cleared, folders)
        if left:
            log.warning("files of an erased recording are left", recording=key, folders=left)
        else:
            log.info("recording erased", recording=key)
        return not left


def _cleared(folders: Iterable[Path]) -> int:
    """Remove folders; return how many are still there."""
    left = 0
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        left += folder.exists()
    return left


async def replace_rules(
    tx: AsyncConnection, audit: Audit, site: str, actor: str, rules: RecordingRules
) -> RecordingRules:
    """Store how a site records, and who changed it to what.

    Raises:
        BadSetting: it cannot be so.
    """
    kept = clean_recording(rules)
    await recordings.set_rules(tx, site, kept)
    said = f"{'on' if kept.allowed else 'off'} {kept.days} days"
    await audit.add(tx, site, actor, "recording.rules", f"{said}{' agents' if kept.agents else ''}")
    return kept
