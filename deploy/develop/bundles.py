"""Measure what a browser downloads, from the manifest of the web build.

A page's chunk closure is its entry and everything that one imports statically: what arrives before
the page can show itself. What it imports dynamically comes later, when it is used.
"""

import gzip
import json
import re
from pathlib import Path
from typing import Any

from deploy.develop.failures import SetupError

__all__ = ["measure"]

# A language is fetched at once, whichever the visitor reads: one of these for each folder.
_LANGUAGE = re.compile(r"(.*)/strings\.[a-z]{2}\.ts")
_PART = "src/cobrowse/page/main.ts"
_PART_CHUNKS = {"masker": "mask", "recorder": "recorder", "control": "control"}
Manifest = dict[str, dict[str, Any]]


def measure(static: Path) -> dict[str, int]:
    """Return gzipped bytes of the bundles under `static`.

    `loader_gzip`: the script on the shop's page. `chat_gzip`: scripts and styles to open the chat,
    in its largest language. `later_gzip`: all that the chat fetches later. `console_gzip`: scripts
    and styles to open the console, in its largest language. `cobrowse_gzip`: the script on the
    shop's page that co-browsing begins with. `masker_gzip`, `recorder_gzip`, `control_gzip`: its
    chunks, fetched to prepare, after consent to view, and after consent to control.
    """
    widget, console = _manifest(static, "widget"), _manifest(static, "console")
    page = _manifest(static, "page")
    part = _static_closure(page, {_PART})
    chat = _static_closure(widget, {"widget.html"})
    later = _everything_later(widget, chat) - chat
    return {
        "loader_gzip": _gzipped(static / "loader.js"),
        "chat_gzip": _opening(static, widget, chat),
        "later_gzip": _size(static, widget, {name for name in later if not _LANGUAGE.match(name)}),
        "console_gzip": _opening(static, console, _static_closure(console, {"console.html"})),
        "cobrowse_gzip": _size(static, page, part),
        **{
            f"{name}_gzip": _size(static, page, {key for key in page if page[key]["name"] == chunk})
            for name, chunk in _PART_CHUNKS.items()
        },
    }


def _manifest(static: Path, name: str) -> Manifest:
    path = static / ".vite" / f"{name}.json"
    if not path.is_file():
        raise SetupError(f"{path} is missing; remove {static} and build again.")
    manifest: Manifest = json.loads(path.read_text())
    return manifest


def _opening(static: Path, manifest: Manifest, opened: set[str]) -> int:
    languages: dict[str, int] = {}
    for name in _dynamic(manifest, opened):
        if language := _LANGUAGE.match(name):
            folder, size = language[1], _size(static, manifest, {name})
            languages[folder] = max(languages.get(folder, 0), size)
    return _size(static, manifest, opened) + sum(languages.values())


def _size(static: Path, manifest: Manifest, names: set[str]) -> int:
    files = {manifest[name]["file"] for name in names}
    files |= {css for name in names for css in manifest[name].get("css", ())}
    return sum(_gzipped(static / file) for file in files)


def _gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), mtime=0))


def _static_closure(manifest: Manifest, start: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(manifest[name].get("imports", ()))
    return found


def _dynamic(manifest: Manifest, names: set[str]) -> set[str]:
    return {later for name in names for later in manifest[name].get("dynamicImports", ())}


def _everything_later(manifest: Manifest, opened: set[str]) -> set[str]:
    reached = set(opened)
    while more := _static_closure(manifest, _dynamic(manifest, reached)) - reached:
        reached |= more
    return reached
