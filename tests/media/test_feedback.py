"""Transport-wide feedback, read back by an independent reader of the draft's format."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.feedback import TICK, ArrivalLog, read_feedback


def read(message: bytes) -> dict[int, float | None]:
    """Return sequence number -> arrival in seconds (None when reported lost)."""
    first, kind, words, _, _, base, count, word = struct.unpack_from("!BBHIIHHI", message)
    assert (first, kind) == (0x80 | 15, 205)
    assert (words + 1) * 4 == len(message)
    at = 20
    symbols: list[int] = []
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", message, at)
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            symbols += [chunk >> 12 - 2 * i & 3 for i in range(7)]
        else:
            symbols += [chunk >> 13 - i & 1 for i in range(14)]
    time = (word >> 8) * 0.064
    result: dict[int, float | None] = {}
    for index, symbol in enumerate(symbols[:count]):
        if symbol == 0:
            result[base + index & 0xFFFF] = None
            continue
        if symbol == 1:
            time += message[at] * 0.00025
            at += 1
        else:
            time += struct.unpack_from("!h", message, at)[0] * 0.00025
            at += 2
        result[base + index & 0xFFFF] = time
    assert len(message) - at < 4
    return result


@settings(max_examples=60)
@given(st.integers(0, 0xFFFF), st.integers(0, 1 << 30), st.floats(0, 0.5))
def test_every_arrival_is_told_once_with_its_time(first: int, seed: int, loss: float) -> None:
    chance = random.Random(seed)
    log = ArrivalLog()
    arrivals: dict[int, float] = {}
    told: dict[int, float] = {}
    now = 100.0
    waiting: list[int] = []
    for index in range(400):
        now += chance.choice([0.0, 0.0002, 0.003, 0.1])
        if chance.random() >= loss:
            waiting.append(first + index & 0xFFFF)
        if chance.random() < 0.1:
            chance.shuffle(waiting)
        while len(waiting) > 3:
            seq = waiting.pop(0)
            log.record(seq, now)
            arrivals[seq] = now
        if chance.random() < 0.05:
            for message in log.build(1, 2):
                told.update({s: t for s, t in read(message).items() if t is not None})
    for message in log.build(1, 2):
        told.update({s: t for s, t in read(message).items() if t is not None})
    assert told.keys() == arrivals.keys()
    assert all(abs(told[s] - arrivals[s]) < 0.001 for s in arrivals)


@given(st.integers(0, 0xFFFF), st.lists(st.sampled_from([None, 0, 3, 300, -40]), max_size=900))
def test_what_is_written_is_read(first: int, gaps: list[int | None]) -> None:
    log = ArrivalLog()
    now = 100.0
    for index, gap in enumerate(gaps):
        if gap is not None:
            now = max(100.0, now + gap * TICK)
            log.record(first + index & 0xFFFF, now)
    for message in log.build(1, 2):
        parsed = read_feedback(message[12:])
        assert parsed is not None
        base, arrivals = parsed
        seen = {
            base + index & 0xFFFF: None if tick < 0 else tick for index, tick in enumerate(arrivals)
        }
        told = read(message).items()
        assert seen == {n: None if at is None else round(at / TICK) for n, at in told}


@given(st.binary(max_size=60))
def test_no_feedback_makes_the_reader_raise_or_run_away(fci: bytes) -> None:
    parsed = read_feedback(fci)
    assert parsed is None or len(parsed[1]) <= 2048


def test_lost_packets_between_are_told_as_lost() -> None:
    log = ArrivalLog()
    log.record(1, 1.0)
    log.record(30, 1.01)
    (message,) = log.build(1, 2)
    seen = read(message)
    assert [s for s, t in seen.items() if t is not None] == [1, 30]
    assert len(seen) == 30


def test_a_loss_at_the_edge_of_two_messages_is_told_by_the_second() -> None:
    log = ArrivalLog()
    log.record(1, 1.0)
    log.build(1, 2)
    log.record(3, 1.1)
    (message,) = log.build(1, 2)
    assert read(message)[2] is None


def test_a_pause_longer_than_a_delta_starts_another_message() -> None:
    log = ArrivalLog()
    log.record(1, 1.0)
    log.record(2, 20.0)
    messages = log.build(1, 2)
    assert len(messages) == 2
    assert messages[0][19] == 0
    assert messages[1][19] == 1  # the messages are counted


def test_nothing_recorded_says_nothing() -> None:
    assert ArrivalLog().build(1, 2) == []


def test_times_that_go_back_are_told_as_they_are() -> None:
    log = ArrivalLog()
    for number, at in enumerate([5.0, 4.99, 5.001]):
        log.record(number, at)
    (message,) = log.build(1, 2)
    assert read(message) == {0: pytest.approx(5.0), 1: pytest.approx(4.99), 2: pytest.approx(5.001)}


def test_numbers_that_jump_far_start_anew_and_steady_ones_go_on_from_there() -> None:
    log = ArrivalLog()
    log.record(1, 1.0)
    log.build(1, 2)
    log.record(20_000, 1.1)
    (message,) = log.build(1, 2)
    assert read(message).keys() == {20_000}
    log.record(20_001, 1.2)
    log.record(20_002, 1.2)
    (message,) = log.build(1, 2)
    assert read(message).keys() == {20_001, 20_002}
