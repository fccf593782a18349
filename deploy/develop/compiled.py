"""The packet path compiled to C by mypyc, in `build/compiled`: an option, from the same source.

Nothing needs it. Who puts the folder before the checkout on PYTHONPATH runs it; docs/media.md says
what it is worth.
"""

import os
import shutil
from pathlib import Path

from deploy.develop.environment import PYTHON
from deploy.develop.failures import SetupError
from deploy.develop.steps import ROOT, Progress, ensure, fingerprint

__all__ = ["COMPILED", "compile_packet_path", "has_compiler"]

COMPILED = ROOT / "build" / "compiled"

# What every packet passes, and what they are made of. The rest runs as Python beside it.
_MODULES = (
    *("adapter", "burst", "codecs", "estimate", "feedback", "layers", "peer", "port"),
    *("reception", "rtp", "simulcast", "speaking", "subscription", "track", "udp"),
)
_SETTINGS = "[mypy]\nignore_missing_imports = True\nfollow_imports = silent\n"


def has_compiler() -> bool:
    """Tell whether this machine can compile."""
    return shutil.which(os.environ.get("CC", "cc")) is not None


def compile_packet_path(python: Path = PYTHON) -> Path:
    """Compile unless it is done; return the folder that holds the compiled `media`.

    Raises:
        SetupError: there is no C compiler, or it refuses.
    """
    if not has_compiler():
        raise SetupError("There is no C compiler. On Debian, as root: apt install gcc libc6-dev")
    key = fingerprint(ROOT / "media", ROOT / "requirements-dev.lock", *_MODULES, _SETTINGS)

    def build(progress: Progress) -> None:
        shutil.rmtree(COMPILED, ignore_errors=True)
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "media", COMPILED / "media", ignore=skipped)
        (COMPILED / "mypy.ini").write_text(_SETTINGS)
        sources = (f"media/{name}.py" for name in _MODULES)
        progress.command(
            [python, "-m", "mypyc", *sources], cwd=COMPILED, env={"MYPYC_OPT_LEVEL": "3"}
        )

    ensure("The packet path, compiled", COMPILED / ".built", key, build)
    return COMPILED
