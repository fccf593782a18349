"""What a site lets nobody see or touch while a page is shown, on top of what is masked always.

The rules can only tighten. The page keeps them, and knows CSS; here they are kept short and in
one line each. Their version is the hash that a shopper's consent and the audit log name.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

__all__ = ["BadRules", "Rules", "clean_rules", "version_of"]

MAX_RULES: Final = 100  # of each kind
MAX_RULE: Final = 200  # characters
_ASSETS: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?")


class Rules(msgspec.Struct, frozen=True):
    """The rules of a site. `mask`, `block`, `nocontrol`: CSS selectors. `pause`: paths with `*`.

    `assets`: hosts that images may come from besides the site's origins; no rule of the page's.
    """

    mask: list[str] = []
    block: list[str] = []
    nocontrol: list[str] = []
    pause: list[str] = []
    assets: list[str] = []


class BadRules(ValueError):  # noqa: N818 — said to the supervisor as it is
    """Something typed as a rule cannot be; the message says what can."""


def version_of(rules: Rules) -> str:
    """Return the SHA-256 of what the page keeps to, as canonical JSON."""
    kept = {
        "block": rules.block,
        "mask": rules.mask,
        "nocontrol": rules.nocontrol,
        "pause": rules.pause,
    }
    return hashlib.sha256(msgspec.json.encode(kept)).hexdigest()


def clean_rules(rules: Rules) -> Rules:
    """Return `rules` without blanks and doubles.

    Raises:
        BadRules: there are too many, or one cannot be.
    """
    pause = _lines("pause", rules.pause)
    for path in pause:
        if path[0] not in "/*":
            raise BadRules(f"A path to pause on begins with / or *: {path}")
    assets = [host.lower() for host in _lines("assets", rules.assets)]
    for host in assets:
        if _ASSETS.fullmatch(host) is None:
            raise BadRules(f"A host for images is written like cdn.example.com: {host}")
    return Rules(
        mask=_lines("mask", rules.mask),
        block=_lines("block", rules.block),
        nocontrol=_lines("nocontrol", rules.nocontrol),
        pause=pause,
        assets=assets,
    )


def _lines(kind: str, typed: list[str]) -> list[str]:
    lines = list(dict.fromkeys(line.strip() for line in typed if line.strip()))
    if len(lines) > MAX_RULES:
        raise BadRules(f"At most {MAX_RULES} rules of a kind: {kind} has {len(lines)}.")
    for line in lines:
        if len(line) > MAX_RULE or not line.isprintable():
            raise BadRules(f"A rule is one line of at most {MAX_RULE} characters: see {kind}.")
    return lines
