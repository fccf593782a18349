"""The command line: shops and accounts are made and changed, and mistakes are said plainly."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import msgspec
import pytest

from server.__main__ import main
from server.config import Settings
from server.domain.rules import Rules, version_of
from server.identity.vault import CUSTOMERS, open_vault
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


def _audited(folder: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(folder / "tiski.db") as db:
        query = "SELECT action, object FROM audit WHERE actor = 'operator' ORDER BY id"
        return db.execute(query).fetchall()


def test_a_permission_is_granted_and_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo"]) == 0

    def may() -> list[str]:
        capsys.readouterr()
        assert main(["agent", "list"]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line.split("@")[0] for line in lines if line.endswith("  may reveal")]

    assert may() == ["agent1", "supervisor"]
    for _ in range(2):
        assert main(["agent", "grant", "Agent2@demo.example", "reveal"]) == 0
    assert may() == ["agent1", "agent2", "supervisor"]
    assert main(["agent", "revoke", "agent1@demo.example", "reveal"]) == 0
    assert may() == ["agent2", "supervisor"]
    deeds = _audited(tmp_path)
    assert [deed for deed, _ in deeds] == ["agent.grant", "agent.grant", "agent.revoke"]
    assert all(thing.endswith(" reveal") for _, thing in deeds)
    assert main(["agent", "grant", "nobody@demo.example", "reveal"]) == 2
    assert "has no account" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["agent", "grant", "agent1@demo.example", "everything"])


def test_gates_are_set_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SHOP) == 0
    change = ["site", "set", "shop"]
    assert main([*change, "--gate", "history=high:5"]) == 0
    assert main([*change, "--gate", "confidential=off"]) == 0
    assert _audited(tmp_path) == [
        ("identity.gates", "history=high:5 confidential=substantial:30"),
        ("identity.gates", "history=high:5 confidential=off"),
    ]
    capsys.readouterr()
    assert main([*change, "--gate", "history=5"]) == 2
    assert "like history=substantial:60" in capsys.readouterr().err


def test_the_vaults_keys_are_made_and_turned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(SHOP) == 0
    capsys.readouterr()
    keys = []
    for name in ("first", "second"):
        assert main(["vault", "key", name]) == 0
        keys.append(capsys.readouterr().out.strip())
    monkeypatch.setenv("TISKI_VAULT_MATCH", "m" * 64)
    monkeypatch.setenv("TISKI_VAULT_KEYS", keys[0])
    vault = open_vault(Settings.from_environment())
    with sqlite3.connect(tmp_path / "tiski.db") as db:
        ((shop,),) = db.execute("SELECT id FROM site").fetchall()
        sealed = vault.seal(b"secret", CUSTOMERS, shop)
        db.execute("UPDATE site SET identify = ?", (sealed,))
    monkeypatch.setenv("TISKI_VAULT_KEYS", f"{keys[1]},{keys[0]}")
    assert main(["vault", "rotate"]) == 0
    said = capsys.readouterr().out
    assert "site.identify            1 sealed anew, 0 already" in said
    assert "Everything is sealed with second." in said
    monkeypatch.setenv("TISKI_VAULT_KEYS", keys[1])
    assert main(["vault", "rotate"]) == 0
    assert "site.identify            0 sealed anew, 1 already" in capsys.readouterr().out
    monkeypatch.setenv("TISKI_VAULT_KEYS", keys[0])
    assert main(["vault", "rotate"]) == 1
    assert "key second is not in TISKI_VAULT_KEYS" in capsys.readouterr().out
    assert main(["vault", "key", "two words"]) == 2
    for key in keys:
        assert key.partition(":")[2] not in capsys.readouterr().err
