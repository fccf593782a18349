"""Who may send what to whom, by everybody who may be in a call."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.calls import PICTURE, SOUND, Plan, plan
from signaling.events import (
    CallMember,
    CallState,
    ConversationState,
    ExpertSeat,
    Person,
    Visitor,
)

ALL = SOUND | PICTURE
VISITOR = Person(id="v", role="visitor")
AGENT = Person(id="a", role="agent")
BOSS = Person(id="b", role="supervisor")
EXPERT = Person(id="e", role="expert")


def state(*members, seats=(), private=False):
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
    )


def seat(*scope, status="admitted", person=EXPERT):
    return ExpertSeat(person=person, scope=list(scope), status=status)


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


members = st.lists(st.sampled_from([VISITOR, AGENT, BOSS, EXPERT]), unique=True)
scopes = st.lists(st.sampled_from(["chat", "hear", "see", "speak"]), unique=True)


@given(members, scopes, st.sampled_from(["consult", "admitted"]), st.booleans())
def test_nothing_of_a_consult_reaches_the_visitor_in_any_call(people, scope, status, private):
    plans = plan(state(*people, seats=[seat(*scope, status=status)], private=private))
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
