"""Who may send what to whom, by everybody who may be in a call."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signaling.calls import NOTHING, PICTURE, SOUND, Plan, plan
from signaling.events import (
    CallMember,
    CallState,
    CobrowseState,
    ConversationState,
    ExpertSeat,
    Observer,
    Person,
    RecordingState,
    VerificationState,
    Visitor,
)

ALL = SOUND | PICTURE
VISITOR = Person(id="v", role="visitor")
AGENT = Person(id="a", role="agent")
BOSS = Person(id="b", role="supervisor")
EXPERT = Person(id="e", role="expert")


def state(*members, seats=(), private=False, observers=()):
    call = CallState(
        id="k",
        by=AGENT,
        media=["audio"],
        state="active",
        members=[CallMember(person=one, media=[], joined_at=1) for one in members],
        private=private,
    )
    return ConversationState(
        id="c",
        state="active",
        visitor=Visitor(id="v"),
        lang="fi",
        opened_at=1,
        experts=list(seats),
        call=call,
        observers=list(observers),
    )


def seat(*scope, status="admitted", person=EXPERT):
    return ExpertSeat(person=person, scope=list(scope), status=status)


def observer(part, person=BOSS):
    return Observer(person=person, part=part, since=1)


def test_without_a_call_nobody_has_a_plan():
    quiet = ConversationState(
        id="c", state="active", visitor=Visitor(id="v"), lang="fi", opened_at=1
    )
    assert plan(quiet) == {}


def test_visitor_and_staff_exchange_everything():
    assert plan(state(VISITOR, AGENT)) == {
        "v": Plan(ALL, {"a": ALL}),
        "a": Plan(ALL, {"v": ALL}),
    }


def test_admitted_expert_with_full_scope_is_one_of_them():
    plans = plan(state(VISITOR, AGENT, EXPERT, seats=[seat("hear", "see", "speak")]))
    for me, other in permutations("vae", 2):
        assert plans[me].receive[other] == ALL


@pytest.mark.parametrize(
    ("scope", "publish", "receive"),
    [
        (("chat",), frozenset(), {}),
        (("hear",), frozenset(), {"v": SOUND, "a": SOUND}),
        (("see",), frozenset(), {"v": PICTURE, "a": PICTURE}),
        (("speak",), ALL, {}),
    ],
)
def test_scope_of_the_link_limits_an_expert(scope, publish, receive):
    plans = plan(state(VISITOR, AGENT, EXPERT, seats=[seat(*scope)]))
    assert plans["e"] == Plan(publish, receive)
    assert ("e" in plans["v"].receive) == ("speak" in scope)


def test_visitor_is_on_hold_while_an_expert_consults():
    seats = [seat("hear", "see", "speak", status="consult")]
    plans = plan(state(VISITOR, AGENT, EXPERT, seats=seats))
    assert plans["v"].receive == {}
    assert plans["e"].receive == {"a": ALL}
    assert plans["a"].receive == {"v": ALL, "e": ALL}


def test_expert_in_consult_meets_no_other_expert():
    other = Person(id="f", role="expert")
    seats = [seat("hear", "speak", status="consult"), seat("hear", "speak", person=other)]
    plans = plan(state(AGENT, EXPERT, other, seats=seats))
    assert "f" not in plans["e"].receive
    assert "e" not in plans["f"].receive


def test_expert_without_a_seat_gets_and_gives_nothing():
    plans = plan(state(AGENT, EXPERT))
    assert plans["e"] == Plan()
    assert "e" not in plans["a"].receive


def test_private_call_is_closed_to_the_visitor():
    plans = plan(state(VISITOR, AGENT, BOSS, private=True))
    assert plans["v"].receive == {}
    assert plans["a"].receive == {"b": ALL}


def test_listener_receives_all_and_sends_nothing():
    plans = plan(state(VISITOR, AGENT, BOSS, observers=[observer("listen")]))
    assert plans["b"] == Plan(frozenset(), {"v": ALL, "a": ALL})
    assert plans["v"] == Plan(ALL, {"a": ALL})
    assert plans["a"] == Plan(ALL, {"v": ALL})


def test_whisper_reaches_staff_and_nobody_else():
    colleague = Person(id="d", role="agent")
    people = (VISITOR, AGENT, colleague, BOSS, EXPERT)
    seats = [seat("hear", "see", "speak")]
    plans = plan(state(*people, seats=seats, observers=[observer("whisper")]))
    assert plans["b"] == Plan(ALL, dict.fromkeys("vade", ALL))
    assert {me for me, its in plans.items() if "b" in its.receive} == {"a", "d"}
    assert plans["v"].receive == dict.fromkeys("ade", ALL)


def test_two_who_whisper_hear_each_other_and_a_listener_hears_them():
    colleague, other = Person(id="d", role="agent"), Person(id="f", role="supervisor")
    looking = [observer("whisper"), observer("whisper", colleague), observer("listen", other)]
    plans = plan(state(VISITOR, BOSS, colleague, other, observers=looking))
    assert plans["d"].receive.keys() == {"v", "b"}
    assert plans["f"].receive.keys() == {"v", "b", "d"}
    assert plans["v"].receive == {}


def test_who_barged_in_is_staff_like_any_other():
    barged = plan(state(VISITOR, AGENT, BOSS, observers=[observer("barge")]))
    assert barged == plan(state(VISITOR, AGENT, BOSS))
    seats = [seat("hear", "speak", status="consult")]
    held = plan(state(VISITOR, BOSS, EXPERT, seats=seats, observers=[observer("barge")]))
    assert held["v"].receive == {}


def test_nobody_is_on_hold_for_an_observer():
    for part in ("listen", "whisper"):
        plans = plan(state(VISITOR, AGENT, BOSS, observers=[observer(part)]))
        assert plans["v"].receive == {"a": ALL}


def test_observer_of_a_private_call_hears_no_visitor():
    plans = plan(
        state(
            VISITOR,
            AGENT,
            BOSS,
            EXPERT,
            seats=[seat("hear", "speak", status="consult")],
            private=True,
            observers=[observer("whisper")],
        )
    )
    assert plans["b"].receive.keys() == {"a", "e"}
    assert "b" in plans["a"].receive
    assert "b" not in plans["e"].receive


members = st.lists(st.sampled_from([VISITOR, AGENT, BOSS, EXPERT]), unique=True)
scopes = st.lists(st.sampled_from(["chat", "hear", "see", "speak"]), unique=True)


parts = st.sampled_from([None, "listen", "whisper", "barge"])


@given(members, scopes, st.sampled_from(["consult", "admitted"]), st.booleans(), parts)
def test_nothing_of_a_consult_reaches_the_visitor_in_any_call(people, scope, status, private, part):
    looking = [] if part is None else [observer(part)]
    seats = [seat(*scope, status=status)]
    plans = plan(state(*people, seats=seats, private=private, observers=looking))
    if part in ("listen", "whisper"):
        assert not any("b" in plans[me].receive for me in "ve" if me in plans)
    assert part != "listen" or not any("b" in its.receive for its in plans.values())
    assert plans.keys() == {person.id for person in people}
    for me, its in plans.items():
        assert me not in its.receive
        assert its.receive.keys() <= plans.keys()
    consulting = status == "consult" and "e" in plans
    if "v" in plans and (consulting or private):
        assert not {"a", "b"} & plans["v"].receive.keys()
    if consulting and "v" in plans:
        assert "v" not in plans["e"].receive
        assert "e" not in plans["v"].receive


GUEST = Person(id="g", role="guest")
HIDDEN = [
    {"verification": VerificationState("n", AGENT, "refund", "low", 2, state="opened")},
    {"cobrowse": CobrowseState("n", VISITOR, "paused", pause="page")},
    *({"pauses": [reason]} for reason in ("staff", "shop", "identity", "page")),
]
SHOWN = [
    {"verification": VerificationState("n", AGENT, "refund", "low", 2, state="asked")},
    {"cobrowse": CobrowseState("n", VISITOR, "paused", pause="shopper")},
    *({"pauses": [reason]} for reason in ("consent", "hold")),
    {},
]


def covered(verification=None, cobrowse=None, pauses=()):
    on = state(VISITOR, AGENT, GUEST)
    recording = RecordingState("r", AGENT, "paused", [], pauses=list(pauses)) if pauses else None
    call = replace(on.call, recording=recording)
    return replace(on, call=call, verification=verification, cobrowse=cobrowse)


@pytest.mark.parametrize("what", HIDDEN)
def test_player_gets_nothing_at_the_bank_on_a_covered_page_or_while_paused_by_hand(what):
    plans = plan(covered(**what))
    assert plans["g"] == NOTHING
    assert plans["v"].receive == {"a": ALL}
    assert plans["a"].receive == {"v": ALL}


@pytest.mark.parametrize("what", SHOWN)
def test_player_gets_what_all_may_know(what):
    assert plan(covered(**what))["g"].receive == {"v": ALL, "a": ALL}
