"""The verdict on a call, and how its figures are summed."""

import msgspec
import pytest

from server.domain.figures import Verdict, Watched, judge, sum_legs, sum_watched
from signaling.doctor import Figures, Flow, TellFigures

FINE = Figures(seconds=60, setup=300, path="udp", rtt=40)
WATCHED = Watched(looks=30, rtt=40.0, scores=(0, 0, 0, 0, 30))


def but(**changes) -> Figures:
    return msgspec.structs.replace(FINE, **changes)


def test_a_call_without_complaints_is_good():
    assert judge(FINE, WATCHED) == Verdict("good")


@pytest.mark.parametrize("told", [None, but(seconds=9, concealed=900)])
def test_of_nothing_or_of_a_few_seconds_nothing_is_said(told):
    assert judge(told, None) == Verdict("unknown")
    assert judge(told, Watched()) == Verdict("unknown")


@pytest.mark.parametrize(
    ("changes", "word", "reason"),
    [
        ({"concealed": 29}, "good", None),
        ({"concealed": 30}, "fair", "sound"),
        ({"concealed": 80}, "poor", "sound"),
        ({"rtt": 300}, "fair", "delay"),
        ({"rtt": 600}, "poor", "delay"),
        ({"frozen": 1_799}, "good", None),
        ({"frozen": 1_800}, "fair", "picture"),
        ({"frozen": 9_000}, "poor", "picture"),
        ({"paused": 1, "fallbacks": 1}, "fair", "camera"),
        ({"paused": 24, "fallbacks": 2}, "poor", "camera"),
        ({"setup": 4_000}, "fair", "setup"),
        ({"setup": 10_000}, "poor", "setup"),
    ],
)
def test_each_complaint_counts_from_its_limit(changes, word, reason):
    assert judge(but(**changes), WATCHED) == Verdict(word, () if reason is None else (reason,))


def test_reasons_come_the_worst_first():
    told = but(rtt=310, concealed=100, setup=5_000)
    assert judge(told, None) == Verdict("poor", ("sound", "setup", "delay"))


def test_repaired_loss_is_no_more_than_fair_when_the_browser_heard_all():
    lossy = msgspec.structs.replace(WATCHED, loss_up=30.0)
    assert judge(FINE, lossy) == Verdict("fair", ("loss",))


def test_loss_decides_where_no_browser_told_anything():
    lossy = msgspec.structs.replace(WATCHED, loss_down=30.0)
    assert judge(None, lossy) == Verdict("poor", ("loss",))


def test_nobody_looks_well_by_their_own_word():
    slow = msgspec.structs.replace(WATCHED, rtt=700.0)
    assert judge(but(rtt=5), slow) == Verdict("poor", ("delay",))


def test_legs_add_counts_and_weigh_means_by_their_length():
    short = but(seconds=10, setup=900, path="relay", rtt=100, concealed=0, freezes=1, frozen=50)
    long = but(seconds=30, setup=200, path="udp", rtt=20, concealed=40, freezes=2, paused=4)
    whole = sum_legs([short, long])
    assert whole == Figures(
        seconds=40, setup=900, path="udp", rtt=40, concealed=30, freezes=3, frozen=50, paused=4
    )


def test_flows_of_legs_are_summed_and_missing_ones_left_out():
    one = but(seconds=10, sound_in=Flow(packets=500, lost=5, jitter=2, kbps=40, codec="opus"))
    two = but(seconds=30, sound_in=Flow(packets=1500, lost=1, jitter=6, kbps=60, codec="opus"))
    whole = sum_legs([one, but(seconds=5), two])
    assert whole is not None
    assert whole.sound_in == Flow(packets=2000, lost=6, jitter=5, kbps=55, codec="opus")
    assert whole.picture_in is None
    assert sum_legs([]) is None


def test_a_sum_of_the_longest_legs_can_be_told_again():
    whole = sum_legs([but(seconds=172_800, paused=172_800)] * 3)
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Figures) == whole


def test_looks_are_weighed_and_those_without_a_round_trip_left_out_of_it():
    one = Watched(looks=1, loss_up=4.0, rtt=None, up=100.0, scores=(1, 0, 0, 0, 0))
    two = Watched(looks=3, loss_up=0.0, rtt=50.0, up=500.0, scores=(0, 0, 0, 1, 2))
    assert sum_watched([one, two, Watched()]) == Watched(
        looks=4, loss_up=1.0, rtt=50.0, up=400.0, scores=(1, 0, 0, 1, 2)
    )
    assert sum_watched([]) == Watched()


@pytest.mark.parametrize(
    "bad",
    [
        {"seconds": -1},
        {"seconds": 172_801},
        {"seconds": 1.5},
        {"seconds": 1, "path": "<script>"},
        {"seconds": 1, "concealed": 1001},
        {"seconds": 1, "rtt": 1e300},
        {"seconds": 1, "sound_in": {"codec": "opus; DROP TABLE"}},
        {"seconds": 1, "sound_in": {"packets": 2**41}},
        {},
    ],
)
def test_numbers_out_of_bounds_are_not_taken(bad):
    told = {"t": "call.figures", "id": "1", "conv": "c", "call": "k", "leg": "0" * 26}
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({**told, "figures": bad}), type=TellFigures)
