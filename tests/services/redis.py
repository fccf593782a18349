"""A Redis server that keeps nothing on disk."""

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import ServiceError, running

__all__ = ["RedisServer", "redis_running"]


@dataclass(frozen=True)
class RedisServer:
    """Where the test's Redis listens."""

    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Forget every key. Raise `ServiceError` when the server does not say that it did."""
        if not _said(self.port, b"FLUSHALL\r\n").startswith(b"+OK"):
            raise ServiceError("Redis did not flush")


@contextlib.contextmanager
def redis_running(at: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis of our own until the block ends, on port `at` or else on any free one."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceError("redis-server is not installed; `make test` as root installs it")
    with tempfile.TemporaryDirectory(prefix="tiski-redis-") as folder:

        def command(free: int) -> list[str]:
            return [
                *(program, "--port", str(at or free), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", folder),
            ]

        with running(command, lambda free: _answers(at or free), Path(folder) / "log") as free:
            yield RedisServer(at or free)


def _answers(port: int) -> bool:
    try:
        return _said(port, b"PING\r\n").startswith(b"+PONG")
    except OSError:
        return False


def _said(port: int, command: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(command)
        return connection.recv(64)
