"""Takes uploads and gives them to those who may see them.

An upload is written to the data folder under a random name while it arrives, measured and
looked into, and is nobody's until its owner sends it in a message. Who may see the message
may see its files.
"""

from __future__ import annotations

import asyncio
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import puremagic
import structlog
from sqlalchemy import delete, func, select

from server.domain.access import access
from server.domain.audience import ADMITTED, CONSULT, STAFF, VISITOR, seat_of, visible
from server.domain.filetypes import (
    IMAGES,
    MAX_PIXELS,
    MAX_SIZE,
    OFFICE,
    allowed_type,
    clean_name,
    office_types,
)
from server.domain.images import dimensions
from server.services.clock import Clock
from server.services.secrets import new_id, new_secret
from server.store import conversations, files
from server.store.database import Database
from server.store.files import StoredFile
from server.store.tables import file as file_table
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import File

__all__ = ["Files"]

log = structlog.get_logger(__name__)

_HEAD: Final = 64 * 1024  # bytes that are looked into; a JPEG may carry a thumbnail first
_MEMBER: Final = b"PK\x01\x02"  # begins each entry of an archive's directory (APPNOTE 4.3.12)
_MAX_MEMBERS: Final = 10_000
_MAX_MARK: Final = 200  # bytes of an OpenDocument's `mimetype`
_MAX_UNSENT: Final = 20  # uploads of one person that no message carries
_UNSENT_LIFE: Final = 86_400_000  # ms
_NOT_FOUND: Final = "There is no such file."


class Files:
    """The uploads of a site's conversations."""

    def __init__(self, db: Database, folder: Path, clock: Clock) -> None:
        self._db = db
        self._folder = folder
        self._clock = clock

    def path(self, key: str) -> Path:
        """Return where the bytes of a file are."""
        return self._folder / key[-2:] / key

    async def take(
        self, who: Principal, conv: str | None, name: str, chunks: AsyncIterator[bytes]
    ) -> File:
        """Store an upload of `who`, for a conversation of theirs or their first words.

        Raises:
            Refusal: `too_large`, or `bad_file` when such files are not taken.
        """
        await self._may_upload(who, conv)
        key = new_id()
        path = self.path(key)
        partial = path.with_name(f"{new_secret()}.part")
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        try:
            size, head = await _receive(partial, chunks)
            kind = allowed_type(await asyncio.to_thread(_types, partial, head), name, head)
            if size == 0 or kind is None:
                raise Refusal(
                    "bad_file",
                    "Send a picture (PNG, JPEG, GIF, WebP), PDF, text or office document.",
                )
            width, height = dimensions(head, kind)
            if width * height > MAX_PIXELS:
                raise Refusal("bad_file", "The picture is too large to show: make it smaller.")
            await asyncio.to_thread(partial.replace, path)
        except BaseException:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            raise
        shown = clean_name(name, kind)
        new = File(
            id=key,
            name=shown,
            type=kind,
            size=size,
            url=files.url(key, shown),
            image=kind in IMAGES,
            width=width,
            height=height,
        )
        async with self._db.write() as tx:
            await files.add(tx, new, site=who.site, owner=who.person.id, now=self._clock())
        log.info("file taken", file=key, type=kind, size=size)
        return new

    async def _may_upload(self, who: Principal, conv: str | None) -> None:
        async with self._db.read() as tx:
            if conv is not None:
                row = await conversations.load(tx, conv)
                if row is None:
                    raise Refusal("not_found", "There is no such conversation.")
                access(row.record.state, row.site, who)
            elif who.audience != "visitor":
                raise Refusal("forbidden", "Upload to a conversation.")
            unsent = select(func.count()).where(
                file_table.c.owner == who.person.id, file_table.c.conversation.is_(None)
            )
            if (await tx.execute(unsent)).scalar_one() >= _MAX_UNSENT:
                raise Refusal(
                    "rate_limited",
                    "Send the files that are uploaded first.",
                    temporary=True,
                    retry_after=60.0,
                )

    async def give(self, who: Principal, key: str) -> StoredFile:
        """Return a file that `who` may see.

        Raises:
            Refusal: `not_found`, whether it does not exist or is not theirs to see.
        """
        async with self._db.read() as tx:
            found = await files.load(tx, key)
            if found is None:
                raise Refusal("not_found", _NOT_FOUND)
            if found.conversation is None:
                if found.owner != who.person.id:
                    raise Refusal("not_found", _NOT_FOUND)
                return found
            row = await conversations.load(tx, found.conversation)
        if row is None:
            raise Refusal("not_found", _NOT_FOUND)
        access(row.record.state, row.site, who)
        mask = _mask(found)
        seat = seat_of(row.record.state, who.person.id)
        if not visible(mask, found.seq or 0, who.audience, seat):
            raise Refusal("not_found", _NOT_FOUND)
        return found

    async def tidy(self) -> None:
        """Remove uploads that were never sent."""
        old = self._clock() - _UNSENT_LIFE
        unsent = file_table.c.conversation.is_(None) & (file_table.c.at < old)
        async with self._db.write() as tx:
            gone = delete(file_table).where(unsent).returning(file_table.c.id)
            keys = (await tx.execute(gone)).scalars().all()
        for key in keys:
            await asyncio.to_thread(self.path(key).unlink, missing_ok=True)


def _mask(found: StoredFile) -> int:
    """Return who may see the message that carries a file (`domain.audience.mask_of`)."""
    if found.confidential:
        return STAFF | VISITOR
    return STAFF | ADMITTED | (CONSULT if found.consult else VISITOR)


async def _receive(path: Path, chunks: AsyncIterator[bytes]) -> tuple[int, bytes]:
    """Write what arrives; return its size and its first bytes."""
    size, head = 0, b""
    out = await asyncio.to_thread(path.open, "xb")
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_SIZE:
                raise Refusal("too_large", f"Send at most {MAX_SIZE // 1_048_576} MB in one file.")
            if len(head) < _HEAD:
                head += chunk[: _HEAD - len(head)]
            await asyncio.to_thread(out.write, chunk)
    finally:
        await asyncio.to_thread(out.close)
    return size, head


def _types(path: Path, head: bytes) -> frozenset[str]:
    """Return every type that the content could be; office files are told by their inside."""
    try:
        matches = puremagic.magic_file(str(path))
    except (puremagic.PureError, ValueError):
        return frozenset()
    found = {match.mime_type for match in matches if match.mime_type}
    # Marks are a few bytes anywhere: a picture must begin as one.
    starts = {
        "image/png": head.startswith(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg": head.startswith(b"\xff\xd8\xff"),
        "image/gif": head.startswith((b"GIF87a", b"GIF89a")),
        "image/webp": head[:4] == b"RIFF" and head[8:12] == b"WEBP",
        "application/pdf": head.startswith(b"%PDF-"),
    }
    archived = _office_types(path) if head.startswith(b"PK\x03\x04") else frozenset()
    certain = {kind for kind in found if starts.get(kind, not kind.startswith(OFFICE))}
    return frozenset(certain) | archived


def _office_types(path: Path) -> frozenset[str]:
    """Return the type of the office document in an archive: any other archive is none."""
    # Each costs memory and time, and a small archive may list hundreds of thousands.
    if path.read_bytes().count(_MEMBER) > _MAX_MEMBERS:
        return frozenset()
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < _MAX_MARK:
                return frozenset({archive.read("mimetype").decode("ascii", "replace").strip()})
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        return frozenset()
    return office_types(names)
