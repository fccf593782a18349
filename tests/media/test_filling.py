"""What comes into m-lines that were offered before anything was known."""

from __future__ import annotations

from media import Publication, fill

VOICE = Publication("p1", "anna", "audio")
CAMERA = Publication("p2", "anna", "camera")
SCREEN = Publication("p3", "anna", "screen")
THEIRS = [VOICE, CAMERA, SCREEN]


def test_each_line_takes_another_publication_of_its_kind_the_first_that_came_first() -> None:
    spare = {"2": "video", "3": "audio", "4": "video"}
    assert fill(spare, (), THEIRS) == {"2": CAMERA, "3": VOICE, "4": SCREEN}


def test_what_has_its_line_already_gets_no_second_one() -> None:
    assert fill({"2": "video"}, {"p2"}, THEIRS) == {"2": SCREEN}


def test_a_line_stays_empty_when_there_is_nothing_of_its_kind() -> None:
    assert fill({"2": "audio", "3": "audio"}, (), THEIRS) == {"2": VOICE}
    assert fill({"2": "audio"}, (), ()) == {}
