"""A PostgreSQL server in a folder of its own, with one fresh database for each test.

PostgreSQL refuses to run as root, so root runs it as the user `postgres`. Durability is off:
what a test wants to know about it, it must ask of a server with fsync on.
"""

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.services.process import ServiceError, as_user, running

__all__ = ["PostgresServer", "postgres_running"]

_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@dataclass(frozen=True)
class PostgresServer:
    """Where the test's PostgreSQL listens; the superuser is `app`, no password is asked."""

    port: int
    programs: Path
    _numbers: "count[int]"

    def url(self, database: str) -> str:
        """Return the address of `database` in SQLAlchemy's form, for asyncpg."""
        return f"postgresql+asyncpg://app@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Make a database and yield its address; drop it in the end, whoever is in it.

        Empty, or a copy of the one at the address `template`, which nobody may be using.
        """
        name = f"test_{next(self._numbers)}"
        copied = () if template is None else ("--template", template.rsplit("/", 1)[-1])
        self._run("createdb", *copied, name)
        try:
            yield self.url(name)
        finally:
            self._run("dropdb", "--force", name)

    def _run(self, program: str, *arguments: str) -> None:
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "app")
        subprocess.run(
            [self.programs / program, *where, *arguments], check=True, capture_output=True
        )


@contextlib.contextmanager
def postgres_running() -> Iterator[PostgresServer]:
    """Run a PostgreSQL of our own until the block ends."""
    programs = _programs()
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="tiski-postgres-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        made = subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "app",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            cwd=folder,
            **as_user(user),
        )
        if made.returncode:
            raise ServiceError(f"initdb failed:\n{made.stdout}{made.stderr}")

        def command(port: int) -> list[str | Path]:
            settings = [word for setting in _SETTINGS for word in ("-c", setting)]
            listen = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
            return [programs / "postgres", "-D", data, *listen, *settings]

        def ready(port: int) -> bool:
            asked = (str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port))
            return subprocess.run(asked).returncode == 0

        log = folder / "log"
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        with running(command, ready, log, user=user, stop_signal=signal.SIGINT) as port:
            yield PostgresServer(port, programs, count(1))


def _programs() -> Path:
    installed = sorted(
        glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4])
    )
    program = installed[-1] if installed else shutil.which("postgres")
    if program is None:
        raise ServiceError("postgresql is not installed; `make test` as root installs it")
    return Path(program).parent
