"""What `make run` tells the demo's banks and the server of each other."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from deploy.demobank.bankid.authority import issue
from deploy.develop.banks import Demo, demo_of, vault_settings, write_demo
from deploy.develop.ports import PORTS
from server.config import ConfigError, Settings
from server.identity.config import load_providers
from server.identity.vault import open_vault

NUMBERS = {port.variable: port.default for port in PORTS}


def _demo(tmp_path: Path) -> Demo:
    demo = demo_of({"TISKI_DATA_DIR": str(tmp_path)}, NUMBERS)
    write_demo(demo)
    issue(demo.bankid_folder)
    return demo


def test_the_server_believes_the_banks_in_a_demo_and_refuses_them_elsewhere(
    tmp_path: Path,
) -> None:
    demo = _demo(tmp_path)
    providers = load_providers(demo.identity_file, demo=True)
    assert [one.id for one in providers] == ["demobank", "demobankid"]
    assert [len(one.methods) for one in providers] == [3, 1]
    with pytest.raises(ConfigError, match="demo"):
        load_providers(demo.identity_file, demo=False)


def test_the_bank_knows_the_server_where_browsers_see_it(tmp_path: Path) -> None:
    environ = {"TISKI_DATA_DIR": str(tmp_path), "TISKI_PUBLIC_URL": "https://chat.example/"}
    demo = demo_of(environ, NUMBERS)
    write_demo(demo)
    told = json.loads(demo.bank_file.read_text())
    (client,) = told["clients"]
    assert client["redirect_uris"] == ["https://chat.example/identity/callback/demobank"]
    assert client["jwks_uri"] == "https://chat.example/identity/jwks/demobank"
    assert told["testing"] is False, "what tests may do to a bank is not there in a demo"


def test_with_a_database_of_its_own_a_demo_has_keys_that_stay_and_that_nobody_else_reads(
    tmp_path: Path,
) -> None:
    demo = _demo(tmp_path)
    environ = {"TISKI_DATABASE_URL": "postgresql://app@127.0.0.1/tiski"}
    made = vault_settings(environ, demo)
    assert vault_settings(environ, demo) == made
    assert stat.S_IMODE((demo.folder / "vault.json").stat().st_mode) == 0o600
    identity = {"TISKI_IDENTITY": str(demo.identity_file)}
    open_vault(Settings.from_environment(environ | made | identity, demo=True))
    assert vault_settings({}, demo) == {}, "alone, the server keeps its own"
    assert vault_settings(environ | {"TISKI_VAULT_KEYS": "theirs:…"}, demo) == {}
