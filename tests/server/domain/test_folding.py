"""Snapshot + replay equals a fresh snapshot: for every kind of event and every audience."""

from __future__ import annotations

from typing import get_args

import msgspec
from hypothesis import HealthCheck, event, given, settings

from server.domain.audience import visible
from server.domain.conversation import apply
from server.domain.membership import hidden, present
from server.domain.record import head, summary
from signaling.events import EventBody, Person
from tests.server.histories import histories
from tests.server.history import CONV, History
from tests.server.queued import PHONE, SKILL
from tests.server.verified import BANK, METHOD, NAME

QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


#: Of a proof, staff alone: the name, the bank, what did not hold, and what the shop signed.
NAMED = (NAME, BANK, "wrong_nonce", "c-17", "identified")
CONTACT = ("x@example.com", "v@example.com")
#: Of the queue, staff alone: who is looked for and why, what is due, where to call, who advises.
BACKSTAGE = (SKILL, PHONE, '"why"', '"due_at"', "consult_asked", '"clock"')
#: Why somebody is asked, and where they went, is between staff and the visitor.
NOT_FOR_EXPERTS = ("refund", "payment", "note", METHOD)


@given(histories())
@QUICK
def test_a_snapshot_and_what_followed_equal_a_fresh_snapshot(history: History) -> None:
    fresh = {(look.audience, look.person): look for look in history.looks}
    for stored, _ in history.events:
        event(str(stored.event.__struct_config__.tag))
    for look in history.looks:
        last = fresh[look.audience, look.person]
        if last.seq != history.looks[-1].seq or not history.comparable(look):
            continue
        state = look.state
        for followed in history.followed(look):
            state = apply(state, followed, look.audience)
        assert state == last.state, (look.audience, look.seq)


@given(histories())
@QUICK
def test_nothing_of_staff_reaches_a_visitor_or_an_expert(history: History) -> None:
    for look in history.looks:
        if look.audience == "staff":
            continue
        told = [msgspec.json.encode(look.state).decode()]
        told += [msgspec.json.encode(one).decode() for one in history.followed(look)]
        row = summary(history.record, look.audience, Person(id=look.person, role="visitor"))
        told.append(msgspec.json.encode(row).decode())
        for secret in (*CONTACT, '"note":"n"', "solved", "shop.example", *NAMED, *BACKSTAGE):
            assert not any(secret in text for text in told), secret
        if look.audience == "expert":
            assert not any('"v1"' in text for text in told)
            assert not any(f'"{word}"' in text for text in told for word in NOT_FOR_EXPERTS)


@given(histories())
@QUICK
def test_a_visitor_never_meets_who_hides(history: History) -> None:
    looks = {look.seq: look.state for look in history.looks if look.audience == "visitor"}
    state, unknown = None, frozenset[str]()
    for look in history.looks:
        if look.audience == "staff":
            unknown = hidden(look.state)
        if look.audience != "staff" or look.seq not in looks:
            continue
        state = looks[look.seq]
        assert state.observers == []
        if state.call is not None:
            assert not unknown & {member.person.id for member in state.call.members}


@given(histories())
@QUICK
def test_card_numbers_are_nowhere(history: History) -> None:
    for stored, _ in history.events:
        assert b"4111 1111" not in msgspec.json.encode(stored)


@given(histories())
@QUICK
def test_heads_are_the_newest_visible_events(history: History) -> None:
    people = {
        "visitor": Person(id="v1", role="visitor"),
        "staff": Person(id="a1", role="agent"),
    }
    for audience, person in people.items():
        newest = max(
            stored.seq
            for stored, mask in history.events
            if visible(mask, stored.seq, audience, None)  # type: ignore[arg-type]
        )
        assert head(history.record, audience, person) == newest  # type: ignore[arg-type]
    for seat in history.record.state.experts:
        newest = max(
            stored.seq
            for stored, mask in history.events
            if visible(mask, stored.seq, "expert", seat)
        )
        assert head(history.record, "expert", seat.person) == newest


@given(histories())
@QUICK
def test_a_decided_history_keeps_the_rules_of_its_state(history: History) -> None:
    state = history.record.state
    assert (state.state == "active") == (state.assignee is not None and state.state != "closed")
    assert state.transfer is None or state.state == "active"
    assert state.id == CONV
    assert len({seat.person.id for seat in state.experts}) == len(state.experts)
    if state.call is not None:
        assert state.state != "closed"
        assert state.call.members
        talking = present(state, state.call)
        assert history.record.call_due is not None or len(talking) >= 2
    if state.cobrowse is not None:
        assert state.state != "closed"
        assert (state.cobrowse.state == "paused") == (state.cobrowse.pause is not None)
        assert state.cobrowse.state != "asked" or state.cobrowse.grant is None
        asked, grant = state.cobrowse.asked, state.cobrowse.grant
        for holder in filter(None, (asked and asked.by, grant and grant.agent)):
            assert holder.role == "supervisor" or holder == state.assignee
        assert history.record.next_cobrowse_due is not None
        assert (history.record.control_due is not None) == (asked is not None)
    else:
        assert history.record.next_cobrowse_due is None
    asked = state.verification
    assert history.record.identity_due == (None if asked is None else asked.expires_at)
    if asked is not None:
        assert state.state != "closed"
        assert (asked.state == "opened") == (asked.attempt is not None)
        if asked.state == "opened" and state.cobrowse is not None:
            assert state.cobrowse.state != "on"
    if state.identity_changed is not None:
        assert state.identity is not None
    waits = state.queue is not None
    assert not (waits and state.left is not None)
    assert state.state == "waiting" or not (waits or state.left is not None)
    assert state.consult is None or state.state == "active"
    looking = [observer.person for observer in state.observers]
    assert state.assignee not in looking
    assert len({person.id for person in looking}) == len(looking) <= 3
    if state.state == "closed":
        assert not looking
        assert state.clock is None
        assert not state.experts
        assert all(invite.outcome != "open" for invite in state.invites)


def test_random_histories_have_every_kind_of_event() -> None:
    seen: set[str] = set()

    @given(histories())
    @settings(QUICK, max_examples=2_200, database=None, derandomize=True)
    def collect(history: History) -> None:
        seen.update(str(stored.event.__struct_config__.tag) for stored, _ in history.events)

    collect()
    assert seen == {str(kind.__struct_config__.tag) for kind in get_args(EventBody)}
