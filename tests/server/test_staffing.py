"""The command line sets departments and hours, and says plainly what cannot be."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from server.__main__ import main
from tests.server.test_command_line import _apart

__all__ = ["_apart"]


class Shell:
    """Somebody who types commands."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def does(self, *words: str) -> str:
        """Return what a command prints."""
        status = main(list(words))
        said = self._capsys.readouterr()
        assert status == 0, said.err
        return said.out

    def refused(self, *words: str) -> str:
        """Return why a command is not done."""
        assert main(list(words)) == 2
        return self._capsys.readouterr().err


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(capsys)
    made.does("demo")
    return made


def _audited(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "tiski.db") as db:
        rows = db.execute("SELECT action FROM audit WHERE actor = 'operator' ORDER BY id")
        found = [action for (action,) in rows]
    db.close()
    return found


def test_a_department_is_added_changed_listed_and_removed(shell: Shell, tmp_path: Path) -> None:
    said = shell.does(
        "department", "add", "Garden", "--member", "Agent1@demo.example", "--wrapup", "30",
        "--overflow", "90", "--overflow-to", "technical help", "--first", "60",
    )  # fmt: skip
    assert said == "There is a department Garden now.\n"
    listed = shell.does("department", "list").splitlines()
    assert listed[0].startswith("* Asiakaspalvelu")
    assert "  Garden                       auto    1 members    90 s → Technical help" in listed
    shell.does(
        "department", "set", "garden", "--name", "Boats", "--assignment", "manual", "--usual",
        "--overflow-to", "none", "--first", "none", "--next", "120",
    )  # fmt: skip
    listed = shell.does("department", "list").splitlines()
    assert listed[0] == "* Boats                        manual  1 members    90 s → a message"
    shell.does("department", "set", "Asiakaspalvelu", "--usual")
    shell.does("department", "remove", "Boats", "--move-to", "Technical help")
    assert "Boats" not in shell.does("department", "list")
    assert _audited(tmp_path) == [
        "department.added", "department.changed", "department.changed", "department.removed"
    ]  # fmt: skip


def test_a_department_that_cannot_be_is_refused_with_the_reason(shell: Shell) -> None:
    for words, why in (
        (["add", "technical HELP"], "one called technical HELP already"),
        (["add", "A", "--offer", "1"], "from 5 to 300"),
        (["add", "A", "--offer", "none"], "--offer must be a number"),
        (["add", "A", "--member", "nobody@demo.example"], "no account in this shop"),
        (["add", "A", "--overflow-to", "nowhere"], "there are: Asiakaspalvelu, Technical help"),
        (["set", "Technical help"], "Say what to change"),
        (["set", "Nowhere", "--usual"], "no department Nowhere"),
        (
            ["set", "Technical help", "--overflow", "60", "--overflow-to", "technical help"],
            "would go round: Technical help → Technical help",
        ),
        (["remove", "Asiakaspalvelu"], "make another the usual one first"),
        (["list", "--site", "other"], "there are: demo"),
    ):
        assert why in shell.refused("department", *words), words


def test_a_department_with_work_is_not_removed_here(shell: Shell, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "tiski.db") as db:
        (site, where) = db.execute(
            "SELECT site, id FROM department WHERE name = 'Technical help'"
        ).fetchone()
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(
            "INSERT INTO task (id, site, conversation, visitor, department, kind, state, mode,"
            " weight, lang, needs, fence, front, enqueued_at, missed, created_at)"
            " VALUES ('t', ?, 'c', 'v', ?, 'service', 'waiting', 'chat', 1, 'fi', '[]', 1, 0, 0,"
            " '[]', 0)",
            (site, where),
        )
    db.close()
    said = shell.refused("department", "remove", "Technical help")
    assert "1 wait or are served there" in said
    said = shell.refused("department", "remove", "Technical help", "--move-to", "asiakaspalvelu")
    assert "remove it in the console" in said
    assert "Technical help" in shell.does("department", "list")


def _hours(**changes: Any) -> dict[str, Any]:
    return {"tz": "Europe/Helsinki", "week": {"mon": [["09:00", "17:00"]]}, **changes}


def test_hours_are_shown_and_set_from_a_file(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hours.json"
    file.write_text(json.dumps(_hours(holidays="FI")))
    assert json.loads(shell.does("hours", "show"))["week"]["sun"] == [["00:00", "24:00"]]
    shell.does("hours", "set", str(file))
    shown = shell.does("hours", "show")
    assert json.loads(shown)["week"] == {
        "mon": [["09:00", "17:00"]],
        **{day: [] for day in ("tue", "wed", "thu", "fri", "sat", "sun")},
    }
    file.write_text(shown)
    shell.does("hours", "set", str(file), "--department", "Technical help")
    assert shell.does("hours", "show", "--department", "technical help") == shown
    shell.does("hours", "set", "none", "--department", "Technical help")
    said = shell.does("hours", "show", "--department", "Technical help")
    assert said == "Technical help has the hours of the site.\n"
    typed = io.TextIOWrapper(io.BytesIO(json.dumps(_hours(tz="Europe/Stockholm")).encode()))
    monkeypatch.setattr("sys.stdin", typed)
    shell.does("hours", "set", "-")
    assert json.loads(shell.does("hours", "show"))["tz"] == "Europe/Stockholm"


def test_hours_that_cannot_be_are_refused_with_the_reason(shell: Shell, tmp_path: Path) -> None:
    before = shell.does("hours", "show")
    file = tmp_path / "hours.json"
    for text, why in (
        ("{", "is not JSON"),
        ("[]", "Expected `object`"),
        (json.dumps(_hours(week={"mon": [["17:00", "09:00"]]})), "ends before it starts"),
        (json.dumps(_hours(exceptions=[{"date": "2027-13-01"}])), "date"),
        (json.dumps(_hours(tz="Moon/Base")), "no time zone"),
    ):
        file.write_text(text)
        assert why in shell.refused("hours", "set", str(file)), text
    assert "cannot be read" in shell.refused("hours", "set", str(tmp_path / "no.json"))
    assert "--department" in shell.refused("hours", "set", "none")
    assert shell.does("hours", "show") == before
