"""The command line: shops and accounts are made and changed, and mistakes are said plainly."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import msgspec
import pytest

from server.__main__ import main
from server.domain.rules import Rules, version_of
from tests.services.ports import free_port


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


SHOP = ["site", "add", "shop", "--name", "The Shop", "--origin", "https://shop.example"]


def test_a_shop_is_added_changed_and_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TISKI_PUBLIC_URL", "https://tiski.example")
    assert main([*SHOP, "--origin", "https://WWW.shop.example:443/", "--color", "#AABBCC"]) == 0
    tag = '<script async src="https://tiski.example/loader.js" data-site="shop"></script>'
    assert tag in capsys.readouterr().out
    assert main(["site", "list"]) == 0
    assert capsys.readouterr().out == (
        "shop             #aabbcc fi,sv,en  The Shop  "
        "https://shop.example https://www.shop.example\n"
    )
    change = ["site", "set", "shop", "--lang", "sv", "--origin", "http://localhost:3000"]
    assert main(change) == 0
    capsys.readouterr()
    assert main(["site", "list"]) == 0
    assert capsys.readouterr().out == (
        "shop             #aabbcc sv        The Shop  http://localhost:3000\n"
    )


def test_the_rules_of_co_browsing_are_set_list_by_list(tmp_path: Path) -> None:
    assert main(SHOP) == 0

    def rules() -> Rules:
        with sqlite3.connect(tmp_path / "tiski.db") as db:
            ((kept,),) = db.execute("SELECT cobrowse FROM site").fetchall()
            ((audited,),) = db.execute(
                "SELECT object FROM audit WHERE actor = 'operator' ORDER BY id DESC LIMIT 1"
            ).fetchall()
        found = msgspec.json.decode(kept, type=Rules)
        assert audited == version_of(found)
        return found

    change = ["site", "set", "shop"]
    assert main([*change, "--mask", ".iban", "--mask", "#note", "--pause", "/pay*"]) == 0
    assert rules() == Rules(mask=[".iban", "#note"], pause=["/pay*"])
    assert main([*change, "--mask", "", "--assets", "cdn.example.com"]) == 0
    assert rules() == Rules(pause=["/pay*"], assets=["cdn.example.com"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (SHOP, "There is a site shop already"),
        ([*SHOP[:2], "shop_two", *SHOP[3:]], "a-z, 0-9"),
        (["site", "set", "other", "--name", "Other"], "no site other (there are: shop)"),
        (["site", "set", "shop"], "Say what to change"),
        (["site", "set", "shop", "--name", " "], "one line"),
        (["site", "set", "shop", "--pause", "pay"], "begins with /"),
        (["site", "set", "shop", "--color", "red"], "like #1f6f54"),
        *(
            (["site", "set", "shop", "--origin", origin], "without a path")
            for origin in (
                "https://shop.example/counter",
                "https://shop.example?",
                "https://user@shop.example",
                "https://shop.example:port",
                "https://shop.example; script-src *",
                "https://*.shop.example",
                "shop.example",
                "ftp://shop.example",
                "https://",
            )
        ),
    ],
)
def test_a_shop_that_cannot_be_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert main(SHOP) == 0
    capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tiski: ")
    assert said.err.count("\n") == 1
    assert reason in said.err


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
    for name in ("", "MEDIA_"):
        monkeypatch.setenv(f"TISKI_{name}PORT", str(free_port()))
    monkeypatch.setenv(variable, value)
    assert main(["serve"]) == 2
    words = capsys.readouterr().err
    assert said in words
    assert words.count("\n") == 1
