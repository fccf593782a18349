"""Answer ICE connectivity checks: the STUN of an ICE-lite agent.

Pure. `peek_username` costs a few comparisons, so that a flood of garbage or of checks for
unknown sessions is thrown away before anything is parsed or hashed, and a wrong password costs
one HMAC; aioice's codec does the rest. RFC 8489 (STUN), RFC 8445 section 7.3 (procedures of an
ICE server).
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import Any, Final

from aioice import stun

__all__ = ["Address", "Check", "failure", "is_authentic", "parse_check", "peek_username", "success"]

Address = tuple[Any, ...]
"""A socket address as the socket gives it: (host, port), two more for IPv6."""

BINDING_REQUEST: Final = 0x0001
USERNAME: Final = 0x0006
INTEGRITY: Final = 0x0008
DIGEST: Final = 20  # bytes of HMAC-SHA1
HEADER: Final = struct.Struct("!HHI")
ATTRIBUTE: Final = struct.Struct("!HH")
MAX_CHECK_SIZE: Final = 548  # bytes; RFC 8489 section 6.1 for unknown path MTU
MAX_USERNAME: Final = 513  # bytes; RFC 8489 section 14.3: fewer than 509, and two of slack


@dataclass(frozen=True, slots=True)
class Check:
    """One authenticated connectivity check."""

    transaction_id: bytes
    nominates: bool
    claims_controlled: bool


def peek_username(data: memoryview) -> tuple[str, str] | None:
    """Return the (our, their) halves of a binding request's USERNAME, trusting nothing."""
    size = len(data)
    if not 28 <= size <= MAX_CHECK_SIZE:
        return None
    kind, length, cookie = HEADER.unpack_from(data)
    if kind != BINDING_REQUEST or cookie != stun.COOKIE or length + 20 != size:
        return None
    at = 20
    while at + 4 <= size:
        attribute, length = ATTRIBUTE.unpack_from(data, at)
        at += 4
        if attribute == USERNAME:
            if at + length > size or length > MAX_USERNAME:
                return None
            ours, separator, theirs = bytes(data[at : at + length]).partition(b":")
            if not separator or not ours.isascii() or not theirs.isascii():
                return None
            return ours.decode("ascii"), theirs.decode("ascii")
        at += length + (-length & 3)
    return None


def is_authentic(data: bytes, password: bytes) -> bool:
    """Tell whether the message's first MESSAGE-INTEGRITY was made with `password`.

    RFC 8489 section 14.5: an HMAC over what comes before it, under a length that ends with it.
    """
    at, size = 20, len(data)
    while at + 4 <= size:
        attribute, length = ATTRIBUTE.unpack_from(data, at)
        if attribute == INTEGRITY:
            if length != DIGEST or at + 4 + DIGEST > size:
                return False
            covered = data[:2] + (at + 4).to_bytes(2, "big") + data[4:at]
            digest = hmac.digest(password, covered, "sha1")
            return hmac.compare_digest(digest, data[at + 4 : at + 4 + DIGEST])
        at += 4 + length + (-length & 3)
    return False


def parse_check(data: bytes, password: bytes) -> Check | None:
    """Parse a binding request whose integrity `password` proves; None for anything else."""
    if not is_authentic(data, password):
        return None  # before the parser, which costs ten times as much
    try:
        message = stun.parse_message(data)
        authentic = message.check_message_integrity(password)
    except (ValueError, IndexError, KeyError, TypeError, struct.error):
        # aioice lets attribute decoders' own errors through
        return None
    if not authentic:
        return None
    return Check(
        transaction_id=message.transaction_id,
        nominates="USE-CANDIDATE" in message.attributes,
        claims_controlled="ICE-CONTROLLED" in message.attributes,
    )


def success(check: Check, address: tuple[str, int], password: bytes) -> bytes:
    """Build the response to a check, telling the peer the address we see it at."""
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=check.transaction_id,
        attributes={"XOR-MAPPED-ADDRESS": address},
    )
    response.add_message_integrity(password)
    return bytes(response)


def failure(check: Check, code: int, reason: str, password: bytes) -> bytes:
    """Build an error response."""
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.ERROR,
        transaction_id=check.transaction_id,
        attributes={"ERROR-CODE": (code, reason)},
    )
    response.add_message_integrity(password)
    return bytes(response)
