"""The command line: accounts are made, listed and changed, and mistakes are said plainly."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from server.__main__ import main


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TISKI_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("TISKI_DATABASE_URL", raising=False)
    # Loggers keep the stream that they were set up with, which ends with this test.
    monkeypatch.setattr("server.logs.set_up", lambda **_: None)


def _typing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_accounts_live(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    add = ["agent", "add", "New@shop.example", "New Agent", "--role", "supervisor"]
    _typing(monkeypatch, "a long password\n")
    assert main(add) == 2
    assert "--site" in capsys.readouterr().err
    assert main(["demo"]) == 0
    _typing(monkeypatch, "short\n")
    assert main(add) == 2
    assert "10 characters" in capsys.readouterr().err
    _typing(monkeypatch, "a long password\n")
    assert main(add) == 0
    _typing(monkeypatch, "a long password\n")
    assert main(add) == 2
    assert "already" in capsys.readouterr().err
    _typing(monkeypatch, "another password\n")
    assert main(["agent", "passwd", "new@shop.example"]) == 0
    _typing(monkeypatch, "another password\n")
    assert main(["agent", "passwd", "nobody@shop.example"]) == 2
    capsys.readouterr()
    assert main(["agent", "list"]) == 0
    listed = capsys.readouterr().out
    assert "new@shop.example                 supervisor  New Agent" in listed
    assert "password" not in listed


def test_a_wrong_setting_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TISKI_PORT", "http")
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err == (
        "tiski: TISKI_PORT must be a number from 1 to 65535, not 'http'.\n"
    )
