"""Reads one message of a client, or says what is wrong with it. Pure; driven by the session."""

from __future__ import annotations

from typing import NamedTuple, get_args

import msgspec

from signaling.messages import MAX_FRAME, ClientFrame, NackCode

__all__ = ["MAX_ID", "Malformed", "decode"]

MAX_ID = 40  # characters of a command's id, of which 26 are needed; longer ones are not quoted back

_frames: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_TYPES = frozenset(frame.__struct_config__.tag for frame in get_args(ClientFrame))


class Malformed(NamedTuple):
    """Why a message is no frame. `id`: its command's, as far as it can be told."""

    id: str
    code: NackCode
    message: str


class _Envelope(msgspec.Struct):
    """What is read of a message that is no frame."""

    t: str = ""
    id: str = ""


_envelopes = msgspec.json.Decoder(_Envelope)


def decode(data: str | bytes) -> ClientFrame | Malformed:
    """Return the frame in a WebSocket message; bytes stand for a binary one."""
    if isinstance(data, bytes):
        return Malformed("", "bad_frame", "Send JSON in text messages.")
    # A character takes at most 4 bytes: most frames need not be measured.
    if len(data) > MAX_FRAME // 4 and len(data.encode("utf-8", "replace")) > MAX_FRAME:
        return Malformed("", "too_large", "A frame holds at most 64 KiB.")
    try:
        return _frames.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        envelope = _envelopes.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Malformed("", "bad_frame", "This is not a JSON object with text in t and id.")
    id_ = envelope.id if len(envelope.id) <= MAX_ID else ""
    if envelope.t not in _TYPES:
        return Malformed(id_, "unknown_type", "This server has no such frame.")
    return Malformed(id_, "bad_frame", "A field is missing or of the wrong type.")
