"""Who is in a conversation, from what nodes say."""

import msgspec

from signaling.events import Person
from signaling.messages import Viewers, VisitorPresence
from signaling.presence import Presence

ONE = Person(id="a", role="agent", name="One")
TWO = Person(id="b", role="agent", name="Two")


def told(frames):
    return [msgspec.json.decode(data, type=Viewers | VisitorPresence) for _, data in frames]


def test_visitor_is_there_while_any_node_has_them():
    presence = Presence("c")
    assert told(presence.visitor("n1", True)) == [VisitorPresence(conv="c", online=True)]
    assert told(presence.visitor("n2", True)) == []
    assert told(presence.visitor("n1", False)) == []
    assert told(presence.visitor("n2", False)) == [VisitorPresence(conv="c", online=False)]
    assert told(presence.visitor("n2", False)) == []


def test_viewers_of_all_nodes_are_told_once_each():
    presence = Presence("c")
    assert told(presence.viewers("n1", [TWO])) == [Viewers(conv="c", people=[TWO])]
    assert told(presence.viewers("n2", [ONE, TWO])) == [Viewers(conv="c", people=[ONE, TWO])]
    assert told(presence.viewers("n2", [ONE, TWO])) == []
    assert told(presence.viewers("n1", [])) == []
    assert told(presence.viewers("n2", [])) == [Viewers(conv="c", people=[])]
    assert told(presence.viewers("n3", [])) == []


def test_who_comes_is_told_everything():
    presence = Presence("c")
    list(presence.visitor("n1", True))
    assert told(presence.frames()) == [
        VisitorPresence(conv="c", online=True),
        Viewers(conv="c", people=[]),
    ]


def test_node_that_stays_silent_is_forgotten_at_the_second_question():
    presence = Presence("c")
    list(presence.visitor("dead", True))
    list(presence.viewers("dead", [ONE]))
    assert told(presence.forget_silent()) == []
    assert told(presence.forget_silent()) == [
        VisitorPresence(conv="c", online=False),
        Viewers(conv="c", people=[]),
    ]


def test_node_that_answers_is_kept():
    presence = Presence("c")
    list(presence.visitor("n1", True))
    for _ in range(3):
        assert told(presence.forget_silent()) == []
        list(presence.visitor("n1", True))
