"""The header of a binary frame, the look into its payload, and text frames."""

import contextlib
import gzip
import json
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.cobrowse import binary, frames
from signaling.cobrowse.binary import DELTA, SNAPSHOT, Header, Malformed
from signaling.cobrowse.check import examine
from signaling.cobrowse.decoding import allowed, decode
from tests.signaling.cobrowse.fakes import CHANGE, FULL, META, delta, recorded, snapshot

numbers = st.integers(0, 2**32 - 1)
headers = st.builds(
    lambda kind, flags, epoch, seq, at: Header(kind, flags, epoch, seq if kind == 2 else 0, at),
    st.sampled_from([SNAPSHOT, DELTA]),
    st.sampled_from([0, 1]),
    numbers,
    st.integers(1, 2**32 - 1),
    st.floats(0, 2**53),
)


@given(headers, st.binary(min_size=1, max_size=50))
def test_header_is_read_as_it_was_written(header, payload):
    assert binary.decode(binary.encode(header, payload)) == header


@given(headers, st.binary(min_size=1, max_size=50), st.floats(0, 2**53))
def test_stamping_changes_the_time_and_nothing_else(header, payload, at):
    stamped = binary.stamp(binary.encode(header, payload), at)
    assert binary.decode(stamped).at == at
    assert stamped == binary.encode(Header(header.kind, header.flags, header.epoch, header.seq, at),
                                    payload)  # fmt: skip


def test_header_is_laid_out_as_the_wire_says():
    data = binary.encode(Header(DELTA, 1, 0x01020304, 5, 1.5), b"x")
    assert data == bytes.fromhex("01020100 01020304 00000005") + struct.pack(">d", 1.5) + b"x"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(20),
        delta(1, 1)[: frames.HEADER],
        b"\x02" + delta(1, 1)[1:],
        b"\x01\x03" + delta(1, 1)[2:],
        b"\x01\x02\x02" + delta(1, 1)[3:],
        recorded(SNAPSHOT, 1, 1, [META, FULL]),
        recorded(DELTA, 1, 0, [CHANGE]),
        delta(1, 1) + bytes(frames.MAX_PAYLOAD),
    ],
)
def test_frame_of_another_shape_is_refused(data):
    with pytest.raises(Malformed):
        binary.decode(data)


@given(st.binary(max_size=60))
@settings(max_examples=300)
def test_any_bytes_are_a_frame_or_malformed(data):
    with contextlib.suppress(Malformed):
        examine(binary.decode(data), data)


# --- payloads ---------------------------------------------------------------------------------


def look(data: bytes) -> int:
    return examine(binary.decode(data), data)


def test_size_unpacked_is_told():
    events = [META, FULL, CHANGE]
    assert look(snapshot(1, packed=True, events=events)) == len(json.dumps(events))
    assert look(delta(1, 1)) == len(json.dumps([CHANGE]))


@pytest.mark.parametrize(
    "events",
    [[], [META], [FULL, META], [CHANGE, META, FULL], [META, CHANGE, FULL]],
)
def test_snapshot_begins_with_the_window_and_the_page(events):
    with pytest.raises(Malformed):
        look(snapshot(1, events=events))


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"[1]",
        b"[null]",
        b'[{"type":7,"data":{},"timestamp":1}]',
        b'[{"type":-1,"data":{},"timestamp":1}]',
        b'[{"type":"3","data":{},"timestamp":1}]',
        b'[{"type":true,"data":{},"timestamp":1}]',
        b'[{"type":3,"data":[],"timestamp":1}]',
        b'[{"type":3,"data":"{}","timestamp":1}]',
        b'[{"type":3,"timestamp":1}]',
        b'[{"type":3,"data":{},"timestamp":"1"}]',
        b'[{"type":3,"data":{}}]',
        b'[{"type":3,"data":{"a":"\xff"},"timestamp":1}]',
        b'[{"type":3,"data":{},"timestamp":1}] x',
        b'[{"type":3,"data":{',
    ],
)
def test_what_no_recorder_makes_is_refused(payload):
    with pytest.raises(Malformed):
        look(delta(1, 1, events=payload))


@pytest.mark.parametrize("depth", [2_000, 200_000])
def test_deep_nesting_is_refused(depth):
    deep = b"[" * depth + b"]" * depth
    with pytest.raises(Malformed):
        look(delta(1, 1, events=b'[{"type":3,"data":{"a":' + deep + b'},"timestamp":1}]'))


def test_gzip_bomb_is_refused_without_unpacking_it():
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1024 * 1024)
    packed = b"".join(bomb.compress(zeros) for _ in range(200)) + bomb.flush()
    data = recorded(DELTA, 1, 1, packed)
    data = data[:2] + b"\x01" + data[3:]
    assert len(data) < frames.MAX_PAYLOAD
    tracemalloc.start()
    with pytest.raises(Malformed, match="32 MiB"):
        look(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * frames.MAX_INFLATED


@pytest.mark.parametrize(
    "payload",
    [
        b"not gzip",
        gzip.compress(b"[]")[:-4],
        gzip.compress(b"[]") + b"more",
        gzip.compress(b"[]") * 2,
        zlib.compress(b"[]"),
        b"[]",
    ],
)
def test_what_is_not_one_whole_gzip_stream_is_refused(payload):
    data = recorded(DELTA, 1, 1, payload)
    with pytest.raises(Malformed):
        look(data[:2] + b"\x01" + data[3:])


def test_a_delta_of_no_events_is_one():
    assert look(delta(1, 1, events=[])) == 2


# --- text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "null",
        '"hello"',
        '{"t":1}',
        '{"t":"shown"}',
        '{"t":"shown","epoch":"1","seq":1}',
        '{"t":"pointer","x":1e9}',
        '{"t":"operate","id":"1","grant":"g","epoch":1,"op":"type","node":1}',
        '{"t":"operate","id":"1","grant":"g","epoch":1,"op":"click","node":1,"fx":2}',
        '{"t":"stroke","stroke":"1","points":[[1]]}',
        '{"t":"curtain","down":true,"reason":"boo"}',
        json.dumps({"t": "masked", "more": "x" * frames.MAX_TEXT_FRAME}),
        json.dumps({"t": "masked", "more": "ä" * (frames.MAX_TEXT_FRAME // 2)}, ensure_ascii=False),
        "[" * 100_000,
    ],
)
def test_text_that_is_no_frame_is_refused(data):
    with pytest.raises(Malformed):
        decode(data)


def test_frame_of_a_newer_client_is_passed_over():
    assert decode('{"t":"of.tomorrow","x":1}') is None


def test_unknown_fields_are_ignored():
    assert decode('{"t":"resync","x":1}') == frames.Resync()


def test_each_side_may_say_its_own_frames_only():
    page = frames.Curtain(down=True)
    mark = frames.Pointer(x=1, y=1)
    assert [allowed(page, "share"), allowed(page, "view")] == [True, False]
    assert [allowed(mark, "share"), allowed(mark, "view")] == [False, True]
    hello = frames.Hello(v=1, token="t", cobrowse="cb", role="view")
    assert not allowed(hello, "view")
    assert not allowed(hello, "share")


@given(st.text(max_size=200) | st.builds(
    lambda t, rest: json.dumps({**rest, "t": t}),
    st.sampled_from(["hello", "page", "curtain", "operated", "shown", "pointer", "operate"]),
    st.dictionaries(st.sampled_from(["id", "x", "page", "epoch", "seq", "node", "op", "value"]),
                    st.none() | st.integers() | st.text(max_size=9) | st.floats(), max_size=6),
))  # fmt: skip
@settings(max_examples=300)
def test_any_text_is_a_frame_or_malformed(text):
    try:
        frame = decode(text)
    except Malformed:
        return
    assert frame is None or isinstance(frame, frames.ClientFrame)
