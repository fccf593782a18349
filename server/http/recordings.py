"""Recordings for staff: what there is, playing it in parts, erasing it, and how the shop records.

And the hook by which a page for paying, or staff's own tools, pause a recording and let it go on.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

import msgspec
from aiohttp import hdrs, web

from media.recording.composed import ComposedReader
from media.recording.sealed import Damaged
from server.domain.recording import RecordingRules
from server.http.exchange import as_principal, bearer, body, json, signed_in, whole
from server.http.failures import ApiError
from server.services.backend import ApplicationBackend
from server.services.composing import parts_of
from server.services.recordings import Recordings, Seen
from server.services.secrets import new_id
from server.services.staff import Staff
from signaling import messages
from signaling.backend import Principal

__all__ = ["RecordingRoutes"]

_PART: Final = 256 * 1024  # bytes decrypted at once
_RULES: Final = "/api/v1/agent/recording"


class _ReasonBody(msgspec.Struct):
    reason: str


class _PauseBody(msgspec.Struct):
    recording: str
    reason: Literal["staff", "shop"] = "shop"


class RecordingRoutes:
    """The routes of recordings."""

    def __init__(self, backend: ApplicationBackend, recordings: Recordings, staff: Staff) -> None:
        self._backend = backend
        self._recordings = recordings
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/agent/conversations/{id}/recordings", self.of_conversation),
            web.get("/api/v1/agent/recordings/{recording}/media", self.play),
            web.delete("/api/v1/agent/recordings/{recording}", self.erase),
            web.get(_RULES, self.rules),
            web.put(_RULES, self.set_rules),
            web.post("/api/v1/conversations/{id}/recording/pause", self.pause),
            web.post("/api/v1/conversations/{id}/recording/resume", self.resume),
        ]

    async def _who(self, request: web.Request) -> Principal:
        return as_principal(*await signed_in(request, self._staff))

    async def of_conversation(self, request: web.Request) -> web.StreamResponse:
        """List what was recorded of a conversation, with its timeline."""
        who = await self._who(request)
        found = await self._recordings.of_conversation(who, request.match_info["id"])
        return json([_shown(one) for one in found])

    async def play(self, request: web.Request) -> web.StreamResponse:
        """Give a composed recording, or the part that the player asks for (RFC 9110, 14)."""
        who = await self._who(request)
        file = await self._recordings.play(who, request.match_info["recording"])
        try:
            return await _give(request, file)
        finally:
            file.close()

    async def erase(self, request: web.Request) -> web.StreamResponse:
        """Erase a recording; audited, with the reason."""
        who = await self._who(request)
        asked = await body(request, _ReasonBody)
        await self._recordings.erase(who, request.match_info["recording"], asked.reason)
        return web.Response(status=204)

    async def rules(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(_rules(await self._recordings.rules(who.site)))

    async def set_rules(self, request: web.Request) -> web.StreamResponse:
        """Put new rules in the place of the old."""
        who = await self._who(request)
        asked = await whole(request, RecordingRules)
        return json(_rules(await self._recordings.set_rules(who, asked)))

    async def pause(self, request: web.Request) -> web.StreamResponse:
        """Pause the recording that is on."""
        who, conv = await bearer(request, self._backend), request.match_info["id"]
        asked = await body(request, _PauseBody)
        command = messages.PauseRecording(
            id=new_id(), conv=conv, recording=asked.recording, reason=asked.reason
        )
        await self._backend.execute(who, command)
        return web.Response(status=204)

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Let the recording go on, unless something else holds it."""
        who, conv = await bearer(request, self._backend), request.match_info["id"]
        asked = await body(request, _PauseBody)
        command = messages.ResumeRecording(
            id=new_id(), conv=conv, recording=asked.recording, reason=asked.reason
        )
        await self._backend.execute(who, command)
        return web.Response(status=204)


def _rules(rules: RecordingRules) -> dict[str, Any]:
    return {"allowed": rules.allowed, "days": rules.days, "agents": rules.agents}


def _shown(seen: Seen) -> dict[str, Any]:
    one = seen.recording
    offset = 0
    parts = []
    for take in seen.takes:
        for at, until in parts_of(one, take, seen.pauses):
            parts.append({"at": at, "from": offset, "length": until - at})
            offset += until - at
    return {
        "id": one.id,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "reason": one.reason,
        "erase_at": one.erase_at,
        "state": one.composed,
        "progress": one.progress,
        "error": one.error,
        "duration": one.duration,
        "consents": seen.consents,
        "pauses": seen.pauses,
        "parts": parts,
        "plays": seen.plays,
        "playable": seen.playable,
    }


async def _give(request: web.Request, file: ComposedReader) -> web.StreamResponse:
    size = file.size
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)  # one that we do not understand is as none (RFC 9110, 14.2)
    start, end, _ = wanted.indices(size)
    partial = wanted != slice(None, None, 1) and wanted != slice(None)
    if partial and start >= end:
        return web.Response(status=416, headers={hdrs.CONTENT_RANGE: f"bytes */{size}"})
    response = web.StreamResponse(
        status=206 if partial else 200,
        headers={
            hdrs.CONTENT_TYPE: "video/webm",
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
    if partial:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{size}"
    response.content_length = end - start
    await response.prepare(request)
    file.seek(start)
    left = end - start
    while left:
        try:
            part = await asyncio.to_thread(file.read, min(left, _PART))
        except Damaged:
            raise ApiError(503, "unavailable", "The recording cannot be read.") from None
        await response.write(part)
        left -= len(part)
    await response.write_eof()
    return response
