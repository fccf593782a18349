"""The API of the pretended BankID, as its documentation describes the real one (v6.0).

`POST /rp/v6.0/auth`, `/collect`, `/cancel`; JSON; errors are `{"errorCode", "details"}`.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from deploy.demobank.bankid.orders import ApiError, Order, Orders, describe

__all__ = ["BASE", "api_application"]

BASE: Final = "/rp/v6.0"
_MAX_BODY: Final = 64 * 1024
_MAX_VISIBLE: Final = 1_500  # characters, in base64
_MAX_RETURN: Final = 512
_REQUIREMENTS: Final = {
    "pinCode": bool,
    "mrtd": bool,
    "cardReader": str,
    "certificatePolicies": list,
    "personalNumber": str,
    "risk": str,
}
_CODES: Final = {404: "notFound", 405: "methodNotAllowed", 413: "invalidParameters"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Question = Mapping[str, Any]


def api_application(orders: Orders, clock: Callable[[], int]) -> web.Application:
    """Return the API of `orders`. `clock`: UTC milliseconds."""

    async def auth(request: web.Request) -> web.Response:
        order = orders.auth(_order(await _question(request), clock()))
        return web.json_response(
            {
                "orderRef": order.reference,
                "autoStartToken": order.autostart,
                "qrStartToken": order.qr_token,
                "qrStartSecret": order.qr_secret,
            }
        )

    async def collect(request: web.Request) -> web.Response:
        reference = _text(await _question(request), "orderRef")
        return web.json_response(describe(orders.collect(reference, clock())))

    async def cancel(request: web.Request) -> web.Response:
        orders.cancel(_text(await _question(request), "orderRef"), clock())
        return web.json_response({})

    app = web.Application(middlewares=[_errors], client_max_size=_MAX_BODY)
    app.router.add_post(f"{BASE}/auth", auth)
    app.router.add_post(f"{BASE}/collect", collect)
    app.router.add_post(f"{BASE}/cancel", cancel)
    return app


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        status, code, details = error.status, error.code, error.details
    except web.HTTPException as error:
        status, code, details = error.status, _CODES.get(error.status, "internalError"), ""
    return web.json_response({"errorCode": code, "details": details}, status=status)


async def _question(request: web.Request) -> Question:
    if request.headers.get("Content-Type") != "application/json":
        raise ApiError(415, "unsupportedMediaType", "Only application/json, without a charset")
    try:
        question = json.loads(await request.read())
    except ValueError:
        question = None
    if not isinstance(question, dict):
        raise _invalid("No JSON object")
    return question


def _order(question: Question, now: int) -> Order:
    try:
        address = str(ipaddress.ip_address(_text(question, "endUserIp")))
        visible = _text(question, "userVisibleData", "")
        intention = base64.b64decode(visible, validate=True).decode()
        return_url = urlsplit(_text(question, "returnUrl", "")).geturl()
    except ValueError:
        raise _invalid("Invalid endUserIp, userVisibleData or returnUrl") from None
    if len(visible) > _MAX_VISIBLE or len(return_url) > _MAX_RETURN:
        raise _invalid("Too long")
    requirement = question.get("requirement", {})
    if not isinstance(requirement, dict) or any(
        name not in _REQUIREMENTS or not isinstance(value, _REQUIREMENTS[name])
        for name, value in requirement.items()
    ):
        raise _invalid("Invalid requirement")
    number = requirement.get("personalNumber", "")
    return Order(address, return_url, intention, number, now)


def _text(question: Question, name: str, default: str | None = None) -> str:
    value = question.get(name, default)
    if not isinstance(value, str):
        raise _invalid(f"Invalid {name}")
    return value


def _invalid(details: str) -> ApiError:
    return ApiError(400, "invalidParameters", details)
