"""Sealed files: read anywhere, and anything that was done to one shows."""

from __future__ import annotations

import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.recording.sealed import CHUNK, Damaged, SealedReader, SealedWriter, file_key

KEY = bytes(range(32))


def seal(path: Path, pieces: list[bytes], *, key: bytes = KEY, flush: bool = True) -> bytes:
    writer = SealedWriter(path.open("wb", buffering=0), key)
    for piece in pieces:
        writer.write(piece)
        if flush:
            writer.flush()
    writer.close()
    return path.read_bytes()


@contextmanager
def opened(path: Path, key: bytes = KEY) -> Iterator[SealedReader]:
    with path.open("rb") as file:
        yield SealedReader(file, key)


@settings(deadline=None, max_examples=60)
@given(
    pieces=st.lists(st.binary(max_size=300), max_size=12),
    places=st.lists(st.tuples(st.integers(0, 3_000), st.integers(-1, 700)), max_size=8),
)
def test_any_part_reads_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], places: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "file"
    seal(path, pieces)
    clear = b"".join(pieces)
    with opened(path) as reader:
        assert reader.complete
        assert reader.size == len(clear)
        for at, size in places:
            reader.seek(at)
            assert reader.read(size) == (clear[at:] if size < 0 else clear[at : at + size])


def test_long_writes_are_cut_into_chunks(tmp_path: Path) -> None:
    data = os.urandom(3 * CHUNK + 17)
    seal(tmp_path / "file", [data], flush=False)
    with opened(tmp_path / "file") as reader:
        assert reader.read() == data
        assert reader.seek(-17, os.SEEK_END) == 3 * CHUNK
        assert reader.read() == data[-17:]


def test_a_cut_file_is_read_to_its_last_whole_chunk_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "file"
    whole = seal(path, [b"a" * 100, b"b" * 100, b"c" * 100])
    for cut in range(15, len(whole)):
        path.write_bytes(whole[:cut])
        with opened(path) as reader:
            assert not reader.complete
            assert reader.read() == b"".join(
                (b"a" * 100, b"b" * 100, b"c" * 100)[: (cut - 15) // 120]
            )


def test_a_disk_that_takes_a_part_of_a_chunk_only_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    writer = SealedWriter(path.open("wb", buffering=0), KEY)
    writer.write(b"a" * 1000)
    writer.flush()
    writer.write(b"b" * 1000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 500, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    writer.abandon()
    with opened(path) as reader:
        assert reader.read() == b"a" * 1000


def test_a_changed_byte_is_never_read_as_if_it_were_right(tmp_path: Path) -> None:
    path = tmp_path / "file"
    clear = b"0123456789" * 20
    whole = seal(path, [clear[:80], clear[80:]])
    draw = random.Random(8)
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        try:
            with opened(path) as reader:
                complete, data = reader.complete, reader.read()
        except Damaged:
            continue
        assert not complete  # a length that grew: the rest looks cut off
        assert clear.startswith(data)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (0, 0, 1, 2), (0, 1)])
def test_chunks_that_were_moved_left_out_or_repeated_show(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    path = tmp_path / "file"
    whole = seal(path, [b"a" * 50, b"b" * 50])
    chunks = [whole[15:85], whole[85:155], whole[155:]]
    path.write_bytes(whole[:15] + b"".join(chunks[i] for i in order))
    if order == (0, 1):
        with opened(path) as reader:
            assert not reader.complete
        return
    with pytest.raises(Damaged), opened(path) as reader:
        reader.read()


def test_what_follows_the_end_shows(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(seal(path, [b"a"]) + b"more")
    with pytest.raises(Damaged), opened(path):
        pass


def test_another_files_key_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seal(path, [b"a"], key=file_key(KEY, "000.sealed"))
    with opened(path, file_key(KEY, "000.sealed")) as reader:
        assert reader.read() == b"a"
    with pytest.raises(Damaged), opened(path, file_key(KEY, "001.sealed")):
        pass


def test_a_strangers_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x1aE\xdf\xa3 not sealed")
    with pytest.raises(Damaged), opened(tmp_path / "file"):
        pass
