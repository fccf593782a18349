"""What travels between nodes."""

import msgspec
import pytest

from signaling import hints
from signaling.events import Person
from signaling.messages import Typing


def frame(size: int) -> hints.EncodedFrame:
    return hints.EncodedFrame(seq=2, prev=1, frame=msgspec.Raw(b'"' + b"x" * size + b'"'))


@pytest.mark.parametrize(
    "hint",
    [
        hints.ConversationHint(conv="c", seq=2, frames={"visitor": [frame(3)]}, call=True),
        hints.InboxHint(seq=2, frame=frame(3)),
        hints.FrameHint(frame=hints.raw(Typing(conv="c", on=True)), key="k", session="s"),
        hints.SessionEnded(session="s"),
        hints.PresenceAsked(node="n"),
        hints.VisitorHere(node="n", online=True),
        hints.ViewersHint(node="n", people=[Person(id="a", role="agent")]),
    ],
)
def test_hints_arrive_as_they_were(hint):
    again = hints.decode(hints.encode(hint))
    assert type(again) is type(hint)
    assert msgspec.json.encode(again) == msgspec.json.encode(hint)


@pytest.mark.parametrize(
    "hint",
    [
        hints.ConversationHint(conv="c", seq=2, frames={"staff": [frame(40_000)]}, call=True),
        hints.InboxHint(seq=2, frame=frame(40_000)),
    ],
)
def test_large_hints_go_without_their_frames(hint):
    data = hints.encode(hint)
    assert len(data) < 200
    again = hints.decode(data)
    assert again.seq == 2
    assert getattr(again, "frames", None) is None


def test_frame_for_one_person_is_never_taken_away():
    hint = hints.FrameHint(frame=msgspec.Raw(b'"' + b"x" * 40_000 + b'"'))
    assert len(hints.decode(hints.encode(hint)).frame) > 40_000


def test_foreign_hints_are_refused():
    for data in (b"", b"{}", b'{"h":"from the next release"}'):
        with pytest.raises(msgspec.DecodeError):
            hints.decode(data)
