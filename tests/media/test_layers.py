"""Switching layers: one stream without a seam, and nothing that cannot be decoded."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from media.codecs import Marks, marks_of
from media.layers import KEPT, NOTHING, TOP, Splice
from media.rtp import seq_delta

PATTERN = [0, 2, 1, 2]  # the temporal layers of libvpx' three
STEP = 3000  # ticks between frames
PACKETS = 3  # a frame


@dataclass
class Frame:
    layer: int
    name: int
    temporal: int
    needs: set[int]


@dataclass
class Layer:
    """An encoder's stream: every frame knows which frames its decoding needs."""

    index: int
    seq: int
    timestamp: int
    picture: int
    tl0: int
    count: int = 0
    frames: dict[int, Frame] = field(default_factory=dict)
    last: list[int] = field(default_factory=lambda: [-1, -1, -1])
    names: int = 0

    def frame(self, *, key: bool, sync: bool) -> list[tuple[int, int, int, bytes]]:
        """Return (frame, seq, timestamp, payload) of the next frame's packets."""
        if key:
            self.count = 0
        temporal = PATTERN[self.count % 4]
        self.count += 1
        sync = (sync or -1 in self.last[1 : temporal + 1]) and temporal > 0
        if key:
            needs: set[int] = set()
            self.last = [-1, -1, -1]
        elif sync:
            needs = {self.last[0]}
        else:
            needs = set(self.last[: temporal + 1])
        if temporal == 0:
            self.tl0 = self.tl0 + 1 & 0xFF
        self.names += 1
        name = self.names * 4 + self.index
        self.frames[name] = Frame(self.index, name, temporal, needs)
        self.last[temporal] = name
        if sync and temporal == 1:
            self.last[2] = -1  # what refers to an older second layer comes after a sync as well
        packets = []
        for index in range(PACKETS):
            head = VpxPayloadDescriptor(
                partition_start=int(index == 0),
                partition_id=0,
                picture_id=self.picture,
                tl0picidx=self.tl0,
                tid=(temporal, int(sync)),
            )
            body = bytes(head) + bytes([0x10 if key and index == 0 else 0x11])
            packets.append((name, self.seq, self.timestamp, body))
            self.seq = self.seq + 1 & 0xFFFF
        self.timestamp = self.timestamp + STEP & 0xFFFFFFFF
        self.picture = self.picture + 1 & 0x7FFF
        return packets


@dataclass
class Sent:
    number: int
    timestamp: int
    picture: int
    tl0: int
    frame: int
    hollow: bool
    order: int


class Receiver:
    """What comes out of a splice, in the order sent."""

    def __init__(self, layers: list[Layer], *, clocks: bool = True) -> None:
        self.layers = layers
        offsets = [layer.timestamp for layer in layers]
        self.splice = Splice(lambda a, b: offsets[a] - offsets[b] if clocks else None)
        self.sent: list[Sent] = []
        self.history: dict[tuple[int, int], bytes] = {}

    def give(self, layer: int, packet: tuple[int, int, int, bytes], now: float) -> None:
        name, seq, timestamp, payload = packet
        marks = marks_of("VP8", payload)
        number = self.splice.take(layer, seq, timestamp, marks, now)
        if number < 0:
            return
        stretch = self.splice.stretch
        assert stretch is not None
        assert stretch.layer == layer
        read = marks_of("VP8", bytes(stretch.rewrite(payload, marks)))
        assert self.splice.trace(number) == (stretch, seq)
        self.sent.append(
            Sent(
                number,
                stretch.timestamp(timestamp),
                read.picture,
                read.tl0,
                name,
                self.splice.hollow,
                len(self.sent),
            )
        )

    def frames(self) -> list[Frame]:
        """Return what a decoder has, after checking that it is one stream."""
        by_number = sorted(self.sent, key=lambda s: seq_delta(s.number, self.sent[0].number))
        assert len({s.number for s in by_number}) == len(by_number)
        all_frames = {name: f for layer in self.layers for name, f in layer.frames.items()}
        shown: list[tuple[Sent, Frame]] = []
        for packet in by_number:
            if packet.hollow:
                continue
            if shown and shown[-1][1].name == packet.frame:
                assert packet.picture == shown[-1][0].picture
                assert packet.timestamp == shown[-1][0].timestamp
            else:
                shown.append((packet, all_frames[packet.frame]))
        for (before, _), (after, frame) in itertools.pairwise(shown):
            assert 0 < (after.timestamp - before.timestamp) & 0xFFFFFFFF < 1 << 30
            assert (after.picture - before.picture) & 0x7FFF > 0
            step = (after.tl0 - before.tl0) & 0xFF
            assert step == 0 if frame.temporal else step >= 1
        return [frame for _, frame in shown]

    def check_no_seam(self) -> None:
        """Check that nothing is missing, when nothing was lost before."""
        numbers = [s.number for s in self.sent]
        assert numbers == [numbers[0] + i & 0xFFFF for i in range(len(numbers))]
        frames = self.frames()
        pictures = [
            s.picture for i, s in enumerate(self.sent) if not i or self.sent[i - 1].frame != s.frame
        ]
        assert pictures == [pictures[0] + i & 0x7FFF for i in range(len(frames))]
        decoded: set[int] = set()
        for frame in frames:
            assert frame.needs <= decoded, "a frame without what it refers to"
            decoded.add(frame.name)


def three(seqs: tuple[int, int, int] = (65000, 10, 40000)) -> list[Layer]:
    return [
        Layer(i, seq, timestamp=1000 * seq, picture=32700 + 40 * i & 0x7FFF, tl0=250 - i)
        for i, seq in enumerate(seqs)
    ]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "run", "want", "key", "pause"]),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(1, 9),
    ),
    max_size=25,
)
SEQS = st.tuples(*[st.integers(0, 0xFFFF)] * 3)


@settings(deadline=None)
@given(ACTIONS, SEQS, st.integers(2, 9), st.booleans())
def test_whatever_is_wanted_the_stream_has_no_seam_and_can_be_decoded(
    actions: list[tuple[str, int, int, int]],
    seqs: tuple[int, int, int],
    sync_every: int,
    clocks: bool,
) -> None:
    layers = three(seqs)
    receiver = Receiver(layers, clocks=clocks)
    receiver.splice.want(0, TOP)
    keys = {0}
    now, count = 0.0, 0
    for action, layer, temporal, times in [("run", 0, 0, 2), *actions, ("run", 0, 0, 9)]:
        if action == "want":
            receiver.splice.want(layer, temporal)
        elif action == "key":
            keys.add(layer)
        elif action == "pause":
            receiver.splice.pause()
            keys.add(receiver.splice.target)
        else:
            for _ in range(times):
                now += STEP / 90000
                count += 1
                for index, source in enumerate(layers):
                    packets = source.frame(
                        key=index in keys or not source.frames, sync=count % sync_every == 0
                    )
                    for packet in packets:
                        receiver.give(index, packet, now)
                keys.clear()
    receiver.check_no_seam()


@settings(deadline=None)
@given(ACTIONS, SEQS, st.integers(0, 1 << 30), st.integers(2, 9))
def test_a_hole_is_kept_for_what_was_lost_on_the_way_and_filled_when_it_comes(
    actions: list[tuple[str, int, int, int]],
    seqs: tuple[int, int, int],
    seed: int,
    sync_every: int,
) -> None:
    chance = random.Random(seed)
    layers = three(seqs)
    receiver = Receiver(layers)
    receiver.splice.want(0, TOP)
    late: list[tuple[int, int, tuple[int, int, int, bytes]]] = []
    keys = {0}
    count = 0
    for action, layer, temporal, times in [("run", 0, 0, 2), *actions, ("run", 0, 0, 9)]:
        if action == "want":
            receiver.splice.want(receiver.splice.layer, temporal)
        elif action in ("key", "pause"):
            keys.add(layer)
        else:
            for _ in range(times):
                count += 1
                for index, source in enumerate(layers):
                    packets = source.frame(
                        key=index in keys or not source.frames, sync=count % sync_every == 0
                    )
                    for packet in packets:
                        if receiver.sent and chance.random() < 0.2:
                            late.append((count + chance.randint(0, 4), index, packet))
                        else:
                            receiver.give(index, packet, count / 30)
                keys.clear()
                due = [entry for entry in late if entry[0] <= count]
                late = [entry for entry in late if entry[0] > count]
                for _, index, packet in due:
                    receiver.give(index, packet, count / 30)
    for _, index, packet in late:
        receiver.give(index, packet, count / 30)
    # Holes at the very end were not known of when their packets came: none is left among others.
    numbers = sorted(seq_delta(s.number, receiver.sent[0].number) for s in receiver.sent)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    whole = [s.frame for s in receiver.sent if not s.hollow]
    assert {whole.count(frame) for frame in whole} == {PACKETS}
    frames = receiver.frames()
    base = [f for f in frames if f.temporal == 0]
    assert all(f.needs <= {f.name for f in frames} for f in base)


def started(layer: int = 0, temporal: int = TOP) -> tuple[list[Layer], Receiver]:
    layers = three()
    receiver = Receiver(layers)
    receiver.splice.want(layer, temporal)
    return layers, receiver


def run(layers: list[Layer], receiver: Receiver, frames: int, **key: bool) -> None:
    for index in range(frames):
        for which, layer in enumerate(layers):
            for packet in layer.frame(key=bool(key.get(f"of_{which}")) and not index, sync=False):
                receiver.give(which, packet, layers[0].names / 30)


def test_nothing_flows_before_a_key_frame_of_the_layer_that_is_wanted() -> None:
    layers, receiver = started(1)
    run(layers, receiver, 3, of_0=True)
    assert receiver.sent == []
    assert not receiver.splice.settled
    run(layers, receiver, 3, of_1=True)
    assert {f.layer for f in receiver.frames()} == {1}
    assert receiver.splice.settled


def test_the_layer_left_is_forwarded_until_the_key_frame_of_the_new_one() -> None:
    layers, receiver = started(0)
    run(layers, receiver, 4, of_0=True)
    receiver.splice.want(2, TOP)
    run(layers, receiver, 4)
    run(layers, receiver, 4, of_2=True)
    # The frame at the seam is shown in both sizes, an instant apart.
    assert [f.layer for f in receiver.frames()] == [0] * 9 + [2] * 4
    receiver.check_no_seam()


def test_a_switch_keeps_the_publishers_clock() -> None:
    layers, receiver = started(2)
    run(layers, receiver, 4, of_2=True)
    receiver.splice.want(0, TOP)
    run(layers, receiver, 3, of_0=True)
    times = [s.timestamp - receiver.sent[0].timestamp for s in receiver.sent[::PACKETS]]
    assert [t & 0xFFFFFFFF for t in times] == [STEP * i for i in range(7)]


def test_a_clock_gone_astray_is_not_followed() -> None:
    layers = three()
    splice = Splice(lambda a, b: 1 << 30)
    splice.want(0, TOP)
    first = layers[0].frame(key=True, sync=False)[0]
    splice.take(0, first[1], first[2], marks_of("VP8", first[3]), 1.0)
    assert splice.stretch is not None
    before = splice.stretch.timestamp(first[2])
    splice.want(1, TOP)
    second = layers[1].frame(key=True, sync=False)[0]
    splice.take(1, second[1], second[2], marks_of("VP8", second[3]), 1.5)
    assert splice.stretch.timestamp(second[2]) - before & 0xFFFFFFFF == 45000


@pytest.mark.parametrize(("temporal", "share"), [(0, 1 / 4), (1, 1 / 2), (2, 1)])
def test_a_lower_temporal_layer_costs_its_share_of_the_frames(temporal: int, share: float) -> None:
    layers, receiver = started(1, temporal)
    run(layers, receiver, 40, of_1=True)
    assert len(receiver.frames()) == 40 * share
    receiver.check_no_seam()


def test_a_temporal_layer_is_left_at_once_and_taken_again_at_a_sync() -> None:
    layers, receiver = started(0)
    run(layers, receiver, 8, of_0=True)
    receiver.splice.want(0, 0)
    run(layers, receiver, 8)
    assert len(receiver.frames()) == 10
    receiver.splice.want(0, TOP)
    run(layers, receiver, 8)
    assert len(receiver.frames()) == 12  # no sync came
    for _ in range(8):
        for packet in layers[0].frame(key=False, sync=True):
            receiver.give(0, packet, 1.0)
    assert len(receiver.frames()) == 12 + 7  # all but a second layer's before the first sync
    receiver.check_no_seam()


def test_no_number_is_kept_for_what_would_not_be_forwarded() -> None:
    layers, receiver = started(0, 0)
    run(layers, receiver, 1, of_0=True)
    for _ in range(3):
        packets = layers[0].frame(key=False, sync=False)
        receiver.give(0, packets[0], 1.0)  # the rest is lost for good
    run(layers, receiver, 1)
    receiver.check_no_seam()


def test_a_stopped_layer_is_left_without_waiting() -> None:
    layers, receiver = started(2)
    run(layers, receiver, 4, of_2=True)
    receiver.splice.want(0, TOP)
    receiver.splice.pause()
    run(layers, receiver, 4)
    assert len(receiver.frames()) == 4
    run(layers, receiver, 4, of_0=True)
    assert [f.layer for f in receiver.frames()] == [2] * 4 + [0] * 4
    receiver.check_no_seam()


def test_wanting_nothing_stops_at_once() -> None:
    layers, receiver = started(2)
    run(layers, receiver, 4, of_2=True)
    receiver.splice.want(NOTHING, 0)
    run(layers, receiver, 4, of_2=True)
    assert len(receiver.frames()) == 4


def test_a_number_is_traced_over_switches_as_far_as_the_history_goes() -> None:
    layers, receiver = started(0)
    run(layers, receiver, 4, of_0=True)
    first = receiver.sent[0].number
    for turn in range(1, KEPT // 12 + 60):
        receiver.splice.want(turn % 3, TOP)
        run(layers, receiver, 4, of_0=True, of_1=True, of_2=True)
    for packet in receiver.sent[-KEPT:]:
        traced = receiver.splice.trace(packet.number)
        assert traced is not None
        assert traced[0].layer == packet.frame % 4
    assert receiver.splice.trace(first) is None
    ahead = receiver.sent[-1].number + 5 & 0xFFFF
    assert receiver.splice.trace(ahead) is None
    assert len(receiver.splice._stretches) < KEPT // 12 + 4


def test_a_codec_without_counters_is_spliced_by_its_key_frames() -> None:
    splice = Splice(lambda a, b: None)
    splice.want(0, TOP)
    key, other = Marks(starts=True, key=True), Marks()
    first = splice.take(0, 7, 90, key, 0.0)
    assert first >= 0
    assert splice.take(0, 8, 90, other, 0.0) == first + 1
    splice.want(1, TOP)
    assert splice.take(1, 900, 90, other, 0.1) == -1
    assert splice.take(0, 9, 3090, other, 0.1) == first + 2
    assert splice.take(1, 901, 90, key, 0.1) == first + 3
    assert splice.take(0, 10, 6090, other, 0.1) == -1
    assert splice.take(1, 902, 90, other, 0.1) == first + 4


@pytest.mark.parametrize(("size", "ids"), [(1, 1 << 7), (2, 1 << 15)])
@pytest.mark.parametrize("lost", [0.0, 0.6])
def test_lately_sent_pictures_are_kept_however_far_their_ids_have_come(
    size: int, ids: int, lost: float
) -> None:
    splice = Splice(lambda a, b: None)
    splice.want(0, TOP)
    newest = 2 * ids - ids // 8
    for name in range(newest + 1):
        if not name or name > lost * ids:  # a part is lost on its way to us, for good
            marks = Marks(key=not name, picture=name % ids, picture_bytes=size)
            splice.take(0, name & 0xFFFF, name * STEP, marks, name / 30)
    traced = splice.trace(splice.newest)
    assert traced is not None
    assert traced[1] == newest & 0xFFFF
    for name in range(newest - ids // 4, newest + 1):
        assert traced[0].keeps(Marks(picture=name % ids, picture_bytes=size))
