"""Personal identity codes: what one looks like, by country, and how it is written here.

Pure. A code that fits is normalised so that the same person always has the same text, which
the vault matches by. Sources: Finland's act on the population register (661/2009, section 11)
and the new separators of 2023; `personnummer.py` for Sweden; Norway's and Denmark's population
registers, whose check digits are no longer given to everybody, so that only the shape is looked at.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from server.identity.personnummer import is_personnummer

__all__ = ["BadCode", "normalise"]

_FINNISH: Final = re.compile(r"(\d\d)(\d\d)(\d\d)([-+A-FU-Y])(\d{3})([0-9A-FHJ-NPR-Y])", re.ASCII)
_FINNISH_CHECKS: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_FINNISH_CENTURIES: Final = (
    {"+": 1800} | dict.fromkeys("-UVWXY", 1900) | dict.fromkeys("ABCDEF", 2000)
)
_NORWEGIAN: Final = re.compile(r"\d{11}", re.ASCII)
_DANISH: Final = re.compile(r"\d{10}", re.ASCII)
_OTHER: Final = re.compile(r"[A-Z0-9][A-Z0-9./+-]{3,39}", re.ASCII)
_MAX_LENGTH: Final = 40  # characters


class BadCode(ValueError):  # noqa: N818 — said as it is
    """It is not a personal identity code of the country. It does not repeat the code."""


def normalise(country: str, code: str) -> str:
    """Return `code` as it is written here: no spaces, upper case, no hyphen where it is optional.

    `country`: ISO 3166-1 alpha-2.

    Raises:
        BadCode: it is not one.
    """
    if len(code) > _MAX_LENGTH:
        raise BadCode("too long")
    text = "".join(code.split()).upper()
    match country:
        case "FI":
            return _finnish(text)
        case "SE":
            return _swedish(text.replace("-", ""))
        case "NO":
            return _shaped(_NORWEGIAN, text)
        case "DK":
            return _shaped(_DANISH, text.replace("-", ""))
        case _:
            return _shaped(_OTHER, text)


def _finnish(text: str) -> str:
    """Check the date and the check character: the nine digits modulo 31."""
    match = _FINNISH.fullmatch(text)
    if match is None:
        raise BadCode("not the shape of a Finnish code")
    day, month, year, century, number, check = match.groups()
    _real_date(_FINNISH_CENTURIES[century] + int(year), int(month), int(day))
    if _FINNISH_CHECKS[int(day + month + year + number) % 31] != check:
        raise BadCode("the check character is wrong")
    return text


def _swedish(text: str) -> str:
    if not is_personnummer(text):
        raise BadCode("not a Swedish code")
    return text


def _shaped(shape: re.Pattern[str], text: str) -> str:
    if shape.fullmatch(text) is None:
        raise BadCode("not the shape of a code")
    return text


def _real_date(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
    except ValueError:
        raise BadCode("there is no such day") from None
