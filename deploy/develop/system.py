"""Programs that the tests run for real: look for them, install them where we may."""

import glob
import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.develop.failures import SetupError
from deploy.develop.steps import Progress

__all__ = [
    "MEDIA_SERVERS",
    "PROGRAMS",
    "Program",
    "install_programs",
    "missing_packages",
    "temporary_in_memory",
]

_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is put there by this name
_MEMINFO = Path("/proc/meminfo")
_ROOM = 4_000_000_000  # bytes; a run of the tests has some hundred MB at a time
_APT = ("apt-get", "-o", "DPkg::Lock::Timeout=400", "-q")


@dataclass(frozen=True)
class Program:
    """A program the tests start: where it may be, and the Debian packages that bring it."""

    places: tuple[str, ...]  # names on the PATH, or patterns of absolute paths
    packages: tuple[str, ...]

    def found(self) -> bool:
        return any(
            glob.glob(place) if place.startswith("/") else shutil.which(place)
            for place in self.places
        )


PROGRAMS = (
    Program(("chromium",), ("chromium", "fonts-liberation")),
    Program(("redis-server",), ("redis-server",)),
    Program(("/usr/lib/postgresql/*/bin/postgres", "postgres"), ("postgresql",)),
    Program(("turnserver",), ("coturn",)),
)
# What the bench of the media server measures beside ours. Nothing else needs it.
MEDIA_SERVERS = (Program(("janus",), ("janus",)),)


def missing_packages(programs: Sequence[Program] | None = None) -> list[str]:
    """Name the Debian packages that the tests, or these programs, need and the machine lacks."""
    wanted = PROGRAMS if programs is None else programs
    missing = [name for program in wanted if not program.found() for name in program.packages]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return missing


def install_programs(programs: Sequence[Program] | None = None) -> None:
    """Install what is missing, as root on Debian; otherwise say what is missing and stop."""
    missing = missing_packages(programs)
    if not missing:
        return
    install = f"apt install {' '.join(missing)}"
    if os.geteuid() != 0:
        raise SetupError(f"The tests need programs that are missing. As root: {install}")
    if shutil.which("apt-get") is None:
        raise SetupError(f"The tests need programs that are missing; on Debian: {install}")
    progress = Progress(f"System packages ({len(missing)})")
    progress.begin()
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    progress.command((*_APT, "update"), env=env)
    progress.command((*_APT, "install", "-y", "--no-install-recommends", *missing), env=env)
    progress.end()
    still = missing_packages(programs)
    if still:
        raise SetupError(f"Installed, but still not found: {' '.join(still)}")


def temporary_in_memory(memory: Path = _MEMORY) -> dict[str, str]:
    """Return the setting that puts temporary files in memory, if there is room and no other wish.

    The tests make a thousand databases, of some 400 files each.
    """
    if "TMPDIR" in os.environ:
        return {}
    try:
        known = dict(line.split(":") for line in _MEMINFO.read_text().splitlines())
        available = int(known["MemAvailable"].split()[0]) * 1024
        found = os.statvfs(memory)
    except (OSError, KeyError, ValueError):  # not Linux
        return {}
    runs_programs = not found.f_flag & os.ST_NOEXEC
    roomy = min(found.f_bavail * found.f_frsize, available) >= _ROOM
    writable = os.access(memory, os.W_OK | os.X_OK)
    return {"TMPDIR": str(memory)} if runs_programs and roomy and writable else {}
