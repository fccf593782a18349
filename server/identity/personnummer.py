"""Swedish personal identity and coordination numbers, as BankID gives them. Pure.

Twelve digits, YYYYMMDDNNNC. C is the Luhn check digit of the nine before it, the century left out.
A coordination number, for people who are not registered in Sweden, has 60 added to the day; where
the day of birth is not known it is 60, and where the month is not known either that is 00.

Source: the Swedish Tax Agency, SKV 704 (personal identity numbers) and SKV 707 (coordination
numbers).
"""

from __future__ import annotations

from datetime import date
from typing import Final

__all__ = ["is_personnummer"]

_COORDINATION: Final = 60  # added to the day of birth


def is_personnummer(code: str) -> bool:
    """Return whether `code` can be somebody's number."""
    if len(code) != 12 or not code.isascii() or not code.isdigit() or not _checks(code[2:]):
        return False
    year, month, day = int(code[:4]), int(code[4:6]), int(code[6:8])
    if day == _COORDINATION:
        return 0 <= month <= 12
    try:
        date(year, month, day - _COORDINATION if day > _COORDINATION else day)
    except ValueError:
        return False
    return True


def _checks(digits: str) -> bool:
    """Return whether the last digit is right, by Luhn's algorithm (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
