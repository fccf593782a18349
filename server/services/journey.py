"""What a visitor's way to the bank has come to, as the widget and the browser are told it.

Pure: `verifications.py` says it, `server/http/identity.py` answers with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from signaling.errors import Refusal
from signaling.identity import FailureReason

__all__ = ["Going", "Progress", "Returned", "Started", "return_address"]

_MAX_URL: Final = 2_000


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that was made. `handle`: what the browser posts to go to the bank."""

    attempt: str
    kind: Literal["redirect", "bankid"]
    handle: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Going:
    """A browser that goes to `address` with a cookie; None: the bank cannot be asked now.

    `return_url`: where a browser that left the shop's page for it goes instead.
    """

    lang: str
    attempt: str = ""
    cookie: str = field(default="", repr=False)
    address: str | None = field(default=None, repr=False)
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A browser that came back, and what to tell it.

    "used": this callback was used before. "unknown": it belongs to nothing of ours.
    """

    said: Literal["verified", "failed", "used", "late", "wrong_browser", "unknown"]
    lang: str | None = None
    reason: FailureReason | None = None
    return_url: str | None = None


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an attempt stands, for the visitor. `qr`: the text to draw, new each second."""

    status: Literal["pending", "verified", "failed"]
    reason: FailureReason | None = None
    hint: str | None = None
    qr: str | None = None
    autostart: str | None = None


def return_address(url: str, origins: list[str]) -> str:
    """Return an address of the shop to come back to, or refuse it (RFC 9700 section 4.11)."""
    foreign = Refusal("forbidden", "Return to a page of the shop.")
    if len(url) > _MAX_URL or not url.isprintable() or "\\" in url or " " in url:
        raise foreign
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        raise foreign from None
    if parts.scheme not in ("http", "https") or origin.lower() not in origins:
        raise foreign
    return url
