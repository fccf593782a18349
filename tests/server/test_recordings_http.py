"""Recordings over HTTP: the rules of a shop, playing by ranges, erasing, and the hook of a page."""

from __future__ import annotations

import os
import secrets
from typing import Any

import pytest
from sqlalchemy import insert, select

from media.recording.composed import HEAD, ComposedWriter
from server.identity.vault import RECORDING
from server.services.secrets import new_id
from server.services.taping import folder_of
from server.store.recording_tables import recording
from server.store.tables import audit
from signaling import messages
from tests.server.supervised import Office, browser, http, office, server
from tests.server.test_http import _visitor

__all__ = ["browser", "http", "office", "server"]

RULES = "/api/v1/agent/recording"
DATA = os.urandom(HEAD + 300_000)


class Kept:
    """A composed recording of a conversation."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.id = new_id()
        self.conv = ""
        self.token = ""

    async def keep(self) -> None:
        """Begin a conversation, and put a recording beside it as if it had been composed."""
        server = self.office.server
        self.token = (await _visitor(self.office.anybody))["token"]
        visitor = await server.backend.authenticate(self.token, None)
        start = messages.Start(id=new_id(), text="Huhuu", lang="fi")
        self.conv = (await server.backend.execute(visitor, start)).conv or ""
        key = secrets.token_bytes(32)
        file = ComposedWriter(folder_of(server.recordings_folder, self.id) / "1", key)
        file.write(DATA)
        file.close()
        async with server.db.write() as tx:
            await tx.execute(
                insert(recording).values(
                    id=self.id,
                    conversation=self.conv,
                    site=visitor.site,
                    call=new_id(),
                    asked_by=new_id(),
                    asked_at=1,
                    started_at=2,
                    ended_at=3,
                    reason="stopped",
                    days=30,
                    composed="done",
                    progress=100,
                    tries=1,
                    sealed=server.vault.seal(key, RECORDING, self.id),
                    duration=1_000,
                    bytes=len(DATA),
                )
            )

    async def media(self, wanted: str | None = None) -> tuple[int, Any, Any]:
        headers = {} if wanted is None else {"Range": wanted}
        path = f"/api/v1/agent/recordings/{self.id}/media"
        return await self.office.boss.ask("GET", path, headers=headers)

    async def said(self, action: str) -> list[str]:
        async with self.office.server.db.read() as tx:
            rows = await tx.execute(select(audit.c.object).where(audit.c.action == action))
            return list(rows.scalars())


@pytest.fixture
async def kept(office: Office) -> Kept:
    kept = Kept(office)
    await kept.keep()
    return kept


async def test_nothing_is_recorded_until_a_supervisor_says_so(office: Office) -> None:
    status, rules, _ = await office.boss.ask("GET", RULES)
    assert (status, rules) == (200, {"allowed": False, "days": 30, "agents": False})
    wanted = {"allowed": True, "days": 7, "agents": True}
    status, _, _ = await office.agent.ask("PUT", RULES, json=wanted)
    assert status == 403
    _, me, _ = await office.agent.ask("GET", "/api/v1/agent/me")
    assert me["site"]["recording"] is False
    status, rules, _ = await office.boss.ask("PUT", RULES, json=wanted)
    assert (status, rules) == (200, wanted)
    _, me, _ = await office.agent.ask("GET", "/api/v1/agent/me")
    assert me["site"]["recording"] is True
    _, rules, _ = await office.stranger.ask("GET", RULES)
    assert rules["allowed"] is False


@pytest.mark.parametrize("days", [0, 4_000])
async def test_days_that_cannot_be_are_refused(office: Office, days: int) -> None:
    wanted = {"allowed": True, "days": days, "agents": False}
    status, found, _ = await office.boss.ask("PUT", RULES, json=wanted)
    assert (status, found["error"]["code"]) == (400, "bad_recording")


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, len(DATA)),
        ("bytes=0-99", 0, 100),
        (f"bytes={HEAD - 10}-{HEAD + 9}", HEAD - 10, HEAD + 10),
        (f"bytes={len(DATA) - 5}-", len(DATA) - 5, len(DATA)),
        ("bytes=-7", len(DATA) - 7, len(DATA)),
        (f"bytes=10-{len(DATA) + 1000}", 10, len(DATA)),
    ],
)
async def test_a_player_gets_the_part_it_asks_for(
    kept: Kept, wanted: str, start: int, end: int
) -> None:
    status, data, response = await kept.media(wanted)
    assert status == 206
    assert data == DATA[start:end]
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"


async def test_the_whole_is_given_and_audited_once(kept: Kept) -> None:
    status, data, response = await kept.media()
    assert (status, data) == (200, DATA)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Cache-Control"] == "no-store"
    await kept.media("bytes=5-")
    assert await kept.said("recording.play") == [f"{kept.conv} {kept.id}"]


@pytest.mark.parametrize("wanted", [f"bytes={len(DATA)}-", "bytes=9999999-"])
async def test_what_is_beyond_the_end_is_not_to_be_had(kept: Kept, wanted: str) -> None:
    status, _, response = await kept.media(wanted)
    assert status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(DATA)}"


async def test_others_neither_see_nor_play_it(kept: Kept) -> None:
    office = kept.office
    for path in (
        f"/api/v1/agent/recordings/{kept.id}/media",
        f"/api/v1/agent/conversations/{kept.conv}/recordings",
    ):
        assert (await office.stranger.ask("GET", path))[0] == 404
        assert (await office.agent.ask("GET", path))[0] == 403
        assert (await office.anybody.ask("GET", path))[0] == 401
    assert await kept.said("recording.play") == []


async def test_the_list_says_what_there_is(kept: Kept) -> None:
    path = f"/api/v1/agent/conversations/{kept.conv}/recordings"
    _, (one,), _ = await kept.office.boss.ask("GET", path)
    assert (one["id"], one["state"], one["playable"]) == (kept.id, "done", True)
    assert "sealed" not in one


async def test_the_list_says_who_has_played_it(kept: Kept) -> None:
    path = f"/api/v1/agent/conversations/{kept.conv}/recordings"
    _, (one,), _ = await kept.office.boss.ask("GET", path)
    assert one["plays"] == []
    await kept.media()
    await kept.media("bytes=5-")
    _, (one,), _ = await kept.office.boss.ask("GET", path)
    _, me, _ = await kept.office.boss.ask("GET", "/api/v1/agent/me")
    [play] = one["plays"]
    assert (play["person"], play["name"]) == (me["agent"]["id"], me["agent"]["name"])
    assert play["at"] > 0


async def test_a_file_that_was_changed_is_not_played(kept: Kept) -> None:
    folder = folder_of(kept.office.server.recordings_folder, kept.id)
    path = folder / "1" / "head.sealed"
    path.write_bytes(path.read_bytes()[:-1])
    status, found, _ = await kept.media()
    assert (status, found["error"]["code"]) == (503, "unavailable")


async def test_erasing_takes_a_reason_and_leaves_nothing_to_play(kept: Kept) -> None:
    path = f"/api/v1/agent/recordings/{kept.id}"
    status, _, _ = await kept.office.boss.ask("DELETE", path, json={"reason": ""})
    assert status == 400
    status, _, _ = await kept.office.boss.ask("DELETE", path, json={"reason": "asked to"})
    assert status == 204
    assert (await kept.media())[0] == 404
    assert not folder_of(kept.office.server.recordings_folder, kept.id).exists()
    assert await kept.said("recording.erase") == [f"{kept.conv} {kept.id} asked to"]


async def test_the_hook_of_a_page_needs_a_token_and_a_recording_that_is_on(kept: Kept) -> None:
    path = f"/api/v1/conversations/{kept.conv}/recording/pause"
    body = {"recording": kept.id}
    assert (await kept.office.anybody.ask("POST", path, json=body))[0] == 401
    bearer = {"Authorization": f"Bearer {kept.token}"}
    status, found, _ = await kept.office.anybody.ask("POST", path, json=body, headers=bearer)
    assert (status, found["error"]["code"]) == (404, "not_found")
