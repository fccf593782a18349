"""The packet path compiled to C does what it does as Python: its tests are run on it as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.develop.compiled import compile_packet_path, has_compiler

ROOT = Path(__file__).parents[2]
CHECKED = (
    *("adapter", "burst", "codecs", "estimate", "feedback", "layers"),
    *("reception", "rtp", "simulcast", "track", "udp"),
)


@pytest.mark.skipif(not has_compiler(), reason="there is no C compiler")
def test_the_compiled_packet_path_passes_the_tests_of_the_plain_one() -> None:
    folder = compile_packet_path(Path(sys.executable))
    places = [str(folder), str(ROOT)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}

    def python(*arguments: str) -> str:
        command = [sys.executable, "-P", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return done.stdout

    assert python("-c", "import media.track; print(media.track.__file__)").rstrip().endswith(".so")
    names = [f"tests/media/test_{name}.py" for name in CHECKED]
    settings = ("-p", "no:cacheprovider", "-o", f"pythonpath={' '.join(places)}")
    assert " passed" in python("-m", "pytest", "-q", *settings, *names)
