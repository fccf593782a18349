"""Measure what a browser downloads, from the manifest of the web build.

A page's chunk closure is its entry and everything that one imports statically: what arrives before
the page can show itself. What it imports dynamically comes later, when it is used.
"""

import gzip
import json
from pathlib import Path
from typing import Any

from deploy.develop.failures import SetupError

__all__ = ["measure"]

_LANGUAGES = "src/i18n/"  # one of these is fetched at once, whichever the visitor reads


def measure(static: Path) -> dict[str, int]:
    """Return gzipped bytes of the bundles under `static`.

    `loader_gzip`: the script on the shop's page. `chat_gzip`: scripts and styles to open the chat,
    with the largest language when languages are chunks. `call_gzip`: all that the chat fetches
    later. `console_gzip`: scripts and styles to open the console.
    """
    manifest_path = static / ".vite" / "manifest.json"
    if not manifest_path.is_file():
        raise SetupError(f"{manifest_path} is missing; remove {static} and build again.")
    manifest: dict[str, dict[str, Any]] = json.loads(manifest_path.read_text())

    def size(names: set[str]) -> int:
        files = {manifest[name]["file"] for name in names}
        files |= {css for name in names for css in manifest[name].get("css", ())}
        return sum(_gzipped(static / file) for file in files)

    chat = _static_closure(manifest, {"widget.html"})
    languages = {name for name in _dynamic(manifest, chat) if name.startswith(_LANGUAGES)}
    later = _everything_later(manifest, chat) - chat - languages
    return {
        "loader_gzip": _gzipped(static / "loader.js"),
        "chat_gzip": size(chat) + max((size({name}) for name in languages), default=0),
        "call_gzip": size(later),
        "console_gzip": size(_static_closure(manifest, {"console.html"})),
    }


def _gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), mtime=0))


def _static_closure(manifest: dict[str, dict[str, Any]], start: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(manifest[name].get("imports", ()))
    return found


def _dynamic(manifest: dict[str, dict[str, Any]], names: set[str]) -> set[str]:
    return {later for name in names for later in manifest[name].get("dynamicImports", ())}


def _everything_later(manifest: dict[str, dict[str, Any]], opened: set[str]) -> set[str]:
    reached = set(opened)
    while more := _static_closure(manifest, _dynamic(manifest, reached)) - reached:
        reached |= more
    return reached
