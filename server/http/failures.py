"""Maps every failure to an HTTP answer: the only place that does.

Each error is `{"error": {"code", "message"}}` with a stable code. What is not expected is
a mistake of ours: the log gets the traceback, the client gets `internal`.
"""

from __future__ import annotations

from typing import Final

import msgspec
import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler

from server.domain.refusing import BadSetting
from server.services.customers import BadIdentify
from server.services.staff import BadCredentials
from server.services.throttle import TooManyAttempts
from signaling.errors import ConnectionRefused, Refusal, TokenExpired
from signaling.messages import NackCode

__all__ = ["ApiError", "failures"]

log = structlog.get_logger(__name__)

_STATUS: Final[dict[NackCode, int]] = {
    "not_found": 404,
    "forbidden": 403,
    "identity_needed": 403,
    "too_large": 413,
    "rate_limited": 429,
    "unavailable": 503,
    "internal": 500,
    "bad_frame": 400,
    "bad_text": 400,
    "bad_file": 400,
}
#: Settings that contradict what is there; others are wrong in themselves: 400.
_CONFLICTS: Final = frozenset(
    {"department_busy", "email_taken", "last_supervisor", "name_taken", "too_many"}
    | {"usual_department"}
)
_PLAIN: Final[dict[int, str]] = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}


class ApiError(Exception):
    """A request that cannot be served; says what to do next."""

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def _answer(error: ApiError) -> web.Response:
    body = msgspec.json.encode({"error": {"code": error.code, "message": error.message}})
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return web.Response(
        status=error.status, body=body, content_type="application/json", headers=headers
    )


def _from_refusal(error: Refusal) -> ApiError:
    retry = None if error.retry_after is None else max(1, round(error.retry_after))
    return ApiError(_STATUS.get(error.code, 409), error.code, error.message, retry_after=retry)


_UNREADABLE: Final = ApiError(400, "bad_request", "The body cannot be read.")


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever goes wrong in a handler."""
    try:
        return await handler(request)
    except ApiError as error:
        return _answer(error)
    except Refusal as error:
        return _answer(_from_refusal(error))
    except BadSetting as error:
        status = 409 if error.code in _CONFLICTS else 400
        return _answer(ApiError(status, error.code, error.message))
    except TokenExpired as error:
        return _answer(ApiError(401, "token_expired", str(error)))
    except ConnectionRefused as error:
        return _answer(ApiError(401, "bad_token", str(error)))
    except BadIdentify as error:
        return _answer(ApiError(403, "bad_identify", str(error)))
    except BadCredentials:
        return _answer(ApiError(401, "bad_credentials", "The e-mail or the password is wrong."))
    except TooManyAttempts as error:
        message = "Too many attempts: wait a while."
        return _answer(ApiError(429, "too_many_attempts", message, retry_after=error.retry_after))
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        if not request.path.startswith("/api/"):
            raise
        code = _PLAIN.get(error.status, "bad_request")
        return _answer(ApiError(error.status, code, error.reason))
    except (HttpProcessingError, web.RequestPayloadError):
        return _answer(_UNREADABLE)
    except Exception as error:
        if isinstance(error, ConnectionResetError) and request.transport is None:
            return _answer(_UNREADABLE)  # the client went away; nobody reads this
        log.exception("request failed", method=request.method, route=_route(request))
        return _answer(ApiError(500, "internal", "Something broke here; it has been noted."))


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical
