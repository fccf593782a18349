"""What a site may be called and who may frame it: checks of what an operator types.

A key is part of a cookie's name and of addresses; origins become `frame-ancestors` of the
widget's page. So both are checked to the letter here, and used as they are everywhere else.
An origin is written as browsers send it (RFC 6454, section 6.2).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

__all__ = [
    "LANGS",
    "BadSite",
    "clean_color",
    "clean_key",
    "clean_langs",
    "clean_name",
    "clean_origins",
]

LANGS: Final = ("fi", "sv", "en")
_KEY: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_USUAL: Final = {"http": 80, "https": 443}
_MAX_NAME: Final = 120  # characters


class BadSite(ValueError):  # noqa: N818 — said to the operator as it is
    """Something typed about a site cannot be; the message says what can."""


def clean_key(text: str) -> str:
    """Return a key: small letters, digits and hyphens, at most 64."""
    if _KEY.fullmatch(text) is None:
        raise BadSite(f"The key {text!r} must be of a-z, 0-9 and hyphens inside, at most 64.")
    return text


def clean_name(text: str) -> str:
    """Return a name in one line."""
    name = " ".join(text.split())
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise BadSite(f"The name must be in one line of at most {_MAX_NAME} characters.")
    return name


def clean_color(text: str) -> str:
    """Return a colour as `#rrggbb`."""
    color = text.lower()
    if _COLOR.fullmatch(color) is None:
        raise BadSite(f"The colour {text!r} must be written like #1f6f54.")
    return color


def clean_langs(langs: list[str]) -> list[str]:
    """Return languages, each once, in the order given."""
    if not langs or not set(langs) <= set(LANGS):
        raise BadSite(f"The languages must be of {', '.join(LANGS)}.")
    return list(dict.fromkeys(langs))


def clean_origins(origins: list[str]) -> list[str]:
    """Return origins, each once, as browsers write them."""
    return list(dict.fromkeys(_origin(text) for text in origins))


def _origin(text: str) -> str:
    wrong = BadSite(f"The origin {text!r} must be like https://shop.example, without a path.")
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.netloc if port is None else parts.netloc.removesuffix(f":{port}")
    if parts.scheme not in _USUAL or _HOST.fullmatch(host) is None:
        raise wrong
    if parts.path not in ("", "/") or parts.query or parts.fragment or text.strip()[-1] in "?#":
        raise wrong
    usual = port is None or port == _USUAL[parts.scheme]
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{port}"
