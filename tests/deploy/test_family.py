"""Programs that run as one: how they start, and that all of them end, whatever ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.develop.steps import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A child says that it is there, and its last word goes to a file: who ends when can be read.
CHILD = """
import pathlib, signal, sys, time
def end(number, frame):
    with open(sys.argv[2], "a") as ends:
        ends.write(sys.argv[1] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(float(sys.argv[3]))
sys.exit(7)
"""
PARENT = """
import sys
from deploy.develop.family import Family
from deploy.develop.failures import SetupError
def main():
    ends, one, two = sys.argv[1:]
    with Family() as family:
        for name, seconds in (("One", one), ("Two", two)):
            child = family.start(
                name, [sys.executable, "-c", CHILD, name, ends, seconds], announces=True
            )
            child.until_ready()
            print(child.process.pid, flush=True)
        return family.wait()
    return 0
CHILD = %r
try:
    sys.exit(main())
except SetupError as error:
    sys.exit(str(error))
"""
FOREVER = "3600"


@contextmanager
def family(
    tmp_path: Path, one: str = FOREVER, two: str = FOREVER, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run a family of two that have begun; `one`, `two`: seconds that they live."""
    environ = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT % CHILD, str(tmp_path / "ends"), one, two],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process, [int(process.stdout.readline()) for _ in range(2)]
    finally:
        process.kill()
        process.communicate()


def _eventually(claim: str, probe: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not probe():
        assert time.monotonic() < deadline, claim
        time.sleep(0.02)  # other processes: nothing to wait on


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_of_them_newest_first(tmp_path: Path, number: signal.Signals) -> None:
    with family(tmp_path) as (process, children):
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 0
        assert said == ""
        assert (tmp_path / "ends").read_text() == "Two\nOne\n"
        assert all(_gone(pid) for pid in children)


def test_when_one_crashes_it_is_said_in_one_line_and_the_other_ends(tmp_path: Path) -> None:
    with family(tmp_path, one="0.2") as (process, children):
        _, said = process.communicate(timeout=10)
        assert process.returncode == 7
        assert said.strip() == "One ended by itself, with status 7; the rest is stopped."
        assert (tmp_path / "ends").read_text() == "Two\n"
        assert all(_gone(pid) for pid in children)


def test_one_that_is_killed_is_named_too(tmp_path: Path) -> None:
    with family(tmp_path) as (process, children):
        os.kill(children[1], signal.SIGKILL)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 1
        assert said.strip() == "Two ended by itself, by signal 9; the rest is stopped."


def test_killed_without_warning_it_leaves_no_orphan(tmp_path: Path) -> None:
    with family(tmp_path) as (process, children):
        process.kill()
        process.wait()
        for pid in children:
            _eventually(f"{pid} ends with its parent", lambda pid=pid: _gone(pid))


def test_the_end_of_make_ends_all(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    make = subprocess.Popen(
        [
            *(sys.executable, "-c", script),
            *(sys.executable, "-c", PARENT % CHILD, str(tmp_path / "ends"), FOREVER, FOREVER),
        ],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MAKELEVEL": "1"},
    )  # fmt: skip
    assert make.stdout is not None
    children = [int(make.stdout.readline()) for _ in range(2)]
    make.kill()
    make.wait()
    make.stdout.close()
    for pid in children:
        _eventually(f"{pid} ends with make", lambda pid=pid: _gone(pid))
    assert (tmp_path / "ends").read_text() == "Two\nOne\n", "it was a clean stop"


def test_one_that_does_not_start_stops_the_others(tmp_path: Path) -> None:
    script = PARENT.replace('("Two", two)', '("Two", "x")') % CHILD.replace(
        'print("ready", flush=True)', "float(sys.argv[3]) and print('ready', flush=True)"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "ends"), FOREVER, FOREVER],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=10,
    )  # fmt: skip
    assert process.returncode == 1
    assert process.stderr.strip().endswith("Two did not start (status 1).")
    assert (tmp_path / "ends").read_text() == "One\n"
