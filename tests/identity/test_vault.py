"""The vault: what it seals opens only here, whole, for its purpose, with its key."""

from __future__ import annotations

import base64
import multiprocessing
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.config import ConfigError, Settings
from server.identity.vault import (
    PERSON,
    PROVIDER_KEY,
    Ring,
    Tampered,
    UnknownKey,
    Vault,
    new_key,
    open_vault,
)

_MATCH = "m" * 64
_OLD = bytes(range(32))
_NEW = bytes(range(32, 64))


def _vault(**keys: bytes) -> Vault:
    return Vault(lambda: Ring(keys, _MATCH))


_VAULT = _vault(old=_OLD)


@given(data=st.binary(max_size=300), purpose=st.text(max_size=20), row=st.text(max_size=30))
def test_what_is_sealed_opens_as_it_was(data: bytes, purpose: str, row: str) -> None:
    sealed = _VAULT.seal(data, purpose, row)
    assert _VAULT.open(sealed, purpose, row) == data
    assert len(data) < 8 or data not in sealed


@given(data=st.binary(max_size=40), where=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_bit_of_it_can_be_changed(data: bytes, where: int, bit: int) -> None:
    sealed = bytearray(_VAULT.seal(data, PERSON, "row"))
    sealed[where % len(sealed)] ^= 1 << bit
    with pytest.raises((Tampered, UnknownKey)):
        _VAULT.open(bytes(sealed), PERSON, "row")


@given(length=st.integers(0, 39), junk=st.binary(max_size=60))
def test_what_is_cut_or_foreign_is_refused_plainly(length: int, junk: bytes) -> None:
    sealed = _VAULT.seal(b"words", PERSON)
    for bad in (sealed[: min(length, len(sealed) - 1)], junk):
        with pytest.raises((Tampered, UnknownKey)):
            _VAULT.open(bad, PERSON)


def test_the_same_is_never_sealed_alike() -> None:
    assert len({_VAULT.seal(b"same", PERSON, "row") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("purpose", "row"),
    [(PROVIDER_KEY, "1"), (PERSON, "2"), (PERSON, ""), (f"{PERSON}1", ""), ("perso", "n1")],
)
def test_it_opens_for_no_other_purpose_or_row(purpose: str, row: str) -> None:
    sealed = _VAULT.seal(b"code", PERSON, "1")
    with pytest.raises(Tampered):
        _VAULT.open(sealed, purpose, row)


def test_a_ring_opens_old_seals_and_makes_new_ones() -> None:
    before = _VAULT.seal(b"code", PERSON, "1")
    ring = _vault(new=_NEW, old=_OLD)
    assert ring.key == "new"
    assert ring.open(before, PERSON, "1") == b"code"
    after = ring.rewrap(before, PERSON, "1")
    assert (ring.key_of(before), ring.key_of(after)) == ("old", "new")
    assert ring.rewrap(after, PERSON, "1") is after
    assert _vault(new=_NEW).open(after, PERSON, "1") == b"code"
    with pytest.raises(Tampered):
        ring.rewrap(before, PERSON, "2")


def test_a_key_that_is_gone_is_named() -> None:
    sealed = _VAULT.seal(b"code", PERSON)
    with pytest.raises(UnknownKey, match="key old is not in TISKI_VAULT_KEYS"):
        _vault(new=_NEW).open(sealed, PERSON)


def test_another_key_of_the_same_name_opens_nothing() -> None:
    sealed = _VAULT.seal(b"code", PERSON)
    with pytest.raises(Tampered, match="another key has the name old"):
        _vault(old=_NEW).open(sealed, PERSON)


def test_persons_match_within_a_site_and_never_across() -> None:
    one = _VAULT.match("shop", "FI", "131052-900A")
    assert one == _vault(new=_NEW).match("shop", "FI", "131052-900A"), "rotation keeps persons"
    others = [
        _VAULT.match("other", "FI", "131052-900A"),
        _VAULT.match("shop", "SE", "131052-900A"),
        _VAULT.match("shop", "FI", "131052-901B"),
        _VAULT.match("shopF", "I", "131052-900A"),
        Vault(lambda: Ring({"old": _OLD}, "n" * 64)).match("shop", "FI", "131052-900A"),
    ]
    assert len({one, *others}) == 6
    assert len(one) == 64


def test_derived_secrets_are_for_one_thing_and_fit_pkce() -> None:
    nonce = _VAULT.derive("nonce", "01A")
    assert nonce == _vault(new=_NEW).derive("nonce", "01A")
    assert len({nonce, _VAULT.derive("verifier", "01A"), _VAULT.derive("nonce", "01B")}) == 3
    assert 43 <= len(nonce) <= 128, "RFC 7636 section 4.1"
    assert len(base64.urlsafe_b64decode(f"{nonce}=")) == 32


def test_nothing_shows_a_key() -> None:
    ring = Ring({"old": _OLD}, _MATCH)
    vault = Vault(lambda: ring)
    vault.seal(b"x", PERSON)
    shown = repr(ring) + repr(vault) + str(vault) + repr(_settings(Path("."), keys=(_key("a"),)))
    for secret in (_MATCH, _OLD.hex(), base64.b64encode(_OLD).decode(), repr(_OLD)):
        assert secret not in shown


# --- where keys come from -----------------------------------------------------------------------


def _key(name: str, bits: bytes = _OLD) -> str:
    return f"{name}:{base64.b64encode(bits).decode()}"


def _settings(
    folder: Path,
    keys: tuple[str, ...] = (),
    match: str | None = None,
    others: Mapping[str, str] = MappingProxyType({}),
) -> Settings:
    environment = {"TISKI_DATA_DIR": str(folder), **others}
    settings = Settings.from_environment(environment)
    return replace(settings, vault_keys=keys, vault_match=match)


def test_settings_make_a_ring_whose_first_key_seals(tmp_path: Path) -> None:
    keys = (_key("2027", _NEW), _key("2026", _OLD))
    vault = open_vault(_settings(tmp_path, keys, _MATCH))
    assert vault.key == "2027"
    old = open_vault(_settings(tmp_path, keys[1:], _MATCH)).seal(b"x", PERSON)
    assert vault.open(old, PERSON) == b"x"
    assert not list(tmp_path.iterdir()), "no file is made"


def test_a_made_key_is_one_for_the_settings(tmp_path: Path) -> None:
    key = new_key("2026-11")
    assert open_vault(_settings(tmp_path, (key,), _MATCH)).key == "2026-11"
    assert new_key("a") != new_key("a")
    with pytest.raises(ConfigError, match="name"):
        new_key("two words")


@pytest.mark.parametrize(
    ("keys", "match", "says"),
    [
        (("nameless",), _MATCH, "name:key"),
        ((":AAAA",), _MATCH, "name:key"),
        (("a b:AAAA",), _MATCH, "name:key"),
        (("short:AAAA",), _MATCH, "The key short .* is not 32 bytes"),
        (("odd:*" + "A" * 43,), _MATCH, "The key odd .* is not 32 bytes"),
        (("odd:ä" + "A" * 43,), _MATCH, "The key odd .* is not 32 bytes"),
        ((_key("a"), _key("a", _NEW)), _MATCH, "two keys of the name a"),
        ((_key("a"),), None, "TISKI_VAULT_MATCH"),
        ((_key("a"),), "short", "TISKI_VAULT_MATCH .* too short"),
        ((), _MATCH, "TISKI_VAULT_KEYS is not"),
    ],
)
def test_a_bad_setting_is_named_with_the_way_out(
    tmp_path: Path, keys: tuple[str, ...], match: str | None, says: str
) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        open_vault(_settings(tmp_path, keys, match))
    assert (
        "openssl rand" in str(caught.value)
        or "tiski vault key" in str(caught.value)
        or ("two keys" in str(caught.value))
    )
    for key in keys:
        assert len(key) < 40 or key.partition(":")[2] not in str(caught.value)


def test_one_process_makes_its_own_keys_when_they_are_needed(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "new")
    vault = open_vault(settings)
    assert not (tmp_path / "new").exists(), "not needed yet"
    sealed = vault.seal(b"x", PERSON)
    path = tmp_path / "new" / "vault.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["vault.key"]
    assert open_vault(settings).open(sealed, PERSON) == b"x"
    assert open_vault(settings).match("a", "FI", "b") == vault.match("a", "FI", "b")


def test_the_file_takes_a_new_key_in_front(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    sealed = open_vault(settings).seal(b"x", PERSON)
    path = tmp_path / "vault.key"
    path.write_text(path.read_text().replace("KEYS=", f"KEYS={_key('second', _NEW)},"))
    vault = open_vault(settings)
    assert vault.key == "second"
    assert vault.open(sealed, PERSON) == b"x"


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert open_vault(settings).key
    (tmp_path / "vault.key").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        assert open_vault(settings).key


@pytest.mark.parametrize("text", ["", "nonsense", "TISKI_VAULT_KEYS=a:b\n", "ä"])
def test_a_broken_file_is_never_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vault.key"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="vault"):
        assert open_vault(_settings(tmp_path)).key
    assert path.read_text(encoding="utf-8") == text


def test_bank_id_finds_bad_keys_at_the_start(tmp_path: Path) -> None:
    settings = _settings(tmp_path, others={"TISKI_IDENTITY": "identity.toml"})
    open_vault(settings)
    (tmp_path / "vault.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        open_vault(settings)


@pytest.mark.parametrize(
    "shared", [{"TISKI_DATABASE_URL": "postgresql://db/x"}, {"TISKI_REDIS_URL": "redis://r"}]
)
def test_several_processes_must_be_given_their_keys(tmp_path: Path, shared: dict[str, str]) -> None:
    idle = open_vault(_settings(tmp_path, others=shared))
    with pytest.raises(ConfigError, match=r"TISKI_VAULT_KEYS .* on every node"):
        idle.seal(b"x", PERSON)
    with pytest.raises(ConfigError, match="TISKI_VAULT_KEYS"):
        open_vault(_settings(tmp_path, others={"TISKI_IDENTITY": "identity.toml", **shared}))
    assert not (tmp_path / "vault.key").exists()


def _first_need(folder: str, together: Barrier, told: str) -> None:
    settings = _settings(Path(folder))
    together.wait(60)
    Path(told, str(os.getpid())).write_text(open_vault(settings).match("a", "FI", "b"))


def test_processes_that_race_for_the_file_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    data, told = tmp_path / "data", tmp_path / "told"
    told.mkdir()
    together = context.Barrier(3)
    racers = [
        context.Process(target=_first_need, args=(str(data), together, str(told))) for _ in range(3)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0, 0, 0]
    assert len({path.read_text() for path in told.iterdir()}) == 1
    assert [path.name for path in data.iterdir()] == ["vault.key"]
