"""Whatever a client sends: a frame or a reason, never an exception, never the end of a session."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling import messages
from signaling.actions import Finish
from signaling.decoding import Malformed, decode
from signaling.messages import ClientFrame, NackCode
from tests.signaling.test_session import listening, said

CODES = set(NackCode.__args__)
TAGS = sorted(frame.__struct_config__.tag for frame in ClientFrame.__args__)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
fields = st.sampled_from(
    ["id", "conv", "text", "files", "upto", "stream", "cursor", "media", "sdp", "send", "call",
     "generation", "on", "page", "v", "token", "cursors", "reason", "note", "to", "expert",
     "task", "fence", "email", "at", "phone", "part", "person", "department", "needs"]
)  # fmt: skip
near_frames = st.builds(
    lambda tag, rest: json.dumps({**rest, "t": tag}),
    st.sampled_from(TAGS),
    st.dictionaries(fields, values, max_size=6),
)
anything = st.text(max_size=300) | st.binary(max_size=300) | values.map(json.dumps) | near_frames


@given(anything)
@settings(max_examples=400, deadline=None)
def test_every_message_is_a_frame_or_a_reason(data):
    found = decode(data)
    if isinstance(found, Malformed):
        assert found.code in CODES
        assert len(found.id) <= 40
    else:
        assert isinstance(found, ClientFrame)


@given(st.lists(anything, max_size=15))
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_messages_breaks_an_open_session(sequence):
    session = listening()
    for data in sequence:
        for action in session.received(data, 0.0):
            assert not isinstance(action, Finish)  # fewer than the limit: the session lives on
    for frame in said(session):
        assert isinstance(frame, messages.Nack | messages.Ack)


def test_truncations_of_a_real_frame_are_refused():
    whole = msgspec.json.encode(messages.Send(id="1", conv="c", text="ä€😀")).decode()
    for cut in range(len(whole)):
        assert isinstance(decode(whole[:cut]), Malformed)


@pytest.mark.parametrize(
    "fields",
    [
        {"t": "message.send", "id": "a\0", "conv": "c"},
        {"t": "message.send", "id": "a", "conv": "\0c"},
        {"t": "message.send", "id": "a", "conv": "c", "files": ["f", "\0"]},
        {"t": "subscribe", "id": "a", "stream": "\0\n"},
        {"t": "transfer.request", "id": "a", "conv": "c", "to": "\0"},
        {"t": "hello", "v": 1, "token": "t", "cursors": {"\0": None}},
    ],
)
def test_a_key_that_the_database_would_not_take_is_refused(fields):
    found = decode(json.dumps(fields))
    assert isinstance(found, Malformed)
    assert found.code == "bad_frame"


def test_a_nul_in_a_text_is_no_reason_to_lose_the_text():
    frame = {"t": "message.send", "id": "a", "conv": "c", "text": "a\0b"}
    assert isinstance(decode(json.dumps(frame)), messages.Send)
