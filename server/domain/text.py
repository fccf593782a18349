"""What people may type: limits and cleaning of every text that comes from outside.

A text is refused when it is too long and cleaned when it carries characters that cannot
be stored or would mislead a reader (controls, bidirectional overrides: Unicode TR 36).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from server.domain.masking import mask
from signaling.errors import Refusal
from signaling.events import Page
from signaling.messages import MAX_TEXT

__all__ = ["LANGS", "clean_email", "clean_line", "clean_message", "clean_page", "known_lang"]

LANGS: Final = ("fi", "sv", "en")
_MAX_URL: Final = 2_000
_MAX_TITLE: Final = 200
_MAX_EMAIL: Final = 254  # RFC 5321 section 4.5.3.1.3
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Deliberately loose: only mail itself proves an address (RFC 5321).
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\]+\.[^@\s<>\"(),:;\\.]{2,}")


def _without_controls(text: str) -> str:
    text = _BIDI.sub("", text.replace("\r\n", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def clean_message(text: str) -> str:
    """Return a chat line or note ready to be stored, with secrets masked.

    Raises:
        Refusal: `bad_text`, longer than `MAX_TEXT` characters.
    """
    if len(text) > MAX_TEXT:
        raise Refusal("bad_text", f"Shorten the text to {MAX_TEXT} characters.")
    return mask(_without_controls(text).strip())


def clean_line(text: str, limit: int, what: str) -> str:
    """Return a name, reason or title as one line of at most `limit` characters, masked.

    Raises:
        Refusal: `bad_text`, it is longer; `what` names it.
    """
    line = " ".join(_without_controls(text).split())
    if len(line) > limit:
        raise Refusal("bad_text", f"Shorten {what} to {limit} characters.")
    return mask(line)


def clean_email(text: str) -> str:
    """Return an e-mail address that looks like one, or an empty string.

    Raises:
        Refusal: `bad_text`, it does not.
    """
    email = _without_controls(text).strip()
    if email and (len(email) > _MAX_EMAIL or not _EMAIL.fullmatch(email)):
        raise Refusal("bad_text", "Give an e-mail address like name@example.com.")
    return email


def clean_page(page: Page) -> Page | None:
    """Return the page without query and fragment, or None when it is not a web page."""
    try:
        parts = urlsplit(_without_controls(page.url[:_MAX_URL]))
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    where = f"[{host}]" if ":" in host else host  # user:password@ is dropped with the rest
    title = mask(" ".join(_without_controls(page.title).split())[:_MAX_TITLE])
    return Page(url=urlunsplit((parts.scheme, where + port, parts.path, "", "")), title=title)


def known_lang(lang: str) -> str:
    """Return a language that we speak: the asked one by its first part, or English."""
    first = lang.lower().replace("_", "-").split("-", 1)[0]
    return first if first in LANGS else "en"
