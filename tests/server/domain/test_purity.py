"""The rules import nothing that waits, opens or tells the time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import server.domain

FILES = sorted(Path(server.domain.__file__).parent.glob("*.py"))
ALLOWED = {
    "__future__", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib",
    "holidays", "ipaddress", "itertools", "math", "msgspec", "pathlib", "re", "server",
    "signaling", "struct", "typing", "unicodedata", "urllib", "zoneinfo",
}  # fmt: skip


def _imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_a_rule_imports_only_what_is_pure(file: Path) -> None:
    names = _imported(ast.parse(file.read_text(encoding="utf-8")))
    assert {name.split(".")[0] for name in names} <= ALLOWED
    ours = {name for name in names if name.startswith("server.")}
    assert all(name.startswith("server.domain") for name in ours)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_no_rule_asks_the_clock_or_opens_a_file(file: Path) -> None:
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"now", "today", "utcnow", "open", "read_text", "read_bytes", "print"}
