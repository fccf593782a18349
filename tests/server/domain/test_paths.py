"""When two may go their own way, who offers, and what calls them back."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict, replace

from server.domain.paths import (
    LATE,
    MAX_SIGNALS,
    PAUSE,
    PROVEN,
    SETTLE,
    Astray,
    Ended,
    Pair,
    Path,
    Stage,
    Tried,
    Up,
    barred,
    check_policy,
    pair_of,
)
from server.domain.refusing import BadSetting
from signaling.direct import DirectReport, DirectSignal, IceCandidate
from signaling.events import CallState
from tests.signaling.test_calls import AGENT, BOSS, EXPERT, VISITOR, observer, seat, state

WALL = 1_800_000_000_000  # ms since 1970
PAIR = Pair(offers="a", answers="v")
MEMBERS = ("a", "v")
LATER = SETTLE + 7.0  # when media have gone directly for 5.5 s


# --- who, and when ------------------------------------------------------------------------------


def test_agent_and_visitor_may_and_the_agent_offers() -> None:
    for members in ((VISITOR, AGENT), (AGENT, VISITOR)):
        talk = state(*members)
        assert barred("direct", talk) is None
        assert pair_of(talk) == PAIR


@pytest.mark.parametrize("policy", ["server", "relay"])
def test_a_site_that_has_not_allowed_it_has_no_direct_paths(policy) -> None:
    assert barred(policy, state(AGENT, VISITOR)) == "policy"


@pytest.mark.parametrize(
    ("why", "talk"),
    [
        ("number", state(AGENT)),
        ("number", state(AGENT, VISITOR, EXPERT, seats=[seat("hear", "speak")])),
        ("observed", state(AGENT, VISITOR, observers=[observer("listen")])),
        ("observed", state(AGENT, VISITOR, observers=[observer("whisper")])),
        ("observed", state(BOSS, VISITOR, observers=[observer("barge")])),
        ("expert", state(VISITOR, EXPERT, seats=[seat("hear", "see", "speak")])),
        ("expert", state(AGENT, EXPERT, seats=[seat("hear", status="consult")], private=True)),
        ("grants", state(AGENT, VISITOR, private=True)),
    ],
)
def test_whoever_else_has_a_part_in_it_keeps_it_on_the_server(why, talk) -> None:
    assert barred("direct", talk) == why


def test_a_call_that_rings_is_not_two_people_yet() -> None:
    talk = state(AGENT, VISITOR)
    ringing = replace(talk, call=replace(talk.call, state="ringing"))
    assert barred("direct", ringing) == "number"
    assert barred("direct", replace(talk, call=None)) == "number"
    assert pair_of(replace(talk, call=None)) is None
    assert pair_of(state(AGENT)) is None


class Recorded(CallState, frozen=True):
    """A call whose recording is asked for or on."""

    recording: object = None


@pytest.mark.parametrize(("recording", "why"), [(None, None), ({"state": "asked"}, "recording")])
def test_a_recording_that_is_asked_for_keeps_it_on_the_server(recording, why) -> None:
    talk = state(AGENT, VISITOR)
    call = Recorded(**{**asdict(talk.call), "recording": recording})
    assert barred("direct", replace(talk, call=call)) == why


def test_policy_is_one_of_three_words_and_relays_only_where_there_are_relays() -> None:
    assert check_policy("direct", relayed=False) == "direct"
    assert check_policy("relay", relayed=True) == "relay"
    for typed, code in (("relay", "no_relay"), ("peer", "bad_policy"), ("", "bad_policy")):
        with pytest.raises(BadSetting) as refused:
            check_policy(typed, relayed=False)
        assert refused.value.code == code


# --- a path's life ------------------------------------------------------------------------------


def said(state="up", attempt=WALL):
    return DirectReport(conv="c", call="k", attempt=attempt, state=state)


def signal(sdp="v=0", attempt=WALL, candidates=()):
    return DirectSignal(conv="c", call="k", attempt=attempt, sdp=sdp, candidates=candidates)


def tried(at=0.0) -> Path:
    path = Path()
    for one in MEMBERS:
        assert path.connected(one, at) == []
    assert path.decide(PAIR, "number", MEMBERS, at) == []
    assert path.tick(at + SETTLE, WALL) == [Tried(WALL, PAIR)]
    return path


def direct() -> Path:
    path = tried()
    assert path.report("a", said(), SETTLE + 1.0) == []
    assert path.report("v", said(), SETTLE + 1.5) == [Up(WALL, 1.5)]
    return path


def test_two_are_told_to_try_when_both_have_been_connected_for_a_while() -> None:
    path = Path()
    path.decide(PAIR, "number", MEMBERS, 0.0)
    path.connected("a", 1.0)
    assert path.tick(100.0, WALL) == []
    path.connected("v", 100.0)
    assert path.tick(100.0 + SETTLE - 0.1, WALL) == []
    assert path.tick(100.0 + SETTLE, WALL) == [Tried(WALL, PAIR)]
    assert path.tick(100.0 + SETTLE, WALL) == []


def test_media_go_directly_when_both_say_so_and_one_alone_does_not_count_twice() -> None:
    path = tried()
    assert path.report("a", said(), SETTLE + 0.1) == []
    assert path.report("a", said(), SETTLE + 0.2) == []
    assert path.stage is Stage.TRYING
    assert path.report("v", said(), SETTLE + 1.0) == [Up(WALL, 1.0)]
    assert path.stage is Stage.DIRECT
    assert path.tick(10_000.0, WALL) == []


def test_a_third_person_calls_both_back_and_two_who_remain_go_directly_again() -> None:
    path = direct()
    assert path.decide(None, "number", (*MEMBERS, "e"), LATER) == [Ended(WALL, PAIR, "number", 5.5)]
    assert path.tick(60.0, WALL) == []
    assert path.decide(PAIR, "number", MEMBERS, 70.0) == []
    assert path.tick(70.0 + SETTLE - 0.1, WALL) == []
    assert path.tick(70.0 + SETTLE, WALL + 1) == [Tried(WALL + 1, PAIR)]


def test_who_did_not_hear_that_it_ended_is_told_again_whenever_they_say_it_is_up() -> None:
    path = direct()
    path.decide(None, "observed", MEMBERS, LATER)
    for now in (LATER, LATER + 5.0, LATER + 500.0):
        assert path.report("v", said(), now) == [Astray(WALL, "v")]
    assert path.report("v", said("failed"), LATER) == []
    assert path.report("x", said(), LATER) == []
    path.decide(PAIR, "number", MEMBERS, 600.0)
    assert path.report("v", said(), 600.0) == []
    assert path.tick(600.0 + SETTLE, WALL) == [Tried(WALL + 1, PAIR)]


def test_a_node_that_took_over_calls_back_whom_it_never_told_to_try() -> None:
    path = Path()
    path.decide(None, "number", (*MEMBERS, "e"), 0.0)
    assert path.report("a", said(), 1.0) == []  # here they are not connected yet
    path.connected("a", 2.0)
    assert path.report("a", said(), 6.0) == [Astray(WALL, "a")]


def test_a_node_that_took_over_lets_two_who_may_go_on_until_the_next_try() -> None:
    path = Path()
    path.decide(PAIR, "number", MEMBERS, 0.0)
    for one in MEMBERS:
        path.connected(one, 2.0)
        assert path.report(one, said(), 3.0) == []
    assert path.tick(2.0 + SETTLE, WALL + 9) == [Tried(WALL + 9, PAIR)]


def test_another_in_the_place_of_one_ends_the_path_of_the_first() -> None:
    path = direct()
    other = Pair(offers="b", answers="v")
    assert path.decide(other, "number", ("b", "v"), LATER) == [Ended(WALL, PAIR, "number", 5.5)]
    assert path.tick(100.0, WALL) == []
    path.connected("b", 100.0)
    assert path.tick(100.0 + SETTLE, WALL) == [Tried(WALL + 1, other)]


def test_the_next_page_of_one_calls_the_other_back_and_is_tried_with_soon() -> None:
    path = direct()
    assert path.connected("v", LATER) == [Ended(WALL, PAIR, "page", 5.5)]
    assert path.tick(LATER + SETTLE, WALL) == [Tried(WALL + 1, PAIR)]


def test_a_page_that_has_gone_is_not_tried_with_before_the_next_one_is_there() -> None:
    path = direct()
    assert path.report("a", said("closed"), LATER) == [Ended(WALL, PAIR, "page", 5.5)]
    assert path.report("v", said("closed"), LATER) == []
    assert path.tick(100.0, WALL) == []
    path.connected("v", 100.0)
    assert path.tick(100.0 + SETTLE, WALL) == [Tried(WALL + 1, PAIR)]


def test_what_is_not_up_in_time_is_given_up() -> None:
    path = tried()
    path.report("a", said(), 4.0)
    assert path.tick(SETTLE + LATE - 0.1, WALL) == []
    assert path.tick(SETTLE + LATE, WALL) == [Ended(WALL, PAIR, "late", 0.0)]


def test_what_failed_is_tried_again_after_a_pause_that_doubles() -> None:
    path, now, attempt = tried(), SETTLE, WALL
    for pause in (PAUSE, 2 * PAUSE, 4 * PAUSE, 8 * PAUSE, 16 * PAUSE, 16 * PAUSE):
        ended = path.report("v", said("failed", attempt), now)
        assert ended == [Ended(attempt, PAIR, "failed", 0.0)]
        assert path.tick(now + pause - 0.1, WALL) == []
        now += pause
        attempt += 1
        assert path.tick(now, WALL) == [Tried(attempt, PAIR)]


def test_a_path_that_lasted_is_no_failure_in_a_row() -> None:
    path, now = direct(), SETTLE + 1.5 + PROVEN
    for attempt in (WALL, WALL + 1):
        assert path.report("v", said("failed", attempt), now)[0].seconds >= PROVEN
        now += PAUSE
        assert path.tick(now, WALL) == [Tried(attempt + 1, PAIR)]
        path.report("a", said("up", attempt + 1), now)
        path.report("v", said("up", attempt + 1), now)
        now += PROVEN


def test_word_of_another_attempt_or_of_a_stranger_changes_nothing() -> None:
    path = tried()
    assert path.report("v", said("failed", WALL - 1), 4.0) == []
    assert path.report("e", said("failed"), 4.0) == []
    assert Path().report("v", said("failed"), 4.0) == []
    assert path.connected("e", 4.0) == []
    assert path.stage is Stage.TRYING


def test_the_end_of_the_call_ends_its_path_once() -> None:
    path = direct()
    assert path.close(LATER) == [Ended(WALL, PAIR, "over", 5.5)]
    assert path.close(LATER) == []


def test_attempts_grow_over_nodes_that_do_not_know_of_each_other() -> None:
    first, second = tried(), tried()
    assert second.attempt >= first.attempt
    second.report("v", said("failed"), 4.0)
    assert second.tick(1_000.0, WALL - 5_000)[0].attempt > WALL


# --- what the two say to each other --------------------------------------------------------------


def test_a_signal_goes_to_the_other_of_the_two_and_to_nobody_else() -> None:
    path = tried()
    assert path.passes_to("a", signal()) == "v"
    assert path.passes_to("v", signal()) == "a"
    assert path.passes_to("e", signal()) is None


def test_a_signal_goes_nowhere_when_its_attempt_is_over_or_another() -> None:
    path = tried()
    assert path.passes_to("a", signal(attempt=WALL - 1)) is None
    assert path.passes_to("a", signal(attempt=WALL + 1)) is None
    path.report("a", said("failed"), 4.0)
    assert path.passes_to("a", signal()) is None
    assert Path().passes_to("a", signal(attempt=0)) is None


def test_nobody_can_flood_the_other() -> None:
    path = tried()
    for _ in range(MAX_SIGNALS):
        assert path.passes_to("a", signal("")) == "v"
    assert path.passes_to("a", signal("")) is None
    assert path.passes_to("v", signal("")) == "a"
    path = tried()
    long = signal("x" * 15_000, candidates=(IceCandidate(candidate="y" * 500),) * 2)
    assert [path.passes_to("a", long) for _ in range(5)] == ["v"] * 4 + [None]
