"""The command line: accounts are made, listed and changed, and mistakes are said plainly."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest

from server.__main__ import main
from tests.services.server import free_port


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


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TISKI_DATA_DIR", "/dev/null/x", "set TISKI_DATA_DIR"),
        ("TISKI_DATABASE_URL", "sqlite:////dev/null/x.db", "check that it runs"),
        ("TISKI_DATABASE_URL", "postgresql://app@127.0.0.1:1/x", "check that it runs"),
        ("TISKI_DATABASE_URL", "postgresql://[", "TISKI_DATABASE_URL"),
        ("TISKI_REDIS_URL", "localhost", "must begin with redis://"),
        ("TISKI_HOST", "203.0.113.9", "of 203.0.113.9 cannot be opened"),
        ("TISKI_MEDIA_HOST", "203.0.113.9", "check TISKI_MEDIA_PORT"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    said: str,
) -> None:
    for name, kind in (("", socket.SOCK_STREAM), ("MEDIA_", socket.SOCK_DGRAM)):
        monkeypatch.setenv(f"TISKI_{name}PORT", str(free_port(kind)))
    monkeypatch.setenv(variable, value)
    assert main(["serve"]) == 2
    words = capsys.readouterr().err
    assert said in words
    assert words.count("\n") == 1
