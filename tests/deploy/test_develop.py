"""Setting a checkout up: what is skipped, what runs again, what is said when it cannot go on."""

import ast
import errno
import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.develop import __file__ as package
from deploy.develop import bundles, steps, system, web
from deploy.develop.failures import SetupError, explain, explain_os_error
from deploy.develop.ports import PORTS, check_ports
from tests.services.ports import free_port

# -- steps -----------------------------------------------------------------------------------


def _ensure(stamp: Path, key: str, done: list[str]) -> bool:
    return steps.ensure("Step", stamp, key, lambda _: done.append(key))


def test_a_step_runs_once_for_the_same_inputs(tmp_path: Path) -> None:
    done: list[str] = []
    assert _ensure(tmp_path / "stamp", "a", done)
    assert not _ensure(tmp_path / "stamp", "a", done)
    assert _ensure(tmp_path / "stamp", "b", done)
    assert done == ["a", "b"]


def test_an_interrupted_step_runs_again(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    _ensure(stamp, "a", [])

    def interrupted(_: steps.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.ensure("Step", stamp, "b", interrupted)
    done: list[str] = []
    assert _ensure(stamp, "a", done), "what a half-done step left is not what it was"
    assert done == ["a"]


def test_two_commands_do_a_step_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamp = tmp_path / "stamp"
    inside, go_on = threading.Event(), threading.Event()

    def slow(_: steps.Progress) -> None:
        inside.set()
        assert go_on.wait(10)

    def never(_: steps.Progress) -> None:
        pytest.fail("the other command has done it")

    with ThreadPoolExecutor() as pool:
        first = pool.submit(steps.ensure, "Step", stamp, "a", slow)
        assert inside.wait(10)
        second = pool.submit(steps.ensure, "Step", stamp, "a", never)
        while "waiting for it" not in (said := capsys.readouterr().out):
            assert not second.done(), said
        go_on.set()
        assert (first.result(10), second.result(10)) == (True, False)


def test_a_fingerprint_follows_content_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "a.ts").write_text("one")
    first = steps.fingerprint(folder)
    os.utime(folder / "a.ts", (1, 1))
    assert steps.fingerprint(folder) == first, "a time is no content"
    (folder / "a.ts").rename(folder / "b.ts")
    renamed = steps.fingerprint(folder)
    (folder / "b.ts").write_text("two")
    assert len({first, renamed, steps.fingerprint(folder)}) == 3


def test_installed_packages_do_not_change_a_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("one")
    first = steps.fingerprint(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "b.js").write_text("two")
    assert steps.fingerprint(tmp_path) == first


def test_a_failed_tool_is_told_with_its_last_lines() -> None:
    progress = steps.Progress("Web build", io.StringIO())
    script = "print('first'); print('the cause'); raise SystemExit(3)"
    with pytest.raises(SetupError, match=r"Web build failed:\n(?s:.*)the cause") as error:
        progress.command((sys.executable, "-c", script))
    log = Path(str(error.value).rsplit(" ", 1)[1])
    assert log.read_text() == "first\nthe cause\n"
    log.unlink()


def test_a_tool_that_is_not_there_is_named() -> None:
    with pytest.raises(SetupError, match="no-such-tool cannot be started"):
        steps.Progress("Step", io.StringIO()).command(("no-such-tool",))


# -- what is said ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "NewConnectionError('... Temporary failure in name resolution')",
            "network does not answer",
        ),
        ("npm error code EAI_AGAIN", "network does not answer"),
        ("[UNRESOLVED_IMPORT] Could not resolve './app.css'", "Step failed:\n"),
        ("npm error network request failed, reason: connect ECONNREFUSED", "network does not"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "certificate of the package index"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("npm error code ENOSPC", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that the lock file names"),
        ("npm error code EINTEGRITY", "not the one that the lock file names"),
        ("npm error code EACCES", "may not be written"),
        ("src/main.ts(1,1): error TS2304", "error TS2304"),
    ],
)
def test_a_failure_is_told_in_plain_words(output: str, said: str) -> None:
    assert said in explain("Step", output, "/tmp/log")


def test_a_full_disk_is_told_as_such() -> None:
    assert "disk is full" in explain_os_error(OSError(errno.ENOSPC, "No space left"))


def test_an_old_python_can_parse_the_entry_point_and_is_told() -> None:
    source = (Path(package).parent / "__main__.py").read_text()
    guarded = source.partition("from deploy")[0].replace("(3, 11)", "(99, 0)")
    ast.parse(source, feature_version=(3, 4))
    said = subprocess.run([sys.executable, "-c", guarded], capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr.startswith("Tiski needs Python 3.11 or newer; ")


# -- ports -----------------------------------------------------------------------------------


def _environment(**changes: str) -> dict[str, str]:
    return {port.variable: str(free_port()) for port in PORTS} | changes


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def test_free_ports_pass() -> None:
    check_ports(_environment())


def test_a_taken_port_is_named_with_a_free_one_instead(taken: str) -> None:
    with pytest.raises(SetupError) as error:
        check_ports(_environment(TISKI_SHOP_PORT=taken))
    first, second = str(error.value).splitlines()
    assert first == f"Port {taken} (demo shop) is taken by another program."
    setting = second.split(": ")[1].split()[0]
    check_ports(_environment() | dict([setting.split("=")]))


def test_a_taken_udp_port_is_seen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        number = str(other.getsockname()[1])
        with pytest.raises(SetupError, match=f"Port {number} .*UDP"):
            check_ports(_environment(TISKI_MEDIA_PORT=number))


def test_one_number_for_two_ports_is_refused() -> None:
    with pytest.raises(SetupError, match="TISKI_PORT and TISKI_SHOP_PORT are both 4000"):
        check_ports(_environment(TISKI_PORT="4000", TISKI_SHOP_PORT="4000"))


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "８０８０"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="is not a port"):
        check_ports(_environment(TISKI_PORT=text))


# -- programs --------------------------------------------------------------------------------


def test_without_root_the_missing_packages_are_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system, "PROGRAMS", (system.Program(("no-such-program",), ("one", "two")),))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError) as error:
        system.install_programs()
    assert str(error.value).endswith("As root: apt install one two")
    assert "\n" not in str(error.value)


def test_root_on_debian_gets_the_missing_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, program = tmp_path / "calls", tmp_path / "some-program"
    apt = tmp_path / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> {calls}\n'
        f'case "$*" in *" install "*) cp "$0" {program};; esac\n'
    )
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system, "PROGRAMS", (system.Program(("some-program",), ("some-package",)),))
    system.install_programs()
    update, install = calls.read_text().splitlines()
    assert update == "noninteractive -o DPkg::Lock::Timeout=400 -q update"
    assert install.endswith(" install -y --no-install-recommends some-package")
    system.install_programs()
    assert len(calls.read_text().splitlines()) == 2, "nothing is missing any more"


def test_temporary_files_go_to_memory_only_where_there_is_much_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    meminfo = tmp_path / "meminfo"
    monkeypatch.setattr(system, "_MEMINFO", meminfo)
    assert system.temporary_in_memory(tmp_path) == {}  # another system
    monkeypatch.setattr(system, "_ROOM", 2 << 20)
    meminfo.write_text("MemTotal:       9000 kB\nMemAvailable:   2047 kB\n")
    assert system.temporary_in_memory(tmp_path) == {}
    meminfo.write_text("MemTotal:       9000 kB\nMemAvailable:   2048 kB\n")
    assert system.temporary_in_memory(tmp_path) == {"TMPDIR": str(tmp_path)}
    assert system.temporary_in_memory(tmp_path / "none") == {}
    monkeypatch.setattr(system, "_ROOM", 1 << 60)
    meminfo.write_text(f"MemAvailable:   {1 << 60} kB\n")
    assert system.temporary_in_memory(tmp_path) == {}  # it is no larger than it is
    monkeypatch.setattr(system, "_ROOM", 0)
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    assert system.temporary_in_memory(tmp_path) == {}  # as was wished


# -- web -------------------------------------------------------------------------------------


def test_an_old_or_broken_node_is_not_taken(tmp_path: Path) -> None:
    for name, says, version in (("old", "v20.20.2", (20, 20)), ("odd", "what?", (0,))):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{says}'\n")
        program.chmod(0o755)
        assert web._version(str(program)) == version
        assert version < web.OLDEST_NODE


def test_a_bundle_counts_what_opens_and_what_comes_later(tmp_path: Path) -> None:
    static = tmp_path
    (static / "page").mkdir()
    sizes = {}
    for name in (
        "loader.js",
        "w.js",
        "shared.js",
        "s.css",
        "c.js",
        "call.js",
        "x.css",
        "fi.js",
        "sv.js",
        "page/cobrowse.js",
        "page/recorder.js",
        "page/mask.js",
        "page/control.js",
    ):
        (static / name).write_bytes(os.urandom(500 + len(sizes)))
        sizes[name] = bundles._gzipped(static / name)
    shared = {"_shared.js": {"file": "shared.js", "css": ["s.css"]}}
    widget = {
        "widget.html": {
            "file": "w.js",
            "imports": ["_shared.js"],
            "dynamicImports": [
                "src/call/index.ts",
                "src/widget/strings.fi.ts",
                "src/widget/strings.sv.ts",
            ],
        },
        "src/call/index.ts": {"file": "call.js", "css": ["x.css"], "imports": ["_shared.js"]},
        "src/widget/strings.fi.ts": {"file": "fi.js"},
        "src/widget/strings.sv.ts": {"file": "sv.js"},
    }
    console = {"console.html": {"file": "c.js", "imports": ["_shared.js"]}}
    main = "src/cobrowse/page/main.ts"
    page = {
        main: {"file": "page/cobrowse.js", "name": "cobrowse"},
        "src/cobrowse/page/recorder.ts": {
            "file": "page/recorder.js",
            "name": "recorder",
            "imports": ["_mask-1.js"],
        },
        "_mask-1.js": {"file": "page/mask.js", "name": "mask"},
        "src/cobrowse/page/control.ts": {
            "file": "page/control.js",
            "name": "control",
            "imports": [main],
        },
    }
    (static / ".vite").mkdir()
    (static / ".vite" / "widget.json").write_text(json.dumps(widget | shared))
    (static / ".vite" / "console.json").write_text(json.dumps(console | shared))
    (static / ".vite" / "page.json").write_text(json.dumps(page))

    def total(*names: str) -> int:
        return sum(sizes[name] for name in names)

    assert bundles.measure(static) == {
        "loader_gzip": total("loader.js"),
        "chat_gzip": total("w.js", "shared.js", "s.css") + max(total("fi.js"), total("sv.js")),
        "later_gzip": total("call.js", "x.css"),
        "console_gzip": total("c.js", "shared.js", "s.css"),
        "cobrowse_gzip": total("page/cobrowse.js"),
        "masker_gzip": total("page/mask.js"),
        "recorder_gzip": total("page/recorder.js"),
        "control_gzip": total("page/control.js"),
    }
