"""Transcripts of real exchanges, kept: a change that breaks clients of this version shows here.

`tests/data/protocol/v1.jsonl` holds, line by line, what a version 1 client sends (`>`) and
what it was answered (`<`); `v1-queue.jsonl` what came with the queue, `v1-direct.jsonl` with
direct paths, `v1-recording.jsonl` with recording. Frames may gain fields with defaults; what is
written there must keep its meaning. A new version adds a file and leaves the old ones.
"""

import json
from pathlib import Path

import msgspec
import pytest

from signaling import messages
from signaling.decoding import decode
from signaling.events import EventBody
from signaling.messages import ClientFrame, ServerFrame

DATA = Path(__file__).parents[1] / "data" / "protocol"
LINES = [
    pytest.param(line[0], line[2:], id=f"{path.stem}:{number}")
    for path in sorted(DATA.glob("v*.jsonl"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
]


@pytest.mark.parametrize(("direction", "text"), LINES)
def test_what_was_said_is_still_understood_and_said_the_same(direction, text):
    frame = decode(text) if direction == ">" else msgspec.json.decode(text, type=ServerFrame)
    again = json.loads(msgspec.json.encode(frame))
    assert contains(json.loads(text), again)


def contains(old, new) -> bool:
    """Tell whether `new` says what `old` said, apart from defaults that are left out."""
    if isinstance(old, dict):
        return all(key in new and contains(value, new[key]) for key, value in old.items())
    if isinstance(old, list):
        return len(old) == len(new) and all(map(contains, old, new))
    return old == new


def test_every_frame_of_this_version_is_in_the_transcript():
    said = {(d, json.loads(text)["t"]) for d, text in (param.values for param in LINES)}
    client = {(">", frame.__struct_config__.tag) for frame in ClientFrame.__args__}
    server = {("<", frame.__struct_config__.tag) for frame in ServerFrame.__args__}
    assert said >= client | server


def test_every_kind_of_event_is_in_the_transcript():
    said = {
        json.loads(text).get("event", {}).get("kind")
        for _, text in (param.values for param in LINES)
    }
    assert said >= {kind.__struct_config__.tag for kind in EventBody.__args__}


def test_a_frame_of_the_next_version_is_refused_softly():
    text = '{"t":"cobrowse.rewind","id":"1","conv":"c","new":true}'
    assert decode(text).code == "unknown_type"


def test_fields_of_the_next_version_are_ignored():
    text = '{"t":"read","id":"1","conv":"c","upto":4,"device":"phone"}'
    assert decode(text) == messages.MarkRead(id="1", conv="c", upto=4)
