"""Run several programs as one: they start in order, and when one ends, all do.

Ctrl-C, SIGTERM, SIGHUP and the end of `make` all lead to the same clean stop, the newest first. On
Linux the kernel ends the children also when we are killed; what reads its standard input sees it
end on any system.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from deploy.develop.failures import SetupError
from deploy.develop.steps import ROOT

__all__ = ["Child", "Family"]

_STOP_SECONDS = 20.0  # the server drains for up to 10
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # prctl(2)


class _StoppedError(Exception):
    """A signal asks for the end."""


@dataclass(frozen=True)
class Child:
    """A program that runs. `name`: as a sentence begins with it."""

    name: str
    process: "subprocess.Popen[bytes]"

    def until_ready(self) -> None:
        """Wait until it has printed a line, which it does when it serves.

        Raises:
            SetupError: it ended instead.
        """
        said = self.process.stdout
        if said is None or not said.readline():
            raise SetupError(f"{self.name} did not start (status {self.process.wait()}).")


class Family:
    """The programs of one command, from the block's begin to its end."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        for number in _STOPPING:
            signal.signal(number, _raise)
        if "MAKELEVEL" in os.environ:
            _end_with_parent(os.getppid())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        try:
            for child in reversed(self._children):
                _end(child.process)
        except _StoppedError:  # asked a second time: at once
            for child in self._children:
                child.process.kill()
        for number in _STOPPING:
            signal.signal(number, signal.SIG_DFL)
        return kind is _StoppedError

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        announces: bool = False,
    ) -> Child:
        """Start a program; one that `announces` itself prints a line when it is ready."""
        parent = os.getpid()

        def prepare() -> None:
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
            _end_with_parent(parent)

        process = subprocess.Popen(
            [str(part) for part in argv],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,  # never written to; it ends with us
            stdout=subprocess.PIPE if announces else None,
            process_group=0,  # Ctrl-C comes to us, and the order of the end is ours
            preexec_fn=prepare,  # safe: there is one thread
        )
        self._children.append(Child(name, process))
        return self._children[-1]

    def wait(self) -> int:
        """Wait until one of them ends, say so unless it ended well, and return its status."""
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        ended = next(child for child in self._children if child.process.poll() is not None)
        status: int = ended.process.wait()
        if status:
            what = f"by signal {-status}" if status < 0 else f"with status {status}"
            sys.stderr.write(f"\n{ended.name} ended by itself, {what}; the rest is stopped.\n")
        return 1 if status < 0 else status


def _raise(number: int, frame: FrameType | None) -> None:
    raise _StoppedError


def _end_with_parent(parent: int) -> None:
    """Have the kernel send SIGTERM when the parent is gone (Linux alone can)."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it went before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    if process.poll() is None:
        process.kill()
        process.wait()
