"""Gates: a proof opens one by its level and its age, and a site says which."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.gates import (
    ACTIONS,
    BadGate,
    Gate,
    Gates,
    passes,
    read_gate,
    require,
    with_gates,
)
from signaling.errors import Refusal
from signaling.identity import IdentityProof, Level

LEVELS: tuple[Level, ...] = get_args(Level)
NOW = 1_800_000_000_000
MINUTE = 60_000


def _proof(level: Level = "substantial", minutes: float = 0) -> IdentityProof:
    return IdentityProof("01V", NOW - int(minutes * MINUTE), "Test Customer One", "Bank", level)


def test_a_site_that_says_nothing_has_the_usual_gates() -> None:
    assert Gates().of("history") == Gate("substantial", 60)
    assert Gates().of("confidential") == Gate("substantial", 30)
    assert msgspec.json.decode(b"{}", type=Gates) == Gates()
    assert msgspec.json.decode(b'{"history":null}', type=Gates).of("history") is None


@pytest.mark.parametrize("gate", LEVELS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_level_opens_its_own_gate_and_those_below(gate: Level, level: Level) -> None:
    low = LEVELS.index(level) < LEVELS.index(gate)
    assert passes(Gate(gate, 5), _proof(level), NOW) == ("level_too_low" if low else None)


def test_a_proof_opens_until_its_last_millisecond() -> None:
    gate, proof = Gate("low", 30), _proof()
    assert passes(gate, proof, NOW + 30 * MINUTE) is None
    assert passes(gate, proof, NOW + 30 * MINUTE + 1) == "too_old"


def test_a_bank_whose_clock_is_ahead_opens_too() -> None:
    assert passes(Gate("low", 1), _proof(minutes=-1), NOW) is None


def test_nothing_proven_opens_nothing() -> None:
    assert passes(Gate("low", 1_440), None, NOW) == "no_proof"
    unknown = IdentityProof("01V", NOW)  # as a visitor or expert knows it
    assert passes(Gate("low", 1_440), unknown, NOW) == "no_proof"


def test_the_level_is_told_before_the_age() -> None:
    assert passes(Gate("high", 1), _proof(minutes=9), NOW) == "level_too_low"


@given(
    level=st.sampled_from(LEVELS),
    age=st.integers(1, 1_440),
    have=st.sampled_from(LEVELS),
    old=st.integers(0, 3_000),
)
def test_a_stricter_gate_never_opens_to_more(level: Level, age: int, have: Level, old: int) -> None:
    proof = _proof(have, old)
    if passes(Gate(level, age), proof, NOW) is None:
        assert passes(Gate("low", age), proof, NOW) is None
        assert passes(Gate(level, min(1_440, age + 1)), proof, NOW) is None
        assert passes(None, proof, NOW) is None


def test_what_is_off_needs_nothing() -> None:
    require(Gates(history=None), "history", None, NOW)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_refusal_says_what_is_needed(action: str) -> None:
    gates = Gates(Gate("high", 7), Gate("high", 7))
    with pytest.raises(Refusal, match="level high or higher, not older than 7 minutes") as caught:
        require(gates, action, _proof(), NOW)  # type: ignore[arg-type]
    assert caught.value.code == "identity_needed"
    require(gates, action, _proof("high", 7), NOW)  # type: ignore[arg-type]


def test_a_gate_is_read_as_it_is_typed() -> None:
    assert read_gate("history=low:1440") == ("history", Gate("low", 1_440))
    assert read_gate("confidential=off") == ("confidential", None)
    changes = dict([read_gate("history=high:5"), read_gate("confidential=off")])
    assert with_gates(Gates(), changes) == Gates(Gate("high", 5), None)
    assert with_gates(Gates(), {}) == Gates()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "history",
        "history=",
        "history=on",
        "refund=off",
        "history=high",
        "history=high:",
        "history=high:0",
        "history=high:1441",
        "history=high:-5",
        "history=high:٣",
        "history=high:99999999999999999999",
        "history=best:5",
        "History=off",
    ],
)
def test_what_is_no_gate_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(BadGate, match="like history=substantial:60"):
        read_gate(text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"history":{"level":"best","max_age":5}}',
        b'{"history":{"level":"high","max_age":0}}',
        b'{"history":{"level":"high","max_age":1441}}',
        b'{"history":{"level":"high"}}',
        b'{"history":true}',
    ],
)
def test_what_is_no_gate_is_not_decoded(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Gates)
