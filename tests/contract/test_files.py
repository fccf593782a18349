"""Files are what they are, and theirs who may see the message."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.services import files as taking
from signaling import messages
from signaling.errors import Refusal
from signaling.events import File, Message
from signaling.messages import Snapshot
from tests.contract.conftest import Desk, new_id


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compress(b"\0" * (width * 3 + 1) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    mark = b"\x89PNG\r\n\x1a\n"
    return mark + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


def _broken_zip(name: str) -> bytes:
    """Return an archive whose member is not packed as it says."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "application/vnd.oasis.opendocument.text")
    data = bytearray(out.getvalue())
    packed = data.index(name.encode()) + len(name)
    data[packed : packed + 10] = b"\xff" * 10
    return bytes(data)


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 65_536):
        yield data[at : at + 65_536]


PNG = _png(20, 10)
PNG_MARK = PNG[:16]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "data", "kind", "shown"),
    [
        ("../../kuva ä.PNG", PNG, "image/png", "kuva ä.png"),
        ("photo.jpg.exe", PNG, "image/png", "photo.jpg.png"),
        ("C:\\x\\a.txt", "hei ä".encode(), "text/plain", "a.txt"),
        ("a.pdf", b"%PDF-1.4\n%\xe2\xe3", "application/pdf", "a.pdf"),
        ("a.docx", _zip("[Content_Types].xml", "word/document.xml"), DOCX, "a.docx"),
    ],
)
async def test_a_file_is_taken_by_its_content(
    desk: Desk, name: str, data: bytes, kind: str, shown: str
) -> None:
    taken = await desk.one.files.take(await desk.visitor(), None, name, _chunks(data))
    assert (taken.type, taken.name, taken.size) == (kind, shown, len(data))
    assert desk.one.files.path(taken.id).read_bytes() == data
    if kind == "image/png":
        assert (taken.image, taken.width, taken.height) == (True, 20, 10)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"<html><script>alert(1)</script></html>"),
        ("a.html", b"<html><script>alert(1)</script></html>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("a.txt", b"MZ\x00\x01binary"),
        ("a.exe", b"MZ" + bytes(200)),
        ("a.docx", _zip("evil.js")),
        ("a.zip", _zip("evil.js")),
        ("empty.txt", b""),
        ("a.odt", _broken_zip("mimetype")),
        ("a.png", PNG_MARK + struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)),
        ("a.png", PNG_MARK + struct.pack(">IIBBBBB", 2**32 - 1, 2**32 - 1, 8, 2, 0, 0, 0)),
    ],
)
async def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(
    desk: Desk, name: str, data: bytes
) -> None:
    with pytest.raises(Refusal) as refused:
        await desk.one.files.take(await desk.visitor(), None, name, _chunks(data))
    assert refused.value.code == "bad_file"
    folder = desk.one.files.path("x" * 26).parents[1]
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_an_archive_of_countless_members_is_not_unrolled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(_zip("[Content_Types].xml", "word/document.xml", *map(str, range(9_998))))
    assert taking._office_types(path) == {DOCX}
    path.write_bytes(_zip("[Content_Types].xml", "word/document.xml", *map(str, range(9_999))))
    monkeypatch.setattr(zipfile, "ZipFile", None)  # opening it would fail
    assert taking._office_types(path) == frozenset()


async def test_a_file_of_more_than_fifteen_megabytes_is_refused(desk: Desk) -> None:
    with pytest.raises(Refusal) as refused:
        await desk.one.files.take(
            await desk.visitor(), None, "a.png", _chunks(PNG + bytes(15 * 1024 * 1024))
        )
    assert refused.value.code == "too_large"


async def test_a_file_is_seen_by_those_who_see_its_message(desk: Desk) -> None:
    visitor, stranger, agent = await desk.visitor(), await desk.visitor(), desk.agents[0]
    conv = await desk.served(visitor)
    taken = await desk.one.files.take(visitor, conv, "a.png", _chunks(PNG))
    for who in (stranger, agent):
        with pytest.raises(Refusal):
            await desk.one.files.give(who, taken.id)
    line = messages.Send(id=new_id(), conv=conv, files=[taken.id])
    await desk.one.backend.execute(visitor, line)
    for who in (visitor, agent, desk.supervisor):
        assert (await desk.two.files.give(who, taken.id)).file == taken
    with pytest.raises(Refusal):
        await desk.one.files.give(stranger, taken.id)
    seen = await desk.one.backend.open_conversation(agent, conv, None)
    assert isinstance(seen, Snapshot)
    sent: list[File] = next(
        e.event.files for e in seen.events if isinstance(e.event, Message) and e.event.files
    )
    assert sent == [taken]
    with pytest.raises(Refusal) as again:
        await desk.one.backend.execute(
            visitor, messages.Send(id=new_id(), conv=conv, files=[taken.id])
        )
    assert again.value.code == "bad_file"


async def test_a_file_of_the_consult_is_not_the_visitors(desk: Desk) -> None:
    visitor, agent = await desk.visitor(), desk.agents[0]
    conv = await desk.served(visitor)
    expert = await desk.expert(conv)
    between = await desk.one.files.take(agent, conv, "a.png", _chunks(PNG))
    outside = await desk.one.files.take(agent, conv, "b.png", _chunks(PNG))
    execute = desk.one.backend.execute
    await execute(agent, messages.Send(id=new_id(), conv=conv, files=[between.id], consult=True))
    await execute(agent, messages.Send(id=new_id(), conv=conv, files=[outside.id]))
    assert (await desk.one.files.give(expert, between.id)).file == between
    assert (await desk.one.files.give(visitor, outside.id)).file == outside
    with pytest.raises(Refusal):
        await desk.one.files.give(visitor, between.id)
    with pytest.raises(Refusal):
        await desk.one.files.give(expert, outside.id)


async def test_what_was_never_sent_is_removed_after_a_day(desk: Desk) -> None:
    taken = await desk.one.files.take(await desk.visitor(), None, "a.png", _chunks(PNG))
    desk.clock.forward(seconds=86_401)
    await desk.one.files.tidy()
    assert not desk.one.files.path(taken.id).exists()
