"""The canaries: secrets of every kind, where they are planted, and how a leak of one is found.

`pages/*.html` name them in double braces; `render` puts a secret of its own in every place, so
that a leak tells where it comes from. Each canary names the rule of the sanitizer that keeps it
(`web/src/cobrowse/page/mask/rules.ts`). What is planted when:

- `load`, `shadow`, `frame`, ...: with the page, in its shadow roots and its frames
- `later...`, `changed`: added or changed by the page while it is shown (`plant`)
- typed: by the shopper (`type_in`)

Frames are read as they leave the browser: `Frame.parse` unpacks one, `scan` looks for every
secret in it as it is, encoded for addresses, HTML, base64 and hex, backwards, and without what
stands between its letters.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import FilePayload, Page

from signaling.cobrowse.frames import FLAG_GZIP, HEADER, VERSION
from tests.cobrowse.planted import (
    card,
    email,
    grouped,
    hetu,
    iban,
    key,
    number,
    personnummer,
    softened,
    uuid,
    word,
)

__all__ = ["CANARIES", "TYPED", "Frame", "leaks", "plant", "render", "type_in"]

PAGES = Path(__file__).parent / "pages"


# --- places ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Canary:
    """One kind of place. `rule` keeps it back; None: rrweb or the browser does not reach it."""

    name: str
    rule: str | None
    make: Callable[[str, str], str] = word
    #: The secret is in several texts, none of which is one alone: leaked when two of them are seen.
    pieces: bool = False


def _of(rule: str | None, *names: str, make: Callable[[str, str], str] = word) -> list[Canary]:
    return [Canary(name, rule, make) for name in names]


CANARIES: dict[str, Canary] = {
    canary.name: canary
    for canary in (
        *_of(
            "values",
            *("input text", "input email", "input tel", "input search", "input url"),
            *("input untyped", "input password", "input hidden", "checkbox value", "radio value"),
            *("textarea text", "masked checkbox", "marked block value", "inherited value"),
        ),
        *_of(
            "never shown",
            *("shown password", "shown cc-number", "shown cc-csc", "shown one-time-code"),
            *("shown hidden", "shown card by name"),
        ),
        *_of("choices", "option text", "option label", "optgroup label", "datalist text"),
        *_of("choices", "chosen option"),
        *_of("editable texts", "contenteditable", "role textbox"),
        *_of(
            "attributes",
            *("placeholder", "title attribute", "aria-label", "aria-valuetext", "alt"),
            *("form data", "form name", "form action", "formaction", "onsubmit", "onclick"),
            *("list attribute", "pattern", "checkbox data", "data attribute", "data json"),
            *("custom attribute", "p title", "meter title", "video title", "iframe title"),
            *("option value", "datalist value", "video src", "track src", "track label"),
            *("object data", "embed src", "download", "ping", "style title", "meta csrf"),
            *("meta property", "base target", "canonical", "preload query", "masked image"),
            *("srcdoc", "own attribute"),
        ),
        *_of(
            "addresses",
            *("href query", "href fragment", "href user", "path parameter", "encoded query"),
            *("mailto", "javascript address", "src query", "srcset query", "srcset second"),
            *("poster query", "background query", "svg image query", "svg use query"),
            *("data svg", "data text", "link query"),
        ),
        *_of("addresses", "href key", make=key),
        *_of(
            "addresses in styles",
            *("css url", "css image-set", "css escaped url", "css import", "style url"),
            *("adopted url", "inserted rule url", "declared url", "late style url"),
            *("changed style url", "replaced url", "linked url", "imported url"),
        ),
        *_of(
            "words in styles",
            *("css string", "css selector", "adopted string", "inserted rule string"),
            make=email,
        ),
        *_of(
            "comments",
            *("comment", "css comment", "late css comment", "changed css comment"),
            "replaced css comment",
        ),
        *_of(
            "scripts and templates",
            *("noscript", "script json", "template", "late script", "changed script"),
            *("late noscript", "frame script"),
        ),
        *_of("titles", "document title", "changed title", "frame title"),
        *_of("titles", "svg title", "svg desc", "svg metadata"),
        *_of("marks", "marked mask", "marked block", "marked pause", "marked later"),
        *_of("marks", "inherited by shadow", "slotted into mask"),
        *_of("site rules", "site mask", "site mask in show", "site block", "site block inner"),
        *_of("own elements", "own element"),
        *_of("card numbers", "card", "shown value card", make=card),
        *_of("card numbers", "card spaced", make=grouped(" ")),
        *_of("card numbers", "card hyphened", make=grouped("-")),
        Canary("card split", "split texts", grouped(" "), pieces=True),
        Canary("card boxes", "split texts", grouped(" "), pieces=True),
        Canary("card row", "split texts", grouped(" "), pieces=True),
        *_of("card numbers", "card with marks", make=grouped("\u200e ")),
        *_of("bank accounts", "iban", "iban beside a reference", make=iban),
        *_of("identity codes", "hetu", make=hetu),
        *_of("identity codes", "personnummer", make=personnummer),
        *_of("e-mail addresses", "email", "summary email", "details email", make=email),
        *_of("e-mail addresses", "output email", "set on a button", make=email),
        *_of("e-mail addresses", "email with soft hyphens", make=softened),
        *_of("e-mail addresses", "email on a button", make=email),
        *_of("words in styles", "css property", make=email),
        *_of("attributes", "option number", make=number),
        *_of("words in attributes", "email in class", "email in id", make=email),
        *_of("words in attributes", "id key", make=uuid),
        *_of("words in attributes", "style custom property", make=email),
        *_of(None, "declared property", make=email),
        *_of(None, "canvas", "frame query", "foreign query", "meter fallback", "frame text"),
        *_of("page address", "page query", "page fragment"),
    )
}
#: Stages whose secrets are out of reach of everything: rrweb and this code cannot see them.
UNREACHED = ("closed", "foreign", "sandboxed")
#: What is visible to anybody in these stages is no secret.
VISIBLE = {"frame text", "meter fallback"}


@dataclass(frozen=True)
class Typed:
    """What the shopper types, and as what the page may repeat it."""

    name: str
    rule: str
    value: str
    secrets: tuple[str, ...] = field(default=())


TYPED: dict[str, Typed] = {
    typed.name: typed
    for typed in (
        Typed("typed text", "echoes", "zq-typed-text-qz", ("zq-typed-text-qz",)),
        Typed("typed name", "echoes", "Zqanna Zqlindqvist", ("zqanna", "zqlindqvist")),
        Typed("typed password", "echoes", "zq-Typed-Password-qz", ("zq-typed-password-qz",)),
        Typed("typed textarea", "echoes", "zq-typed-area-qz", ("zq-typed-area-qz",)),
        Typed(
            "typed editable", "editable texts", "zq-typed-editable-qz", ("zq-typed-editable-qz",)
        ),
        Typed("typed set", "echoes", "zq-set-by-script-qz", ("zq-set-by-script-qz",)),
        Typed("typed emptied", "echoes", "zq-emptied-qz", ("zq-emptied-qz",)),
        Typed("typed date", "echoes", "1987-06-05", ("1987-06-05", "5.6.1987")),
        Typed("typed phone", "echoes", "0405557788", ("040 555-7788", "0405557788")),
        Typed("typed file", "values", "zq-file-name-qz.txt", ("zq-file-name-qz",)),
        Typed("typed shown password", "never shown", "zq-shown-pw-qz", ("zq-shown-pw-qz",)),
        Typed("defined element", "kinds of events", "", ("zq-defined",)),
        Typed("media volume", "kinds of events", "", ("0.73105857",)),
        Typed("typed in a frame", "values", "zq-typed-frame-qz", ("zq-typed-frame-qz",)),
    )
}
SHOWN = "Visible typed words"


# --- pages ----------------------------------------------------------------------------------

_PLACE = re.compile(r"\{\{([^}>]+)\}\}")
_PARTIAL = re.compile(r"\{\{> (\w+) (\w+)\}\}")


def render(name: str, stage: str, planted: set[tuple[str, str]], **words: str) -> str:
    """Return a page with the secrets of a stage in it, and note which ones it got.

    `words` are what stands in `{{!braces}}`: no secrets.
    """
    text = (PAGES / f"{name}.html").read_text()
    text = _PARTIAL.sub(lambda found: _partial(found, stage, planted, words), text)
    return _fill(text, stage, planted, words)


def _partial(
    found: re.Match[str], stage: str, planted: set[tuple[str, str]], words: dict[str, str]
) -> str:
    own = stage if found[2] == "frame" else found[2]
    return _fill((PAGES / f"{found[1]}.html").read_text(), own, planted, words)


def _fill(text: str, stage: str, planted: set[tuple[str, str]], words: dict[str, str]) -> str:
    def secret(found: re.Match[str]) -> str:
        name, _, piece = found[1].partition("/")
        if name.startswith("!"):
            return {"stage": stage, "n": f"{zlib.crc32(stage.encode()):x}", **words}[name[1:]]
        planted.add((name, stage))
        whole = CANARIES[name].make(name, stage)
        return whole.split(" ")[int(piece) - 1] if piece else whole

    return _PLACE.sub(secret, text)


async def plant(page: Page) -> None:
    """Let the page add and change everything, as pages do while they are shown."""
    await page.evaluate("() => plant()")


async def type_in(page: Page, shown: str = SHOWN) -> None:
    """Type into every kind of field, as a shopper would."""
    for name in ("text", "name", "password", "textarea", "editable", "emptied", "phone"):
        await page.locator(f"#typed-{name}").click()
        await page.keyboard.type(TYPED[f"typed {name}"].value, delay=2)
    await page.locator("#typed-date").fill(TYPED["typed date"].value)
    await page.locator("#typed-date").blur()
    await page.evaluate("(value) => setByScript(value)", TYPED["typed set"].value)
    await page.locator("#chosen").select_option(index=1)
    name = TYPED["typed file"].value
    picked = FilePayload(name=name, mimeType="text/plain", buffer=b"nothing")
    await page.locator("#typed-file").set_input_files([picked])
    await page.locator("#typed-shown").click()
    await page.keyboard.type(shown)
    await page.locator("#typed-shown-password").click()
    await page.keyboard.type(TYPED["typed shown password"].value)
    await page.evaluate("() => showPassword()")
    inside = page.frame_locator("#frame").locator("#inside")
    await inside.click()
    await page.keyboard.type(TYPED["typed in a frame"].value)
    await page.locator("h1").click()


# --- frames ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """One binary frame of a sharer, unpacked."""

    kind: int
    epoch: int
    seq: int
    size: int
    text: str
    events: list[dict[str, Any]]

    @classmethod
    def parse(cls, data: bytes) -> Frame:
        version, kind, flags, _, epoch, seq = struct.unpack_from(">BBBBII", data)
        assert version == VERSION
        payload = data[HEADER:]
        text = (gzip.decompress(payload) if flags & FLAG_GZIP else payload).decode()
        return cls(kind, epoch, seq, len(data), text, json.loads(text))

    def strings(self) -> Iterator[str]:
        """Yield everything in the events: strings, names of properties, and numbers as text."""
        yield from _strings(self.events)

    def words(self) -> Iterator[str]:
        """Yield the strings that stand in the events as values."""
        yield from _words(self.events)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)):
        yield repr(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name in ("textContent", "value", "text"):
            if isinstance(value.get(name), str):
                yield value[name]
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _compact(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


class _Haystack:
    def __init__(self, frames: Sequence[Frame]) -> None:
        strings: list[str] = []
        words: list[str] = []
        for frame in frames:
            strings += [frame.text, *frame.strings()]
            words += frame.words()
        self.raw = "\n".join(strings)
        self.lower = self.raw.lower()
        # Words alone: times and ids, run together, would look like dates and numbers of cards.
        self.compact = "\n".join(map(_compact, words))
        # Not the numbers: ids look like pieces of cards.
        self.whole = {one.strip() for frame in frames for one in _texts(frame.events)}

    def holds(self, secret: str) -> bool:
        low = secret.lower()
        plain = (low, quote(low, safe=""), html.escape(low), low[::-1], low.encode().hex())
        if any(one in self.lower for one in plain) or _compact(secret) in self.compact:
            return True
        return any(one in self.raw for one in _base64(secret))


def _base64(secret: str) -> Iterator[str]:
    """Yield what of the secret shows in base64, wherever in a longer text it begins."""
    for shift in range(3):
        coded = base64.b64encode(b"." * shift + secret.encode()).decode()
        yield coded[(0, 2, 3)[shift] : len(coded) // 4 * 4 - 4]


def leaks(frames: Sequence[Frame], planted: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Return what left the page: "canary (stage)" -> the rule that should have kept it."""
    haystack = _Haystack(frames)
    found: dict[str, str | None] = {}
    for name, stage in sorted(planted):
        canary = CANARIES[name]
        secret = canary.make(name, stage)
        if name in VISIBLE and stage not in UNREACHED:
            continue
        if canary.pieces:
            leaked = sum(piece in haystack.whole for piece in secret.split(" ")) > 1
        else:
            leaked = haystack.holds(secret)
        if leaked:
            found[f"{name} ({stage})"] = canary.rule
    for typed in TYPED.values():
        if any(haystack.holds(secret) for secret in typed.secrets):
            found[typed.name] = typed.rule
    return found
