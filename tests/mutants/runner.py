"""Takes one check out of the code at a time, and sees whether a test notices.

Each worker has a copy of what the tests need, in a temporary folder: the tree itself is never
touched. An edit is exact; one that does not fit any more is an error, as is a mutant that cannot
even be imported, or a test that fails without any mutant: neither would say anything.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

__all__ = ["Edit", "Mutant", "run"]

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("server", "signaling", "media", "tests", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "static", ".*")
#: Nothing is loaded but what the tests need: it would take longer than they do.
_PLAIN = (
    *("-x", "-q", "-m", "not postgres"),
    *("-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin"),
)
TIMEOUT = 120.0  # seconds; a test that waits for ever has noticed too
PASSED, FAILED = 0, 1  # of pytest's exit codes; any other is no verdict


@dataclass(frozen=True)
class Edit:
    """Replace `old`, which stands in `file` exactly once."""

    file: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        found = source.count(self.old)
        if found != 1:
            raise SystemExit(f"{self.file} has this {found} times, so mend the edit:\n{self.old}")
        changed = source.replace(self.old, self.new)
        compile(changed, self.file, "exec")
        return changed


@dataclass(frozen=True)
class Mutant:
    """A check that is gone, and the tests that should notice."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    killed: bool
    by: str
    seconds: float


class Copy:
    """A copy of the tree, where one mutant lives at a time."""

    _stamps = count(1)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in COPIED:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=LEFT_OUT)
            else:
                shutil.copy2(source, target)

    def try_out(self, mutant: Mutant) -> Outcome:
        with self._edited(mutant.edits):
            status, output, seconds = self.test(mutant.tests)
        if status not in (None, PASSED, FAILED):
            raise SystemExit(f"{mutant.name}: the tests could not run.\n{output}")
        found = re.search(r"^(?:FAILED|ERROR) \S*::(\S+)", output, re.MULTILINE)
        by = "waiting for ever" if status is None else found[1] if found else ""
        return Outcome(status != PASSED, by, seconds)

    def test(self, tests: Sequence[str]) -> tuple[int | None, str, float]:
        """Run tests of one folder; return pytest's exit code, None when it took too long."""
        [folder] = {_folder(test) for test in tests}
        command = [sys.executable, "-m", "pytest", *_PLAIN, f"--confcutdir={folder}", *tests]
        begun = time.monotonic()
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return None, "", TIMEOUT
        return done.returncode, done.stdout + done.stderr, time.monotonic() - begun

    @contextmanager
    def _edited(self, edits: Sequence[Edit]) -> Iterator[None]:
        before = {edit.file: (self._folder / edit.file).read_text("utf-8") for edit in edits}
        after = dict(before)
        for edit in edits:
            after[edit.file] = edit.applied(after[edit.file])
        self._write(after)
        try:
            yield
        finally:
            self._write(before)

    def _write(self, sources: dict[str, str]) -> None:
        for file, source in sources.items():
            path = self._folder / file
            path.write_text(source, "utf-8")
            # Compiled code is told apart by whole seconds and size; neither may be the same.
            stamp = 1_000_000_000 + next(self._stamps)
            os.utime(path, (stamp, stamp))


def run(mutants: Sequence[Mutant], *, workers: int = 2) -> list[Mutant]:
    """Try all mutants, saying how it goes; return those that survive."""
    for mutant in mutants:
        sources = {edit.file: (ROOT / edit.file).read_text("utf-8") for edit in mutant.edits}
        for edit in mutant.edits:
            sources[edit.file] = edit.applied(sources[edit.file])
    with tempfile.TemporaryDirectory(prefix="tiski-mutants-") as folder:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(workers):
            copies.put(Copy(Path(folder) / str(number)))
        _check_tests(copies, mutants)
        survived = []
        with ThreadPoolExecutor(workers) as pool:
            for mutant, outcome in zip(
                mutants, pool.map(lambda one: _tried(copies, one), mutants), strict=True
            ):
                verdict = f"killed by {outcome.by}" if outcome.killed else "SURVIVED"
                print(f"{outcome.seconds:5.1f} s  {mutant.name}: {verdict}", flush=True)
                if not outcome.killed:
                    survived.append(mutant)
    return survived


def _check_tests(copies: queue.SimpleQueue[Copy], mutants: Sequence[Mutant]) -> None:
    """Run the tests without a mutant: a test that fails anyway kills nothing."""
    by_folder: dict[str, set[str]] = {}
    for test in (test for mutant in mutants for test in mutant.tests):
        by_folder.setdefault(_folder(test), set()).add(test)
    copy = copies.get()
    for folder, tests in by_folder.items():
        status, output, seconds = copy.test(sorted(tests))
        if status != PASSED:
            raise SystemExit(f"The tests fail without any mutant.\n{output}")
        print(
            f"{seconds:5.1f} s  without a mutant: {len(tests)} tests of {folder} pass", flush=True
        )
    copies.put(copy)


def _folder(test: str) -> str:
    return test.partition("::")[0].rpartition("/")[0]


def _tried(copies: queue.SimpleQueue[Copy], mutant: Mutant) -> Outcome:
    copy = copies.get()
    try:
        return copy.try_out(mutant)
    finally:
        copies.put(copy)
