"""Steps that are skipped while their inputs stay the same, and one tidy line for each that runs.

A step leaves a stamp, a file with the fingerprint of its inputs, when it is done and never before:
an interrupted step runs again. Stamps live inside what the step makes (`.venv`, `node_modules`,
`server/static`), so removing that removes the stamp. Only one command at a time does steps.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from deploy.develop.failures import SetupError, explain

__all__ = ["ROOT", "Progress", "ensure", "fingerprint", "is_done"]

ROOT = Path(__file__).resolve().parents[2]
_TICK = 0.2  # seconds between looks at a running tool and at the clock
_SKIPPED = {"node_modules", "__pycache__"}


def fingerprint(*inputs: Path | str) -> str:
    """Hash `inputs`: files and whole folders by content and name, strings as they are."""
    digest = hashlib.blake2b(digest_size=16)
    for item in inputs:
        if isinstance(item, str):
            digest.update(f"text {item}\0".encode())
            continue
        for path in _files(item):
            content = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
            digest.update(f"file {path.relative_to(item.parent)} {content}\0".encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.name not in _SKIPPED:
                yield from _files(child)


class Progress:
    """The line of one running step: its title, then the seconds it took."""

    def __init__(self, title: str, out: TextIO | None = None) -> None:
        self.title = title
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._started = time.monotonic()

    def begin(self) -> None:
        if self._live:
            self._out.write(self._line(""))
            self._out.flush()

    def tick(self) -> None:
        if self._live:
            self._out.write("\r" + self._line(f"{self._seconds():.0f} s"))
            self._out.flush()

    def end(self, word: str = "done") -> None:
        if self._live:
            self._out.write("\r" + self._line(f"{self._seconds():.1f} s") + "\n")
        else:
            self._out.write(f"  {self.title}: {word} in {self._seconds():.1f} s\n")
        self._out.flush()

    def _line(self, right: str) -> str:
        return f"  {self.title} ".ljust(46, ".") + f" {right}".ljust(9)

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def command(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path = ROOT,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run a tool with its output kept aside; raise `SetupError` with the cause if it fails."""
        descriptor, log = tempfile.mkstemp(prefix="tiski-", suffix=".log")
        try:
            with os.fdopen(descriptor, "w+", errors="replace") as output:
                process = subprocess.Popen(
                    [str(part) for part in argv],
                    cwd=cwd,
                    env={**os.environ, **(env or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
                failed = self._wait(process)
                output.seek(0)
                said = output.read()
        except FileNotFoundError as error:
            os.unlink(log)
            raise SetupError(f"{self.title}: {argv[0]} cannot be started.") from error
        except BaseException:
            os.unlink(log)
            raise
        if failed:
            raise SetupError(explain(self.title, said, log))
        os.unlink(log)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            while True:
                try:
                    return process.wait(timeout=_TICK)
                except subprocess.TimeoutExpired:
                    self.tick()
        except BaseException:
            process.terminate()  # Ctrl-C reached it too; make sure that it is gone before we are
            process.wait()
            raise


def is_done(stamp: Path, key: str) -> bool:
    """Tell whether `stamp` was left by work on inputs of fingerprint `key`."""
    return stamp.is_file() and stamp.read_text() == key


def ensure(title: str, stamp: Path, key: str, work: Callable[[Progress], None]) -> bool:
    """Do `work` unless `stamp` says that it was done with inputs of fingerprint `key`.

    Returns whether it was done now.
    """
    if is_done(stamp, key):
        return False
    with _alone():
        if is_done(stamp, key):
            return False
        stamp.unlink(missing_ok=True)
        progress = Progress(title)
        progress.begin()
        work(progress)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key)
        progress.end()
    return True


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep two commands from installing into one checkout at once."""
    folder = os.open(Path(__file__).parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stdout.write("  Another command is setting this checkout up; waiting for it ...\n")
            sys.stdout.flush()
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)  # which gives the lock back
