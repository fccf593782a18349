"""The protocol logic of the media server knows neither clock nor socket nor loop."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import media

FOLDER = Path(media.__file__).parent
PURE = [
    "adaptation",
    "answer",
    "choice",
    "codecs",
    "control",
    "downlink",
    "errors",
    "estimate",
    "feedback",
    "framing",
    "ice",
    "intake",
    "interface",
    "layers",
    "limits",
    "offer",
    "quality",
    "reception",
    "recording/clock",
    "recording/frames",
    "recording/h264",
    "recording/matroska",
    "recording/order",
    "rtp",
    "simulcast",
    "speaking",
    "stun",
    "subscription",
    "track",
]
FORBIDDEN = {"asyncio", "socket", "time", "aiohttp", "sqlalchemy", "datetime"}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_import_no_clock_and_no_io(name: str) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text())):
        if isinstance(node, ast.Import):
            imported |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert not imported & FORBIDDEN


def test_only_the_adapter_reaches_under_other_libraries() -> None:
    for path in FOLDER.rglob("*.py"):
        if path.stem == "adapter":
            continue
        text = path.read_text()
        assert "pylibsrtp" not in text.replace("pylibsrtp's", "")
        assert "._srtp" not in text
        assert "_ssl" not in text
