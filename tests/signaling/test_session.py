"""The state machine of one connection, without a socket, a clock or a task."""

import json

import msgspec
import pytest

from signaling import errors, messages
from signaling.actions import (
    Action,
    Authenticate,
    Execute,
    Finish,
    Negotiate,
    Open,
    Read,
    ReadHeads,
    Relay,
    Release,
)
from signaling.backend import Principal
from signaling.direct import MAX_CANDIDATES, MAX_SDP
from signaling.events import ConversationState, Message, Person, Visitor
from signaling.messages import INBOX, Event, InboxChanges, InboxSnapshot, Snapshot
from signaling.outgoing import MAX_QUEUED
from signaling.session import HELLO_TIMEOUT, MAX_STREAMS, Phase, Session
from signaling.stream import HELD, LiveFrame

WALL = 1_700_000_000.0
VISITOR = Person(id="v1", role="visitor")
_decode = msgspec.json.Decoder(messages.ServerFrame).decode


def principal(audience="visitor", expires_in=600.0):
    return Principal(VISITOR, audience, "site", "login", WALL + expires_in)


def said(session: Session) -> list[messages.ServerFrame]:
    """Return what waits to be sent, and empty the queue."""
    frames = []
    while (data := session.outgoing.take()) is not None:
        frames.append(_decode(data))
    return frames


def tell(session: Session, frame: msgspec.Struct, now: float = 0.0) -> list[Action]:
    return session.received(msgspec.json.encode(frame).decode(), now)


def opened_session(cursors=None, audience="visitor", active=False, expires_in=600.0) -> Session:
    session = Session("s1", 0.0, WALL)
    hello = messages.Hello(v=1, token="t", cursors=cursors or {}, active=active)
    assert tell(session, hello) == [Authenticate("t")]
    session.accepted(principal(audience, expires_in), 0.0)
    said(session)
    return session


def listening(cursor: int = 5, audience: messages.Literal = "visitor") -> Session:
    """Return a session with conversation c live at `cursor`."""
    session = opened_session({"c": ("e", cursor)}, audience)
    assert session.opened("c", [], None) == []
    return session


def event(seq: int, prev: int, text: str = "hi") -> Event:
    return Event(
        conv="c", epoch="e", seq=seq, prev=prev, at=1, by=VISITOR, event=Message(id="m", text=text)
    )


def live(seq: int, prev: int, text: str = "hi") -> LiveFrame:
    return LiveFrame(seq, prev, msgspec.json.encode(event(seq, prev, text)))


def snapshot(seq: int) -> Snapshot:
    state = ConversationState(
        id="c", state="waiting", visitor=Visitor(id="v1"), lang="fi", opened_at=1
    )
    return Snapshot(conv="c", epoch="e", seq=seq, state=state, events=[])


def seqs(session: Session) -> list[tuple[int, int]]:
    return [(frame.seq, frame.prev) for frame in said(session) if isinstance(frame, Event)]


# --- hello ----------------------------------------------------------------------------------


def test_hello_opens_the_session_and_the_streams_it_names():
    session = Session("s1", 0.0, WALL)
    tell(session, messages.Hello(v=1, token="t", cursors={"c": ("e", 5), INBOX: None}))
    assert session.phase is Phase.AUTHENTICATING
    actions = session.accepted(principal(), 1.0)
    assert actions == [Open("c", ("e", 5), None), Open(INBOX, None, None)]
    assert said(session) == [
        messages.Welcome(session="s1", you=VISITOR, heartbeat=25.0, now=int((WALL + 1) * 1000))
    ]
    assert session.phase is Phase.OPEN


def test_silent_peer_is_dropped_at_the_hello_deadline():
    session = Session("s1", 10.0, WALL)
    assert session.deadline == 10.0 + HELLO_TIMEOUT
    assert session.tick(14.9) == []
    (finish,) = session.tick(15.0)
    assert finish.code == errors.CLOSE_POLICY
    assert session.phase is Phase.CLOSED
    assert session.deadline == float("inf")


def test_anything_before_hello_ends_it():
    for first in ("{", '{"t":"beat"}', '{"t":"future.thing"}', b"\x00"):
        session = Session("s1", 0.0, WALL)
        (finish,) = session.received(first, 0.0)
        assert finish.code == errors.CLOSE_POLICY
        assert said(session)[0].code == errors.CLOSE_POLICY


def test_frames_before_the_token_is_examined_end_it():
    session = Session("s1", 0.0, WALL)
    tell(session, messages.Hello(v=1, token="t"))
    (finish,) = tell(session, messages.Hello(v=1, token="t"))
    assert finish.code == errors.CLOSE_POLICY


@pytest.mark.parametrize("version", [0, -1, 3, 99])
def test_versions_further_than_one_apart_are_told_to_reload(version):
    session = Session("s1", 0.0, WALL)
    (finish,) = tell(session, messages.Hello(v=version, token="t"))
    assert finish.code == messages.CLOSE_VERSION
    assert said(session)[-1].retry_after is None


def test_the_next_version_is_served_during_an_update():
    session = Session("s1", 0.0, WALL)
    assert tell(session, messages.Hello(v=2, token="t")) == [Authenticate("t")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.TokenExpired("x"), 4001),
        (errors.Forbidden("x"), 4003),
        (errors.Refusal("forbidden", "x"), 4003),
        (errors.Refusal("internal", "x", temporary=True), 1011),
    ],
)
def test_refused_token_ends_with_its_own_code(error, code):
    session = Session("s1", 0.0, WALL)
    tell(session, messages.Hello(v=1, token="t"))
    assert session.failed(error)[0].code == code
    assert session.failed(error) == []
    assert said(session)[-1].code == code


def test_token_that_ran_out_on_the_way_is_refused():
    session = Session("s1", 0.0, WALL)
    tell(session, messages.Hello(v=1, token="t"))
    (finish,) = session.accepted(principal(expires_in=0.5), 1.0)
    assert finish.code == messages.CLOSE_TOKEN_EXPIRED


def test_acceptance_after_the_end_changes_nothing():
    session = Session("s1", 0.0, WALL)
    tell(session, messages.Hello(v=1, token="t"))
    session.tick(HELLO_TIMEOUT)
    said(session)
    assert session.accepted(principal(), 6.0) == []
    assert said(session) == []


def test_token_expiry_ends_the_session_with_4001():
    session = opened_session(expires_in=20.0)
    assert session.deadline == 20.0
    (finish,) = session.tick(20.0)
    assert finish.code == messages.CLOSE_TOKEN_EXPIRED
    assert said(session)[-1].retry_after == 0.0


def test_streams_beyond_the_limit_are_gone_from_hello():
    cursors = {f"c{n}": None for n in range(MAX_STREAMS + 1)} | {INBOX: None}
    session = Session("s1", 0.0, WALL)
    tell(session, messages.Hello(v=1, token="t", cursors=cursors))
    actions = session.accepted(principal(), 0.0)
    assert len(actions) == MAX_STREAMS + 1  # the inbox does not count
    assert said(session)[1:] == [messages.Gone(stream=f"c{MAX_STREAMS}", code="too_many_streams")]


# --- commands -------------------------------------------------------------------------------


def test_commands_become_actions_and_results_answers():
    session = opened_session()
    send = messages.Send(id="1", conv="c", text="hello")
    assert tell(session, send) == [Execute(send)]
    session.answered("1", messages.Ack(id="1", seq=7))
    session.answered("2", errors.Refusal("conversation_closed", "It is closed."))
    assert said(session) == [
        messages.Ack(id="1", seq=7),
        messages.Nack(id="2", code="conversation_closed", message="It is closed."),
    ]


def test_offers_go_to_the_media_server():
    session = opened_session()
    offer = messages.Offer(id="1", conv="c", call="k", generation=1, sdp="v=0")
    assert tell(session, offer) == [Negotiate(offer)]


def test_typing_is_relayed_only_into_open_streams():
    session = listening()
    typing = messages.Typing(conv="c", on=True)
    assert tell(session, typing) == [Relay(typing)]
    assert tell(session, messages.Typing(conv="other", on=True)) == []
    assert tell(session, messages.Viewing(conv=None)) == [Relay(messages.Viewing(conv=None))]
    opening = opened_session({"c": None})
    assert tell(opening, typing) == []


def test_word_of_a_direct_path_is_relayed_only_from_who_sees_the_conversation():
    session = listening()
    signal = messages.DirectSignal(conv="c", call="k", attempt=1, sdp="v=0")
    report = messages.DirectReport(conv="c", call="k", attempt=1, state="up")
    assert tell(session, signal) == [Relay(signal)]
    assert tell(session, report) == [Relay(report)]
    elsewhere = messages.DirectSignal(conv="other", call="k", attempt=1, sdp="v=0")
    assert tell(session, elsewhere) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"sdp": "x" * (MAX_SDP + 1)},
        {"candidates": [{"candidate": "x"}] * (MAX_CANDIDATES + 1)},
        {"candidates": [{"candidate": "x" * 1_000}]},
        {"call": "k" * 41},
        {"call": "k.*"},
    ],
)
def test_word_of_a_direct_path_has_its_bounds(fields):
    session = listening()
    frame = {"t": "direct.signal", "conv": "c", "call": "k", "attempt": 1, **fields}
    assert session.received(json.dumps(frame), 1.0) == []
    [refusal] = said(session)
    assert refusal.code == "bad_frame"


@pytest.mark.parametrize(
    ("data", "id_", "code"),
    [
        ("{", "", "bad_frame"),
        ("[]", "", "bad_frame"),
        ('"\\ud800"', "", "bad_frame"),
        ("[" * 20_000, "", "bad_frame"),
        (b"{}", "", "bad_frame"),
        ('{"t":"message.send","id":"7"}', "7", "bad_frame"),
        ('{"t":"message.send","id":7}', "", "bad_frame"),
        ('{"t":"message.send","id":"","conv":"c"}', "", "bad_frame"),
        ('{"t":"message.send","id":"' + "x" * 65 + '","conv":"c"}', "", "bad_frame"),
        ('{"t":"message.edit","id":"8"}', "8", "unknown_type"),
        ('{"t":"ä","id":"' + "x" * 65 + '"}', "", "unknown_type"),
        ('{"t":"typing","conv":"' + "ä" * 40_000 + '","on":true}', "", "too_large"),
        ('{"t":"hello","v":1,"token":"t"}', "", "bad_frame"),
    ],
)
def test_what_is_no_frame_gets_a_nack_and_the_session_lives_on(data, id_, code):
    session = opened_session()
    assert session.received(data, 0.0) == []
    (nack,) = said(session)
    assert (nack.t if hasattr(nack, "t") else "nack", nack.id, nack.code) == ("nack", id_, code)
    assert session.phase is Phase.OPEN


def test_long_frames_within_the_limit_in_bytes_pass():
    session = opened_session()
    send = messages.Send(id="1", conv="c", text="x" * 60_000)
    assert tell(session, send) == [Execute(send)]


def test_unknown_fields_are_ignored():
    session = opened_session()
    (action,) = session.received('{"t":"read","id":"1","conv":"c","upto":3,"future":1}', 0.0)
    assert action == Execute(messages.MarkRead(id="1", conv="c", upto=3))


def test_frames_after_the_end_are_ignored():
    session = opened_session()
    session.lost()
    assert tell(session, messages.Beat()) == []
    assert session.pass_on(b"{}") == []
    assert session.heartbeat({}, 1.0) == []
    assert said(session) == []


# --- rate limit -----------------------------------------------------------------------------


def send_many(session: Session, count: int, now: float = 0.0) -> list[Action]:
    actions = []
    for n in range(count):
        actions += tell(session, messages.Send(id=str(n + 1), conv="c"), now)
    return actions


def test_visitor_may_burst_twenty_and_obeying_retry_after_succeeds():
    session = opened_session()
    assert len(send_many(session, 21)) == 20
    (nack,) = said(session)
    assert (nack.code, nack.temporary) == ("rate_limited", True)
    assert len(send_many(session, 1, nack.retry_after)) == 1


def test_leaving_an_open_stream_is_never_refused():
    session = listening()
    send_many(session, 21)
    said(session)
    assert tell(session, messages.Unsubscribe(id="1", stream="c")) == [Release("c")]
    tell(session, messages.Unsubscribe(id="2", stream="c"))
    left, again = said(session)
    assert left == messages.Ack(id="1")
    assert again.code == "rate_limited", "one that is not open would be free to flood with"


def test_going_on_after_rate_limited_ends_with_4009():
    session = opened_session()
    actions = send_many(session, 200)
    assert actions[-1] == Finish(messages.CLOSE_FLOOD, "Too many frames.")
    assert len(actions) == 21
    assert said(session)[-1].retry_after is None


def test_garbage_counts_as_commands():
    session = opened_session()
    actions = [action for _ in range(60) for action in session.received("{", 0.0)]
    assert [action.code for action in actions] == [messages.CLOSE_FLOOD]


def test_staff_may_do_more():
    session = opened_session(audience="staff")
    assert len(send_many(session, 61)) == 60


@pytest.mark.parametrize("frame", [messages.Beat(), messages.Viewing(conv=None)])
def test_floods_of_ephemeral_frames_are_dropped_then_ended(frame):
    session = opened_session()
    actions = [action for _ in range(60) for action in tell(session, frame)]
    assert not any(isinstance(action, Finish) for action in actions)
    actions = [action for _ in range(400) for action in tell(session, frame)]
    assert [action.code for action in actions] == [messages.CLOSE_FLOOD]


# --- streams --------------------------------------------------------------------------------


def test_subscribe_is_answered_after_its_snapshot():
    session = opened_session()
    subscribe = messages.Subscribe(id="1", stream="c")
    assert tell(session, subscribe) == [Open("c", None, "1")]
    assert not session.has_open("c")
    assert session.opened("c", snapshot(9), "1") == []
    assert said(session) == [snapshot(9), messages.Ack(id="1", seq=9)]
    assert session.has_open("c")


def test_subscribing_twice_is_refused():
    session = listening()
    assert tell(session, messages.Subscribe(id="1", stream="c")) == []
    assert said(session)[0].code == "bad_frame"


def test_more_than_32_conversations_are_refused():
    session = opened_session({f"c{n}": None for n in range(MAX_STREAMS)})
    tell(session, messages.Subscribe(id="1", stream="one more", cursor=("e", 3)))
    assert said(session)[0].code == "too_many_streams"
    assert tell(session, messages.Subscribe(id="2", stream=INBOX)) == [Open(INBOX, None, "2")]


def test_unsubscribe_releases_and_frees_a_place():
    session = listening()
    assert tell(session, messages.Unsubscribe(id="1", stream="c")) == [Release("c")]
    assert tell(session, messages.Unsubscribe(id="2", stream="c")) == []
    assert said(session) == [messages.Ack(id="1"), messages.Ack(id="2")]
    assert session.live("c", live(6, 5)) == []
    assert session.head("c", 9) == []
    assert session.opened("c", [], None) == []
    assert session.caught_up("c", []) == []
    assert session.refused("c", errors.Refusal("not_found", "x")) == []
    assert said(session) == []


def test_refused_subscribe_is_nacked_and_forgotten():
    session = opened_session()
    tell(session, messages.Subscribe(id="1", stream="c"))
    refusal = errors.Refusal("not_found", "No such conversation.")
    assert session.refused("c", refusal, "1") == [Release("c")]
    assert said(session)[0].code == "not_found"
    assert not session.has_open("c")


def test_stream_refused_at_hello_is_gone():
    session = opened_session({"c": None})
    assert session.refused("c", errors.Refusal("not_found", "x")) == [Release("c")]
    assert said(session) == [messages.Gone(stream="c", code="not_found")]


def test_store_that_fails_while_opening_at_hello_makes_the_client_come_again():
    session = opened_session({"c": None})
    (finish,) = session.refused("c", errors.Refusal("internal", "x", temporary=True))
    assert finish.code == errors.CLOSE_INTERNAL


def test_replay_follows_the_cursor_and_drops_what_was_sent():
    session = opened_session({"c": ("e", 5)})
    session.opened("c", [event(5, 4), event(7, 5), event(8, 7)], None)
    assert seqs(session) == [(7, 5), (8, 7)]


def test_inbox_replay_is_one_frame():
    session = opened_session({INBOX: ("e", 5)})
    session.opened(INBOX, InboxChanges(epoch="e", seq=9, prev=5, items=[]), None)
    assert said(session) == [InboxChanges(epoch="e", seq=9, prev=5, items=[])]
    session = opened_session({INBOX: None})
    session.opened(INBOX, InboxSnapshot(epoch="e", seq=9, items=[]), None)
    assert session.live(INBOX, live(9, 8)) == []
    assert len(said(session)) == 1


def test_live_frame_that_follows_is_sent_as_it_is():
    session = listening(cursor=5)
    frame = live(7, 5)
    assert session.live("c", frame) == []
    assert session.outgoing.take() is frame.data


def test_frame_that_was_sent_is_dropped():
    session = listening(cursor=5)
    assert session.live("c", live(5, 4)) == []
    assert said(session) == []


def test_prev_on_the_wire_is_what_the_client_has():
    session = opened_session({"c": None})
    session.opened("c", snapshot(6), None)  # 6 itself is hidden from this audience
    said(session)
    session.live("c", live(7, 5))
    assert seqs(session) == [(7, 6)]


def test_gap_is_read_and_then_goes_on_without_loss_or_duplicate():
    session = listening(cursor=5)
    assert session.live("c", live(8, 7)) == [Read("c", 5)]
    assert session.live("c", live(9, 8)) == []
    assert said(session) == []
    assert session.caught_up("c", [event(6, 5), event(7, 6), event(8, 7)]) == []
    assert seqs(session) == [(6, 5), (7, 6), (8, 7), (9, 8)]


def test_live_events_wait_for_the_snapshot_and_those_it_holds_are_dropped():
    session = opened_session({"c": None})
    for seq in range(1, 8):
        session.live("c", live(seq, seq - 1))
    session.opened("c", snapshot(5), None)
    assert [type(frame).__name__ for frame in said(session)] == ["Snapshot", "Event", "Event"]


def test_more_live_events_than_are_held_show_as_a_gap():
    session = opened_session({"c": None})
    last = HELD + 10
    for seq in range(1, last + 1):
        session.live("c", live(seq, seq - 1))
    assert session.opened("c", snapshot(1), None) == [Read("c", 1)]
    session.caught_up("c", [event(seq, seq - 1) for seq in range(2, last + 1)])
    assert seqs(session) == [(seq, seq - 1) for seq in range(2, last + 1)]


def test_gap_after_catching_up_is_read_again():
    session = listening(cursor=5)
    session.live("c", live(8, 7))
    session.live("c", live(12, 11))
    assert session.caught_up("c", [event(8, 5)]) == [Read("c", 8)]


def test_head_beyond_the_cursor_is_read_once():
    session = listening(cursor=5)
    assert session.head("c", 5) == []
    assert session.head("c", 7) == [Read("c", 5)]
    assert session.head("c", 7) == []
    assert session.caught_up("c", []) == []  # 6 and 7 are hidden
    assert session.head("c", 7) == []
    assert session.head("c", 8) == [Read("c", 5)]


def test_head_learned_while_reading_is_read_afterwards():
    session = listening(cursor=5)
    session.head("c", 7)
    assert session.head("c", 9) == []
    assert session.caught_up("c", [event(7, 5)]) == [Read("c", 7)]
    assert session.caught_up("c", None) == []


def test_head_while_a_held_gap_is_read_asks_once():
    session = listening(cursor=5)
    session.head("c", 7)
    session.head("c", 12)
    session.live("c", live(12, 11))
    assert session.caught_up("c", [event(7, 5)]) == [Read("c", 7)]


def test_read_that_failed_is_tried_again_with_the_next_sign():
    session = listening(cursor=5)
    session.live("c", live(8, 7))
    assert session.refused("c", errors.Refusal("internal", "x", temporary=True)) == []
    assert session.head("c", 8) == [Read("c", 5)]


def test_access_that_ended_shows_as_gone():
    session = listening(cursor=5)
    session.head("c", 8)
    assert session.refused("c", errors.Refusal("forbidden", "x")) == [Release("c")]
    assert said(session) == [messages.Gone(stream="c", code="forbidden")]


# --- heartbeat ------------------------------------------------------------------------------


def test_heartbeat_carries_heads_and_reads_what_they_show_missing():
    session = listening(cursor=5)
    assert session.deadline == 25.0
    assert session.tick(24.0) == []
    assert session.tick(25.0) == [ReadHeads(("c",))]
    assert session.heartbeat({"c": 9}, 25.0) == [Read("c", 5)]
    (beat,) = said(session)
    assert (beat.heads, beat.every, beat.now) == ({"c": 9}, 25.0, int((WALL + 25) * 1000))


def test_two_missed_heartbeats_end_the_connection():
    session = opened_session()
    for due in (25.0, 50.0):
        assert session.tick(due) == [ReadHeads(())]
        session.heartbeat({}, due)
    (finish,) = session.tick(75.0)
    assert finish.code == errors.CLOSE_GOING_AWAY


def test_any_frame_is_a_sign_of_life():
    session = opened_session()
    for due in (25.0, 50.0):
        session.tick(due)
        session.heartbeat({}, due)
    tell(session, messages.Typing(conv="c", on=True), 60.0)
    assert session.tick(75.0) == [ReadHeads(())]


def test_call_shortens_the_heartbeat_at_once():
    session = opened_session()
    assert not session.active
    tell(session, messages.Beat(active=True), 1.0)
    assert session.active
    assert session.deadline == 6.0
    assert opened_session(active=True).deadline == 5.0


def test_recovered_bus_brings_the_heartbeat_forward():
    session = opened_session()
    session.hurry(3.0)
    assert session.deadline == 3.0
    session.hurry(9.0)
    assert session.deadline == 3.0


# --- the queue ------------------------------------------------------------------------------


def test_slow_reader_is_ended_with_4008_and_its_queue_forgotten():
    session = listening(cursor=0)
    frames = [live(n, n - 1, "x" * 8000) for n in range(1, 60)]
    actions = [action for frame in frames for action in session.live("c", frame)]
    assert [action.code for action in actions] == [messages.CLOSE_TOO_SLOW]
    (bye,) = said(session)
    assert (bye.code, bye.retry_after) == (messages.CLOSE_TOO_SLOW, 0.5)


def test_gap_found_by_a_frame_that_overflows_is_not_read():
    session = listening(cursor=0)
    session.head("c", 3)
    for n in range(1, 60):
        session.live("c", live(n, n - 1, "x" * 8000))
    actions = session.caught_up("c", [])
    assert [type(action) for action in actions] == [Finish]


def test_large_replies_are_no_reason_to_end():
    session = opened_session({"c": ("e", 0)})
    session.opened("c", [event(n, n - 1, "x" * 8000) for n in range(1, 60)], None)
    assert session.phase is Phase.OPEN
    assert session.outgoing.size > MAX_QUEUED


def test_ephemeral_frames_coalesce_and_never_end_it():
    session = opened_session()
    session.pass_on(b'"old"', "typing.a")
    session.pass_on(b'"durable"')
    session.pass_on(b'"new"', "typing.a")
    assert [session.outgoing.take() for _ in range(3)] == [b'"durable"', b'"new"', None]
    for n in range(100):
        assert session.pass_on(b"x" * 8000, f"key{n}") == []
    assert session.outgoing.size <= MAX_QUEUED
    assert session.pass_on(b"x" * 8000) == []  # a durable one takes their place
    assert len(session.outgoing) == 1


def test_draining_tells_when_to_come_again():
    session = opened_session()
    (finish,) = session.failed(errors.Draining("This server leaves.", 3.5))
    assert finish.code == messages.CLOSE_DRAINING
    assert said(session) == [messages.Bye(code=4012, reason="This server leaves.", retry_after=3.5)]


def test_principal_is_known_from_acceptance():
    assert opened_session().principal == principal()
    assert Session("s", 0.0, WALL).principal is None


def test_replay_after_a_dropped_event_follows_what_the_client_has():
    session = opened_session({"c": ("e", 5)})
    session.opened("c", [event(5, 3), event(8, 4)], None)
    assert seqs(session) == [(8, 5)]


def test_catching_up_may_be_a_snapshot():
    session = listening(cursor=5)
    session.head("c", 9)
    session.caught_up("c", snapshot(9))
    assert said(session) == [snapshot(9)]
    session.live("c", live(10, 9))
    assert seqs(session) == [(10, 9)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError("a bug"), 1011),
        (errors.TooSlow("x"), 4008),
        (errors.Superseded("x"), 4004),
        (errors.Draining("x", 1.0), 4012),
    ],
)
def test_every_error_has_a_close_code(error, code):
    assert errors.close_code(error) == code
    assert errors.retryable(code) == (code not in {4003, 4004, 4009, 4010, 1008})
