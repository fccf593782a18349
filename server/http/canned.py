"""The canned replies of a site, for its staff."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec
from aiohttp import web

from server.domain.text import clean_message
from server.http.exchange import body, json, signed_in
from server.http.failures import ApiError
from server.services.audit import Audit
from server.services.secrets import new_id
from server.services.staff import Staff
from server.store import canned
from server.store.canned import Canned
from server.store.database import Database

__all__ = ["CannedRoutes"]

_SHORTCUT: Final = re.compile(r"[\w-]{1,40}")
_MAX: Final = 300  # replies of one site


class _Reply(msgspec.Struct):
    shortcut: str
    lang: Literal["fi", "sv", "en"]
    text: str


class CannedRoutes:
    """The routes of canned replies."""

    def __init__(self, db: Database, staff: Staff, audit: Audit) -> None:
        self._db = db
        self._staff = staff
        self._audit = audit

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/agent/canned", self.give),
            web.put("/api/v1/agent/canned", self.replace),
        ]

    async def give(self, request: web.Request) -> web.StreamResponse:
        _, agent = await signed_in(request, self._staff)
        async with self._db.read() as tx:
            return json(await canned.of_site(tx, agent.site))

    async def replace(self, request: web.Request) -> web.StreamResponse:
        """Put a whole new list in the place of the old one."""
        _, agent = await signed_in(request, self._staff)
        asked = await body(request, list[_Reply])
        if len(asked) > _MAX or len({(r.shortcut, r.lang) for r in asked}) != len(asked):
            raise ApiError(400, "bad_request", f"At most {_MAX} replies, each shortcut once.")
        replies = []
        for reply in asked:
            words = clean_message(reply.text)
            if not _SHORTCUT.fullmatch(reply.shortcut) or not words:
                raise ApiError(400, "bad_request", "A reply has a one-word shortcut and a text.")
            replies.append(Canned(new_id(), reply.shortcut, reply.lang, words))
        async with self._db.write() as tx:
            await canned.replace_all(tx, agent.site, replies)
            await self._audit.add(tx, agent.site, agent.id, "canned_replaced", agent.site)
        return json(replies)
