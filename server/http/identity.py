"""The visitor's way to the bank: what the widget asks for, and the pages that a browser visits.

The widget's part is JSON with its token. The browser's part is top-level and has no session:
`/identity/go` is posted by the widget's own form with a handle that works once, so no link
exists that anybody could pass on; what comes back to the callback is bound by a cookie.
Neither handle, state nor code is ever logged.
"""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import parse_qs

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from server.http.bankpages import Said, accepted, page
from server.http.exchange import bearer, body, json, set_cookie
from server.http.failures import ApiError
from server.http.security import address
from server.services.journey import Returned
from server.services.verifications import COOKIE, COOKIE_LIFETIME, Verifications
from signaling.backend import Backend
from signaling.messages import Id

__all__ = ["IdentityRoutes"]

log = structlog.get_logger(__name__)

_MAX_FORM: Final = 1_024  # bytes


class _StartBody(msgspec.Struct):
    conv: Id
    method: Id
    lang: str
    way: Literal["popup", "tab", "same", "none"] = "none"
    return_url: str | None = None


class IdentityRoutes:
    """The routes of visitors who prove who they are."""

    def __init__(self, backend: Backend, verifications: Verifications, proxies: int) -> None:
        self._backend = backend
        self._verifications = verifications
        self._proxies = proxies

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/identity/methods", self.methods),
            web.post("/api/v1/identity/verifications/{id}/attempts", self.start),
            web.get("/api/v1/identity/attempts/{id}", self.progress),
            web.post("/api/v1/identity/attempts/{id}/cancel", self.cancel),
            web.get("/identity/wait", self.wait),
            web.post("/identity/go", _paged(self.go)),
            web.get("/identity/back", self.back),
            # Looking at a callback with HEAD must not use it.
            web.get("/identity/callback/{provider}", _paged(self.callback), allow_head=False),
        ]

    # --- the widget -------------------------------------------------------------------------------

    async def methods(self, request: web.Request) -> web.StreamResponse:
        """Tell by which banks and apps the site's visitors may prove who they are."""
        who = await bearer(request, self._backend)
        return json(
            [
                {
                    "id": method.id,
                    "label": method.label,
                    "kind": method.kind,
                    "country": method.country,
                    "level": method.level,
                }
                for method in await self._verifications.methods(who)
            ]
        )

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Make an attempt of the visitor whose token it is."""
        who = await bearer(request, self._backend)
        asked = await body(request, _StartBody)
        started = await self._verifications.start(
            who,
            conv=asked.conv,
            verification=request.match_info["id"],
            method=asked.method,
            way=asked.way,
            lang=asked.lang,
            return_url=asked.return_url,
            address=address(request, self._proxies),
        )
        answer = {"attempt": started.attempt, "kind": started.kind}
        if started.handle is not None:
            answer["handle"] = started.handle
        return json(answer, status=201)

    async def progress(self, request: web.Request) -> web.StreamResponse:
        """Tell how the attempt stands, and what BankID's code says now."""
        who = await bearer(request, self._backend)
        return json(await self._verifications.progress(who, request.match_info["id"]))

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """End the attempt; the visitor may make another."""
        who = await bearer(request, self._backend)
        await self._verifications.cancel(who, request.match_info["id"])
        return web.Response(status=204)

    # --- the browser ------------------------------------------------------------------------------

    async def wait(self, request: web.Request) -> web.StreamResponse:
        """Fill the window that is opened in the click, until the form is posted into it."""
        return page("opening", request.query.get("lang") or accepted(request))

    async def back(self, request: web.Request) -> web.StreamResponse:
        """Be where BankID's app leads when the shop's page is not known."""
        return page("back", accepted(request))

    async def go(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to the bank, with a cookie that it must bring back."""
        going = await self._verifications.go(await _handle(request))
        if going is None:
            return page("unknown", accepted(request))
        if going.address is None:
            if going.return_url is not None:
                return _return_to(going.return_url)
            return page("unavailable", going.lang)
        response = page("opening", going.lang, address=going.address)
        set_cookie(response, COOKIE + going.attempt, going.cookie, seconds=COOKIE_LIFETIME)
        return response

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """Take the browser back from the bank."""
        # A parameter that comes twice means nothing (RFC 6749 section 3.1).
        query = request.query
        answer = {name: query[name] for name in query if len(query.getall(name)) == 1}
        returned = await self._verifications.callback(
            request.match_info["provider"], answer, request.cookies
        )
        if returned.return_url is not None:
            return _return_to(returned.return_url)
        said = _said(returned)
        closes = said in ("verified", "cancelled")
        return page(said, returned.lang or accepted(request), closes=closes)


def _paged(handler: Handler) -> Handler:
    """Tell a person in words what broke here; they have no use for JSON.

    What was not stored works again with a reload, as after any failure of ours.
    """

    async def shown(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError:
            raise
        except Exception as error:
            # Nothing of the address: the code is in it.
            log.exception("identity page failed", error=type(error).__name__)
            return page("unavailable", accepted(request))

    return shown


async def _handle(request: web.Request) -> str:
    """Return the handle of a small form; nothing of another."""
    if request.content_type != "application/x-www-form-urlencoded":
        return ""
    if request.content_length is None or request.content_length > _MAX_FORM:
        return ""
    # Not `request.post`: it believes any charset, and breaks on what is none.
    fields = parse_qs((await request.read()).decode("ascii", "replace"))
    return fields.get("handle", [""])[0]


def _said(returned: Returned) -> Said:
    if returned.said == "failed":
        return returned.reason or "invalid"
    return returned.said


def _return_to(url: str) -> web.Response:
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=303, headers=headers)
