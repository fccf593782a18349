"""Takes uploads, and serves files as downloads that can do nothing on our origin.

A download is let in by the cookie of its reader or, where a browser keeps no cookies for
frames, by a key for files in the address (`GET /api/v1/files/key`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from aiohttp import BodyPartReader, hdrs, web

from server.http.exchange import (
    AGENT_COOKIE,
    EXPERT_COOKIE,
    as_principal,
    bearer,
    json,
    visitor_cookie,
)
from server.http.failures import ApiError
from server.services.backend import ApplicationBackend
from server.services.files import Files
from server.services.invites import Invites, LinkDead
from server.services.staff import Staff
from server.services.tokens import FILES_LIFETIME, Tokens
from server.services.visitors import Visitors
from signaling.backend import Principal
from signaling.errors import Refusal

__all__ = ["FileRoutes"]

_MAX_SHOPS: Final = 8  # visitor cookies looked at
_CHUNK: Final = 64 * 1024
_SANDBOX: Final = "sandbox; default-src 'none'"
_NOT_FOUND: Final = "There is no such file."


class FileRoutes:
    """The routes of uploads and downloads."""

    def __init__(
        self,
        backend: ApplicationBackend,
        files: Files,
        tokens: Tokens,
        staff: Staff,
        visitors: Visitors,
        invites: Invites,
    ) -> None:
        self._backend = backend
        self._files = files
        self._tokens = tokens
        self._staff = staff
        self._visitors = visitors
        self._invites = invites

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.post("/api/v1/visitor/files", self.take),
            web.post("/api/v1/conversations/{id}/files", self.take),
            web.get("/api/v1/files/key", self.key),
            web.get("/files/{id}/{name}", self.give),
        ]

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Store the multipart field `file`."""
        who = await bearer(request, self._backend)
        if not request.content_type.startswith("multipart/"):
            raise ApiError(400, "bad_request", "Send the file as multipart/form-data.")
        try:
            reader = await request.multipart()
            part = await reader.next()
            while isinstance(part, BodyPartReader) and part.name != "file":
                await part.release()
                part = await reader.next()
            if not isinstance(part, BodyPartReader):
                raise ApiError(400, "bad_request", "Send the file in the field `file`.")
            taken = await self._files.take(
                who, request.match_info.get("id"), part.filename or "file", _chunks(part)
            )
        except (ValueError, AssertionError) as error:  # what aiohttp raises for broken multipart
            raise ApiError(400, "bad_request", "The form cannot be read.") from error
        return json(taken, status=201)

    async def key(self, request: web.Request) -> web.StreamResponse:
        """Give a key that lets the asker download files for an hour."""
        who = await bearer(request, self._backend)
        key = self._tokens.issue_for_files(who.audience, person=who.person.id, session=who.session)
        return json({"k": key, "expires_in": FILES_LIFETIME})

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Serve a file to somebody who may see its message."""
        key = request.match_info["id"]
        for who in await self._readers(request):
            try:
                found = await self._files.give(who, key)
            except Refusal:
                continue  # a browser may hold the cookies of several people
            way = "inline" if found.file.image else "attachment"
            return web.FileResponse(
                self._files.path(found.file.id),
                headers={
                    hdrs.CONTENT_TYPE: found.file.type,
                    hdrs.CONTENT_DISPOSITION: f"{way}; filename*=UTF-8''{quote(found.file.name)}",
                    "Content-Security-Policy": _SANDBOX,
                    "Cross-Origin-Resource-Policy": "same-origin",
                    "Cache-Control": "private, max-age=3600",
                },
            )
        raise ApiError(404, "not_found", _NOT_FOUND)

    async def _readers(self, request: web.Request) -> list[Principal]:
        """Return everybody whom the request proves to be."""
        if key := request.query.get("k"):
            return [await self._backend.file_reader(key)]
        readers = []
        if secret := request.cookies.get(AGENT_COOKIE):
            signed_in = await self._staff.by_cookie(secret)
            if signed_in is not None:
                readers.append(as_principal(*signed_in))
        if secret := request.cookies.get(EXPERT_COOKIE):
            try:
                seated = await self._invites.resume(secret)
            except LinkDead:
                pass
            else:
                readers.append(await self._backend.authenticate(seated.token, None))
        ours = [n for n in request.cookies if n.startswith(visitor_cookie(""))]
        for name in ours[:_MAX_SHOPS]:
            visitor = await self._visitors.by_cookie(request.cookies[name])
            if visitor is not None:
                readers.append(visitor)
        return readers


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk
