"""Masks payment card numbers and personal identity codes in what people type.

Nothing of them is stored or shown: the text is masked before it becomes an event. Cards
are found by length and the Luhn check (ISO/IEC 7812-1); Finnish personal identity codes by
date, century sign and check character (DVV); Swedish personnummer by date and Luhn over
the last ten digits (Skatteverket SKV 704); Norwegian and Danish ones by date and the weighted
sums modulo 11 (Skatteetaten; CPR, which gives some younger people numbers without). The last
four digits of a card stay, so that people can tell which card is meant.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

__all__ = ["MASK", "mask", "masked_code"]

MASK: Final = "•"

_CARD = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?![\w])")
_FINNISH = re.compile(r"(?<!\w)(\d{2})(\d{2})(\d{2})([-+A-FU-Ya-fu-y])(\d{3})([0-9A-Ya-y])(?!\w)")
_SWEDISH = re.compile(r"(?<!\w)(?:19|20)?(\d{2})(\d{2})(\d{2})[-+ ]?(\d{4})(?!\w)")
_NORWEGIAN = re.compile(r"(?<![\w+])(\d{2})(\d{2})(\d{2}) ?(\d{5})(?!\w)")
_NORWEGIAN_WEIGHTS: Final = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
_DANISH = re.compile(r"(?<!\w)(\d{2})(\d{2})(\d{2})[- ]?(\d{4})(?!\w)")
_DANISH_WEIGHTS: Final = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"  # of a Finnish code: its nine digits modulo 31
_LAST_CENTURY: Final = 1900
_KEPT: Final = 2  # characters of a code that tell one from another at a glance
_COORDINATION: Final = 60  # added to the day of a Swedish coordination number


def mask(text: str) -> str:
    """Return `text` with every card number and identity code masked."""
    text = _FINNISH.sub(_finnish, text)
    text = _CARD.sub(_card, text)
    text = _SWEDISH.sub(_swedish, text)
    text = _NORWEGIAN.sub(_norwegian, text)
    return _DANISH.sub(_danish, text)


def _hide(text: str, keep: int = 0) -> str:
    """Replace letters and digits by the mask, but for the last `keep` of them."""
    hidden = sum(character.isalnum() for character in text) - keep
    out = []
    for character in text:
        if character.isalnum() and hidden > 0:
            hidden -= 1
            out.append(MASK)
        else:
            out.append(character)
    return "".join(out)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    if not _luhn(digits) or len(set(digits)) == 1:
        return match[0]
    return _hide(match[0], keep=4)


def _finnish(match: re.Match[str]) -> str:
    day, month, year, sign, number, check = match.groups()
    century = {"+": 1800, "-": _LAST_CENTURY}.get(sign)
    if century is None:
        century = _LAST_CENTURY if sign.upper() in "UVWXY" else 2000
    expected = _CHECK[int(day + month + year + number) % 31]
    if expected != check.upper() or not _is_day(century + int(year), int(month), int(day)):
        return match[0]
    return _hide(match[0])


def _swedish(match: re.Match[str]) -> str:
    year, month, day, last = match.groups()
    number = int(day)
    if number > _COORDINATION:
        number -= _COORDINATION
    # The century does not matter but for 29 February, which 2000 + year allows as 1900 + year.
    if not _luhn(year + month + day + last) or not _is_day(2000 + int(year), int(month), number):
        return match[0]
    return _hide(match[0])


def _sums(digits: str, weights: tuple[int, ...]) -> bool:
    """Tell whether the digits, weighted, add up to a multiple of eleven."""
    return (
        sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 == 0
    )


def _norwegian(match: re.Match[str]) -> str:
    """Mask a fødselsnummer, a D-number (40 more days) or one of tests (40 or 80 more months)."""
    day, month, year, _ = match.groups()
    digits = "".join(match.groups())
    real = _is_day(2000 + int(year), int(month) % 40, int(day) % 40)
    if not real or not all(_sums(digits, weights) for weights in _NORWEGIAN_WEIGHTS):
        return match[0]
    return _hide(match[0])


def _danish(match: re.Match[str]) -> str:
    """Mask a CPR number, or one for the time being (60 more days)."""
    day, month, year, _ = match.groups()
    digits = "".join(match.groups())
    if not _is_day(2000 + int(year), int(month), int(day) % 60):
        return match[0]
    return _hide(match[0]) if _sums(digits, _DANISH_WEIGHTS) else match[0]


def masked_code(code: str) -> str:
    """Return a personal identity code as staff sees it: two characters, and its punctuation."""
    return code[:_KEPT] + _hide(code[_KEPT:])
