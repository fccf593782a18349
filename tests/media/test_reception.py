"""Order, losses and reports of one received stream."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from media.reception import FIRST_RETRY, MAX_AGE, MAX_REQUESTS, NEVER, Reception


def test_a_gap_is_asked_for_at_once_and_again_later_until_hopeless() -> None:
    reception = Reception(1, 90000)
    reception.receive(10, 0, 0.0)
    assert reception.receive(13, 0, 0.0)
    assert reception.asks_at == 0.0
    assert reception.due(0.0) == [11, 12]
    assert reception.asks_at == FIRST_RETRY
    assert reception.due(0.01) == []
    assert reception.due(0.1) == [11, 12]
    asked = 2
    now = 0.1
    while now < MAX_AGE:
        now += 0.05
        asked += bool(reception.due(now))
    reception.due(now + 0.1)
    assert asked <= MAX_REQUESTS
    assert reception.asks_at == NEVER
    assert reception.gap


def test_a_late_packet_counts_once_and_is_not_asked_for() -> None:
    reception = Reception(1, 90000)
    assert reception.receive(0xFFFE, 0, 0.0)
    assert reception.receive(1, 0, 0.0)
    assert reception.receive(0xFFFF, 0, 0.0)
    assert not reception.receive(0xFFFF, 0, 0.0)
    assert not reception.receive(1, 0, 0.0)
    assert reception.due(0.0) == [0]


def test_a_repaired_packet_is_forwarded_but_stays_lost_in_the_report() -> None:
    reception = Reception(1, 90000)
    for seq in (1, 2, 4):
        reception.receive(seq, 0, 0.0)
    assert reception.receive(3, 0, 0.1, repaired=True)
    assert not reception.receive(3, 0, 0.1, repaired=True)
    report = reception.report(0.2)
    assert report is not None
    assert report.packets_lost == 1
    assert report.fraction_lost == 64
    assert report.highest_sequence == 4


def test_retransmission_cannot_start_or_lead_a_stream() -> None:
    reception = Reception(1, 90000)
    assert not reception.receive(5, 0, 0.0, repaired=True)
    reception.receive(5, 0, 0.0)
    assert not reception.receive(6, 0, 0.0, repaired=True)
    assert reception.receive(6, 0, 0.0)


def test_an_outage_is_left_to_a_key_frame() -> None:
    reception = Reception(1, 90000)
    reception.receive(0, 0, 0.0)
    reception.receive(2000, 0, 0.0)
    assert reception.gap
    assert reception.asks_at == NEVER


def test_after_a_silence_there_is_no_use_in_asking_for_what_nobody_keeps() -> None:
    reception = Reception(1, 90000)
    for seq in range(4):
        reception.receive(seq, 4500 * seq, 0.05 * seq)
    reception.receive(60, 200_000, MAX_AGE + 0.2)
    assert reception.gap
    assert reception.asks_at == NEVER


def test_a_picture_that_stood_still_is_repaired_when_it_moves() -> None:
    reception = Reception(1, 90000)
    for seq in range(4):
        reception.receive(seq, 4500 * seq, 0.05 * seq)
    reception.receive(7, 900_000, 10.0)
    assert reception.due(10.0) == [4, 5, 6]
    assert not reception.gap


def test_what_is_lost_is_asked_for_often_at_first() -> None:
    reception = Reception(1, 90000)
    reception.receive(0, 0, 0.0)
    reception.receive(2, 0, 0.0)
    asked = [at for at in range(1001) if reception.due(at / 1000)]
    assert asked == [0, 60, 120, 180, 240, 360, 600, 840]


def test_the_report_tells_when_the_senders_report_came() -> None:
    reception = Reception(1, 90000)
    reception.receive(1, 0, 0.0)
    reception.sender_report(0x1111_2222_3333_4444, 5.0)
    report = reception.report(5.5)
    assert report is not None
    assert report.lsr == 0x2222_3333
    assert report.dlsr == 32768


def test_steady_packets_have_no_jitter_and_uneven_ones_do() -> None:
    steady, uneven = Reception(1, 48000), Reception(2, 48000)
    chance = random.Random(3)
    for index in range(200):
        at = index * 0.02
        steady.receive(index, index * 960, at)
        uneven.receive(index, index * 960, at + chance.random() * 0.02)
    assert steady.jitter < 2
    assert 100 < uneven.jitter < 960


@settings(max_examples=40)
@given(st.integers(0, 0xFFFF), st.integers(0, 1 << 30))
def test_every_packet_is_taken_exactly_once_under_loss_reordering_and_duplication(
    first: int, seed: int
) -> None:
    chance = random.Random(seed)
    sent = list(range(300))
    arriving = [s for s in sent if s < 2 or chance.random() > 0.1]
    arriving += [s for s in arriving if s > 10 and chance.random() < 0.1]
    arriving.sort(key=lambda s: s + chance.random() * 6 if s else -1.0)
    reception = Reception(1, 90000)
    taken = [s for s in arriving if reception.receive(first + s & 0xFFFF, s * 3000, 0.001 * s)]
    assert sorted(taken) == sorted(set(arriving))
    report = reception.report(1.0)
    assert report is not None
    assert report.packets_lost == max(arriving) + 1 - len(set(arriving))
