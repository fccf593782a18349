"""A server under load: a process on a core of its own, its processor time and its memory.

Linux: the scheduler's clock of another process (`clock_getcpuclockid(3)`) counts all its threads,
those that have ended too, in nanoseconds; interrupt work done in its system calls is in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

__all__ = ["ROOT", "Cores", "ServerProcess", "pick_cores"]

T = TypeVar("T")

END_SECONDS: Final = 5.0
CPUCLOCK_SCHED: Final = 2  # <linux/posix-timers.h>
ROOT: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core is whose."""

    server: int
    client: int


def pick_cores() -> Cores:
    """Choose a core for the servers and one for the load.

    Raises:
        SystemExit: this process may use only one core.
    """
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise SystemExit("The bench needs two cores: one for the server, one for the load.")
    return Cores(allowed[0], allowed[-1])


@contextlib.contextmanager
def _on_core(core: int | None) -> Iterator[None]:
    """Let what is started in the block inherit `core`, before it has a second thread."""
    if core is None:
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


class ServerProcess:
    """A running server, and a line of JSON to it and back where it speaks that."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._turn = asyncio.Lock()

    @classmethod
    async def start(
        cls,
        command: Sequence[str | Path],
        core: int | None,
        log: Path,
        *,
        talks: bool = False,
        first: Path = ROOT,
    ) -> ServerProcess:
        """Run `command` on a core (None: on any); with `talks` it reads requests and answers.

        Python finds packages in `first` before it looks here.
        """
        pipe = asyncio.subprocess.PIPE
        with _on_core(core), log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *map(str, command),
                stdin=pipe if talks else asyncio.subprocess.DEVNULL,
                stdout=pipe if talks else output,
                stderr=output,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{first}{os.pathsep}{ROOT}"},
                start_new_session=True,  # a Ctrl-C is ours to pass on
                limit=1 << 20,
            )
        return cls(process, log)

    @classmethod
    async def python(cls, module: str, core: int, log: Path, first: Path = ROOT) -> ServerProcess:
        """Run a module of the bench that speaks JSON lines, with this Python."""
        command = [sys.executable, "-P", "-m", module]
        return await cls.start(command, core, log, talks=True, first=first)

    async def ask(self, request: object, answer: type[T]) -> T:
        """Send a request and return what the process answers.

        Raises:
            RuntimeError: it ended, or refused; the text holds what it said.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(msgspec.json.encode(request) + b"\n")
            line = await self._process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=answer)
        except msgspec.DecodeError as error:
            raise RuntimeError(f"{line[:500]!r}\n{self.log()}") from error

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.returncode is not None

    def log(self) -> str:
        """Return the last of what it wrote."""
        return self._log.read_text(errors="replace")[-2000:]

    def processor_ns(self) -> int:
        """Return the processor time it has used, all threads together.

        Raises:
            RuntimeError: it ended.
        """
        try:
            return time.clock_gettime_ns(~self._process.pid << 3 | CPUCLOCK_SCHED)
        except OSError as error:
            raise RuntimeError(f"a server ended:\n{self.log()}") from error

    def resident(self) -> int:
        """Return the bytes of memory it holds."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"a server ended:\n{self.log()}")

    async def aclose(self) -> None:
        """End it: by the end of its input or a signal, by force when it does not listen."""
        if self.ended:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), END_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
