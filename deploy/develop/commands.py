"""The commands behind the Makefile's targets.

`run` keeps the server and the demo's bank running together (`family.py`). The others prepare what
they need and pass the exit status of the tools on.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.develop.banks import bank_command, bankid_command, demo_of, vault_settings, write_demo
from deploy.develop.bundles import measure
from deploy.develop.compiled import compile_packet_path, has_compiler
from deploy.develop.environment import PYTHON, VENV, install_development, install_runtime
from deploy.develop.failures import SetupError, explain_os_error
from deploy.develop.family import Family
from deploy.develop.ports import check_ports
from deploy.develop.steps import ROOT
from deploy.develop.system import MEDIA_SERVERS, install_programs, temporary_in_memory
from deploy.develop.web import STATIC, WEB, build_web, find_node, install_bank, install_web

__all__ = ["main"]


def run(arguments: Sequence[str]) -> int:
    """Set up what is missing, then run the server with the demo in it, and the demo's bank."""
    ports = check_ports()
    install_runtime()
    build_web()
    os.chdir(ROOT)
    server: list[str | Path] = [PYTHON, "-m", "server", "serve", "--demo", *arguments]
    if os.environ.get("TISKI_IDENTITY"):  # banks of one's own: the server is all there is to run
        os.execv(PYTHON, [str(part) for part in server])  # noqa: S606 - it gets signals itself
    install_bank()
    demo = demo_of(os.environ, ports)
    write_demo(demo)
    with Family() as family:
        banks = [
            family.start("The demo bank", bank_command(demo, find_node().program), announces=True),
            family.start("The demo BankID", bankid_command(demo, PYTHON), announces=True),
        ]
        for bank in banks:
            bank.until_ready()
        identity = {"TISKI_IDENTITY": str(demo.identity_file)}
        family.start("The server", server, env=identity | vault_settings(os.environ, demo))
        return family.wait()
    return 0


def test(arguments: Sequence[str]) -> int:
    """Run the unit tests of the browser side, then pytest."""
    install_programs()
    install_development()
    build_web()
    install_web()
    install_bank()
    if not arguments:
        failed = _npm("test")
        if failed:
            return failed
    os.environ |= temporary_in_memory()
    return _tool("pytest", *arguments)


def check(_: Sequence[str]) -> int:
    """Run every static check to the end, then say which failed."""
    install_development()
    install_web()
    checks: dict[str, Callable[[], int]] = {
        "ruff check": lambda: _tool("ruff", "check", "."),
        "ruff format": lambda: _tool("ruff", "format", "--check", "."),
        "mypy": lambda: _tool("mypy"),
        "import rules": lambda: _program("lint-imports"),
        "generated TypeScript": lambda: _tool("signaling.protocol", "--check"),
        "TypeScript": lambda: _npm("check"),
    }
    failed = []
    for name, work in checks.items():
        _say(f"== {name}")
        if work():
            failed.append(name)
    _say(f"Failed: {', '.join(failed)}" if failed else f"All {len(checks)} checks passed")
    return 1 if failed else 0


def format_sources(_: Sequence[str]) -> int:
    """Format Python and TypeScript in place."""
    install_development()
    install_web()
    return (
        _tool("ruff", "check", "--fix-only", "--quiet", ".")
        or _tool("ruff", "format", ".")
        or _npm("format")
    )


def bench(arguments: Sequence[str]) -> int:
    """Run one bench module on the built product; its last line is its result."""
    install_programs()
    install_development()
    build_web()
    install_bank()
    return _tool(*arguments)


def bench_media(arguments: Sequence[str]) -> int:
    """Measure the media server beside others; it needs no browser and nothing built."""
    install_programs(MEDIA_SERVERS)
    install_development()
    compiled = ("--compiled", str(compile_packet_path())) if has_compiler() else ()
    return _tool("tests.load.bench_media", *compiled, *arguments)


def compile_media(_: Sequence[str]) -> int:
    """Compile the packet path and say how it is run."""
    install_development()
    folder = compile_packet_path()
    _say(f"To run a server with it: PYTHONPATH={folder} tiski serve")
    return 0


def bench_setup(arguments: Sequence[str]) -> int:
    """Measure how long calls take to begin, beside Janus."""
    install_programs(MEDIA_SERVERS)
    return bench(["tests.load.bench_setup", *arguments])


def bench_size(_: Sequence[str]) -> int:
    """Build the browser side and print the size of its bundles."""
    install_runtime()
    build_web()
    _say(json.dumps(measure(STATIC)))
    return 0


def module(arguments: Sequence[str]) -> int:
    """Run a module of the project in its environment."""
    install_development()
    return _tool(*arguments)


def lock(arguments: Sequence[str]) -> int:
    """Resolve pyproject.toml into the lock files; pins stay unless ARGS says `--upgrade`."""
    install_development()
    compile_ = (
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-emit-index-url", "--system-certs"),
        *("--custom-compile-command", "make lock"),
    )
    runtime = "requirements.lock"
    status = _tool(*compile_, *arguments, "pyproject.toml", "-o", runtime)
    for group, output in (
        ("dev", "requirements-dev.lock"),
        ("build", "deploy/develop/build.lock"),
        ("node", "deploy/develop/node.lock"),
    ):
        status = status or _tool(
            *compile_, *arguments, "--group", group, "-c", runtime, "-o", output
        )
    return status


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run,
    "test": test,
    "check": check,
    "compile": compile_media,
    "format": format_sources,
    "bench": bench,
    "bench-media": bench_media,
    "bench-setup": bench_setup,
    "bench-size": bench_size,
    "module": module,
    "lock": lock,
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; what stops it is told in plain words and makes status 1."""
    if not arguments or arguments[0] not in COMMANDS:
        sys.stderr.write(f"Give one of: {' '.join(COMMANDS)}\n")
        return 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except SetupError as error:
        sys.stdout.flush()
        sys.stderr.write(f"\n{error}\n")
    except OSError as error:
        sys.stdout.flush()
        sys.stderr.write(f"\n{explain_os_error(error)}\n")
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. The same command goes on where this one left off.\n")
        return 130
    return 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tool(name: str, *arguments: str) -> int:
    return _status([PYTHON, "-m", name, *arguments])


def _program(name: str, *arguments: str) -> int:
    return _status([VENV / "bin" / name, *arguments])


def _npm(script: str) -> int:
    node = find_node()
    return _status([*node.npm, "run", "--silent", script], cwd=WEB, env=node.env)


def _status(argv: Sequence[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None) -> int:
    sys.stdout.flush()
    process = subprocess.Popen(
        [str(part) for part in argv], cwd=cwd, env={**os.environ, **(env or {})}
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the tool got it as well and ends in its own way
