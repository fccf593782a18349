"""Start one server process, wait until it answers, end it for certain."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.services.ports import free_port

__all__ = ["ServiceError", "as_user", "running"]

_START_SECONDS = 20.0  # a loaded machine of 2 cores; usually well under one
_ATTEMPTS = 3  # a free port may be taken by somebody else before the server binds it


class ServiceError(Exception):
    """A server that the tests need did not start; the text holds what it said."""


def as_user(user: str | None) -> dict[str, Any]:
    """Return what makes `subprocess` run a program as `user`, with none of root's groups."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


@contextlib.contextmanager
def running(
    command: Callable[[int], Sequence[str | Path]],
    ready: Callable[[int], bool],
    log: Path,
    *,
    user: str | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    stop_seconds: float = 10.0,
) -> Iterator[int]:
    """Run `command(port)` until the block ends; yield the port once `ready(port)` holds.

    `user` runs it as somebody else, which only root can. A process that is still there
    `stop_seconds` after `stop_signal` is killed.
    """
    for attempt in range(_ATTEMPTS):
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                start_new_session=True,  # a Ctrl-C of the test run is ours to pass on
                **as_user(user),
            )
        try:
            if _becomes_ready(process, partial(ready, port)):
                yield port
                return
        finally:
            _end(process, stop_signal, stop_seconds)
        if attempt == _ATTEMPTS - 1:
            raise ServiceError(f"{command(port)[0]} did not start:\n{log.read_text()[-2000:]}")


def _becomes_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return True
        time.sleep(0.02)  # between looks at another process; nothing tells us when it is up
    return False


def _end(process: subprocess.Popen[bytes], stop_signal: signal.Signals, seconds: float) -> None:
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
