"""What BankID's animated QR code says. Pure.

The app reads `bankid.<qrStartToken>.<t>.<qrAuthCode>`: t are whole seconds since the order was
started, and the code is HMAC-SHA256 of t as decimal digits, keyed by qrStartSecret, in hex. A new
one each second, so that a picture of it passed on is too old when it is scanned. The secret stays
here: whoever had it could draw the code for somebody else.

Source: BankID's documentation for relying parties, "QR code".
"""

from __future__ import annotations

import hashlib
import hmac

from server.identity.interface import Order

__all__ = ["auth_code", "qr_text"]


def qr_text(order: Order, now: int) -> str:
    """Return the text to draw at `now`, UTC milliseconds."""
    # Another node's clock may be behind that of the one that started the order.
    seconds = max(0, (now - order.started_at) // 1000)
    return f"bankid.{order.qr_token}.{seconds}.{auth_code(order.qr_secret, seconds)}"


def auth_code(secret: str, seconds: int) -> str:
    """Return what proves, with `secret`, that a code was drawn `seconds` after the start."""
    return hmac.new(secret.encode(), str(seconds).encode(), hashlib.sha256).hexdigest()
