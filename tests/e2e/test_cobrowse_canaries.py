"""No secret reaches a viewer: the frames are read as the server sends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import NewContext
from tests.e2e.leaking import shown_secrets
from tests.services.server import running_server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]


async def test_no_planted_secret_is_in_what_the_server_sends_to_a_viewer(
    tmp_path: Path, new_context: NewContext
) -> None:
    async with running_server(tmp_path) as server:
        leaked, frames = await shown_secrets(server, new_context)
    assert leaked == {}
    seen = {string for frame in frames for string in frame.strings()}
    assert seen >= {"Trail tent for two", "EUR 249.00"}
    assert seen >= {f"Plain words of the page in {stage}." for stage in ("load", "later")}
