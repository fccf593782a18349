"""Looks into a payload before it is passed on: is it what a recorder makes? Pure.

A viewer's player builds a page out of it, so the relay passes on nothing but a JSON array of
rrweb events (`@rrweb/types`: `eventWithTime`), and nothing that unpacks to more than
`MAX_INFLATED`. What is inside `data` is the player's to distrust; it has a policy for that.
"""

from __future__ import annotations

import zlib
from typing import Annotated, Final

import msgspec

from signaling.cobrowse.binary import SNAPSHOT, Header, Malformed
from signaling.cobrowse.frames import HEADER, MAX_INFLATED

__all__ = ["examine"]

_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's way to say RFC 1952 and nothing else
_FULL_SNAPSHOT: Final = 2  # EventType of rrweb
_META: Final = 4
_OBJECT: Final = ord("{")


class _Event(msgspec.Struct):
    """What every event of rrweb has. `data` is an object; it is skipped, not built."""

    type: Annotated[int, msgspec.Meta(ge=0, le=6)]
    data: msgspec.Raw
    timestamp: float


_events = msgspec.json.Decoder(list[_Event])


def examine(header: Header, data: bytes) -> int:
    """Return how many bytes the payload of the frame `data` has unpacked.

    Takes time with large payloads: run it beside the loop.

    Raises:
        Malformed: it is not what a recorder makes.
    """
    payload = memoryview(data)[HEADER:]
    unpacked = _unpack(payload) if header.gzipped else payload
    if len(unpacked) > MAX_INFLATED:
        raise Malformed("A payload unpacks to 32 MiB at most.")
    try:
        str(unpacked, "utf-8")  # what the decoder skips it does not look at that closely
        events = _events.decode(unpacked)
    except RecursionError:
        raise Malformed("The payload nests too deep.") from None
    except (msgspec.DecodeError, UnicodeError):
        raise Malformed("A payload is a JSON array of events.") from None
    if any(memoryview(event.data)[0] != _OBJECT for event in events):
        raise Malformed("The data of an event is an object.")
    if header.kind == SNAPSHOT and [event.type for event in events[:2]] != [_META, _FULL_SNAPSHOT]:
        raise Malformed("A snapshot begins with the window and the page.")
    return len(unpacked)


def _unpack(payload: memoryview) -> bytes:
    stream = zlib.decompressobj(_GZIP)
    try:
        unpacked = stream.decompress(payload, MAX_INFLATED + 1)
    except zlib.error:
        raise Malformed("The payload is no gzip stream.") from None
    if len(unpacked) <= MAX_INFLATED and (not stream.eof or stream.unused_data):
        raise Malformed("The payload is one whole gzip stream.")
    return unpacked
