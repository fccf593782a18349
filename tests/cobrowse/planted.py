"""Makes the secrets that are planted: each from the name of its place and the stage."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

__all__ = [
    "card",
    "email",
    "grouped",
    "hetu",
    "iban",
    "key",
    "number",
    "personnummer",
    "softened",
    "uuid",
    "word",
]


def _digits(seed: str, count: int) -> str:
    return f"{zlib.crc32(seed.encode()):010d}{zlib.crc32(seed[::-1].encode()):010d}"[:count]


def _luhn(digits: str) -> str:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def word(name: str, stage: str) -> str:
    return f"zq-{re.sub('[^a-z]+', '-', name)}-{stage}-qz"


def key(name: str, stage: str) -> str:
    return f"zq4{word(name, stage)}"


def uuid(name: str, stage: str) -> str:
    return str(uuid5(NAMESPACE_URL, name + stage))


def email(name: str, stage: str) -> str:
    return f"{word(name, stage)}@secret.example"


def softened(name: str, stage: str) -> str:
    """Return an address in which lines may break."""
    return "\u00ad".join(re.findall(".{1,9}", email(name, stage)))


def number(name: str, stage: str) -> str:
    return _digits(name + stage, 8)


def card(name: str, stage: str) -> str:
    body = "4" + _digits(name + stage, 14)
    return body + _luhn(body)


def grouped(separator: str) -> Callable[[str, str], str]:
    def make(name: str, stage: str) -> str:
        number = card(name, stage)
        return separator.join(number[at : at + 4] for at in range(0, 16, 4))

    return make


def iban(name: str, stage: str) -> str:
    body = _digits(name + stage, 14)
    check = 98 - int(f"{body}151800") % 97  # F is 15, I is 18
    return re.sub("(.{4})", r"\1 ", f"FI{check:02d}{body}").strip()


def _born(name: str, stage: str) -> tuple[int, int, int]:
    seed = zlib.crc32(f"{name}{stage}".encode())
    return seed % 28 + 1, seed // 28 % 12 + 1, seed // 336 % 100


def hetu(name: str, stage: str) -> str:
    day, month, year = _born(name, stage)
    date, number = f"{day:02d}{month:02d}{year:02d}", _digits(name + stage, 3)
    return f"{date}A{number}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(date + number) % 31]}"


def personnummer(name: str, stage: str) -> str:
    day, month, year = _born(name, stage)
    body = f"{year:02d}{month:02d}{day:02d}{_digits(name + stage, 3)}"
    return f"19{body[:6]}-{body[6:]}{_luhn(body)}"
