"""What a visitor says of themselves, beside what the shop signed."""

from __future__ import annotations

from typing import Final

from server.domain.text import clean_email, clean_line
from signaling.events import Visitor

__all__ = ["described"]

_MAX_NAME: Final = 80


def described(visitor: Visitor, name: str, email: str) -> Visitor:
    """Return the visitor with what they say of themselves; what the shop signed stays.

    Raises:
        Refusal: `bad_text`, the name is too long or the address cannot be one.
    """
    name, email = clean_line(name, _MAX_NAME, "the name"), clean_email(email)
    signed = bool(visitor.customer)
    return Visitor(
        id=visitor.id,
        name=visitor.name if signed and visitor.name else name or visitor.name,
        email=visitor.email if signed and visitor.email else email or visitor.email,
        kind=visitor.kind,
        customer=visitor.customer,
    )
