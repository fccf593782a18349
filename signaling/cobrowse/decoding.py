"""Reads one text frame of a client, or says what is wrong with it. Pure."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from signaling.cobrowse import frames
from signaling.cobrowse.binary import Malformed
from signaling.cobrowse.frames import MAX_TEXT_FRAME, ClientFrame

__all__ = ["allowed", "decode"]

_frames: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_TYPES: Final = frozenset(frame.__struct_config__.tag for frame in get_args(ClientFrame))
_SHARER: Final = (frames.PageShown, frames.Curtain, frames.Masked, frames.Operated)
_VIEWER: Final = (
    frames.Shown, frames.Resync, frames.Pointer, frames.Stroke, frames.Highlight,
    frames.ClearMarks, frames.Operate,
)  # fmt: skip


class _Envelope(msgspec.Struct):
    t: str = ""


_envelopes: Final = msgspec.json.Decoder(_Envelope)


def decode(data: str | bytes) -> ClientFrame | None:
    """Return the frame in a text message; None: a newer client's, which is passed over.

    Raises:
        Malformed: it is too large or no frame.
    """
    # A character takes at most 4 bytes: most frames need not be measured.
    if len(data) > MAX_TEXT_FRAME // 4 and _bytes(data) > MAX_TEXT_FRAME:
        raise Malformed("A text frame holds at most 16 KiB.")
    try:
        return _frames.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        envelope = _envelopes.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Malformed("This is not a JSON object with text in t.") from None
    if envelope.t not in _TYPES:
        return None
    raise Malformed("A field is missing or of the wrong type.")


def allowed(frame: ClientFrame, role: str) -> bool:
    """Tell whether one in `role` may say this once they are let in."""
    return isinstance(frame, _SHARER if role == "share" else _VIEWER)


def _bytes(data: str | bytes) -> int:
    return len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "replace"))
