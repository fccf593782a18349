"""Connectivity checks: whose integrity holds, by whichever attributes come around it."""

from __future__ import annotations

import pytest
from aioice import stun as peer_stun
from hypothesis import given
from hypothesis import strategies as st

from media import stun

PASSWORD = b"p" * 24


FINGERPRINT = 8  # bytes, the last of a message that has one


def message(*, fingerprint: bool = True, integrity: bool = True) -> bytes:
    made = peer_stun.Message(
        peer_stun.Method.BINDING,
        peer_stun.Class.REQUEST,
        attributes={"USERNAME": "ours:peer", "PRIORITY": 1},
    )
    if not integrity:
        return bytes(made)
    made.add_message_integrity(PASSWORD)  # and the fingerprint
    whole = bytes(made)
    if fingerprint:
        return whole
    cut = whole[:-FINGERPRINT]
    return cut[:2] + (len(cut) - 20).to_bytes(2, "big") + cut[4:]


@pytest.mark.parametrize("fingerprint", [True, False])
def test_integrity_holds_with_and_without_a_fingerprint_after_it(fingerprint: bool) -> None:
    assert stun.is_authentic(message(fingerprint=fingerprint), PASSWORD)
    assert not stun.is_authentic(message(fingerprint=fingerprint), b"q" * 24)


def test_a_message_without_integrity_is_not_authentic() -> None:
    assert not stun.is_authentic(message(integrity=False), PASSWORD)
    assert stun.parse_check(message(integrity=False), PASSWORD) is None


@given(st.integers(0, 1 << 16), st.integers(1, 255))
def test_no_changed_byte_before_the_integrity_keeps_it(at: int, change: int) -> None:
    whole = bytearray(message(fingerprint=False))
    whole[at % len(whole)] ^= change
    if at % len(whole) in (2, 3):  # the length, which the port has compared with the datagram's
        return
    assert not stun.is_authentic(bytes(whole), PASSWORD)


@given(st.binary(max_size=200))
def test_any_bytes_are_told_from_an_authentic_check(data: bytes) -> None:
    assert not stun.is_authentic(data, PASSWORD)
