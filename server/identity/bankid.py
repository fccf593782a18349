"""Swedish BankID, asked directly: the relying party's side of its API, version 6.

    auth ──► order ──collect, every 2 s──► pending … ──► complete ──► Evidence
                                                  └────► failed ────► IdentityError
      cancel: takes an order back that is still open

Calls are JSON by POST over mutual TLS: the API's certificate must come from the authority that is
given, which is BankID's own, and ours says who we are. Nothing that BankID or anybody in its place
answers is trusted beyond its shape: sizes, times and the personal number are checked.

Source: BankID's documentation for relying parties, "Auth & Sign", v6.0: auth, collect, cancel,
errors, user messages (RFA1–RFA23).
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec
import structlog

from server.identity.certificates import ClientCertificate
from server.identity.config import BankIdConfig
from server.identity.interface import (
    Attempt,
    Collected,
    Evidence,
    IdentityError,
    Method,
    Order,
)
from server.identity.personnummer import is_personnummer
from server.services.clock import Clock
from signaling.identity import FailureReason

__all__ = ["TIMEOUT", "BankId"]

log = structlog.get_logger(__name__)

#: Seconds that a call may take in all. BankID itself answers within one.
TIMEOUT: Final = 10.0
_MAX_ANSWER: Final = 256 * 1024  # bytes; a completion has a signature of some 20 kB in it
_MAX_NAME: Final = 200
_MAX_SERVICE: Final = 100  # characters of the shop's name
_MAX_RETURN: Final = 512  # characters
_HEADERS: Final = {
    "Content-Type": "application/json",  # BankID refuses a charset after it
    "Accept-Encoding": "identity",
}
#: How failed orders end for the visitor, by hint code. Any other is "refused".
_FAILED: Final[dict[str, FailureReason]] = {
    "expiredTransaction": "expired",  # not finished in time
    "startFailed": "expired",  # nobody scanned the code or opened the app in time
    "userCancel": "cancelled",
    "cancelled": "cancelled",  # by another order for the same person
    "userDeclinedCall": "cancelled",
    "certificateErr": "refused",  # blocked, revoked or too old
    "notSupportedByUserApp": "refused",
    "transactionRiskBlocked": "refused",
}
#: Which of BankID's errors say something else than that it cannot be used now.
_ERRORS: Final[dict[str, FailureReason]] = {"alreadyInProgress": "refused"}
#: What the app shows after "My intention:".
_INTENTION: Final = {
    "fi": "Tunnistaudun: {service}",
    "sv": "Identifiera mig hos {service}",
    "en": "Identify myself to {service}",
}

T = TypeVar("T")
_Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z-]{8,64}$")]
_Hint = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{1,32}$")]


class _Started(msgspec.Struct, rename="camel"):
    order_ref: _Token
    auto_start_token: _Token
    qr_start_token: _Token
    qr_start_secret: _Token


class _User(msgspec.Struct, rename="camel"):
    personal_number: str
    name: str


class _Completion(msgspec.Struct, rename="camel"):
    user: _User


class _State(msgspec.Struct, rename="camel"):
    order_ref: str
    status: Literal["pending", "failed", "complete"]
    hint_code: _Hint = "unknown"  # new ones may come at any time
    completion_data: _Completion | None = None


class _Error(msgspec.Struct, rename="camel"):
    error_code: _Hint


class BankId:
    """BankID by one configuration. `aclose` it at the end.

    Raises:
        server.config.ConfigError: the certificate or the key cannot be used.
    """

    def __init__(self, config: BankIdConfig, clock: Clock) -> None:
        self.id = config.id
        self.methods = tuple(
            Method(one.id, one.label, "bankid", one.country, one.level) for one in config.methods
        )
        self._config = config
        self._clock = clock
        self._certificate = ClientCertificate(
            config.id, config.certificate, config.key, config.ca, clock
        )
        self._http: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def order(self, attempt: Attempt, address: str, return_url: str) -> Order:
        """Start an order; see `Ordering.order`."""
        question: dict[str, Any] = {"endUserIp": address, "returnUrl": _shortened(return_url)}
        if attempt.service:
            intention = _INTENTION.get(attempt.lang, _INTENTION["en"])
            text = intention.format(service=attempt.service[:_MAX_SERVICE])
            question["userVisibleData"] = base64.b64encode(text.encode()).decode()
        if self._config.requirement:
            question["requirement"] = self._config.requirement
        started = _decode(await self._call("auth", question), _Started)
        return Order(
            reference=started.order_ref,
            autostart=self._app_address(started.auto_start_token),
            qr_token=started.qr_start_token,
            qr_secret=started.qr_start_secret,
            started_at=self._clock(),
        )

    async def collect(self, attempt: Attempt, order: Order) -> Collected:
        """Ask how far it is; see `Ordering.collect`.

        Raises:
            IdentityError: it failed. With code `unavailable` nothing was heard of the order: ask
                again in 2 s.
        """
        answer = await self._call("collect", {"orderRef": order.reference})
        state = _decode(answer, _State)
        if state.order_ref != order.reference:
            raise IdentityError("invalid", "bankid_other_order", "BankID told of another order.")
        match state.status:
            case "pending":
                return Collected("pending", state.hint_code)
            case "failed":
                reason = _FAILED.get(state.hint_code, "refused")
                raise IdentityError(reason, f"bankid_{state.hint_code}")
            case "complete":
                return Collected("complete", evidence=self._evidence(attempt, state))

    async def cancel(self, order: Order) -> None:
        """Take an order back; see `Ordering.cancel`."""
        try:
            await self._call("cancel", {"orderRef": order.reference})
        except IdentityError as error:
            # It is over already, or it ends by itself in 3 minutes.
            log.info("order not cancelled", provider=self.id, code=error.code)

    def _evidence(self, attempt: Attempt, state: _State) -> Evidence:
        if state.completion_data is None:
            raise IdentityError("invalid", "no_code", "BankID completed an order without a user.")
        user = state.completion_data.user
        name = " ".join(user.name.split())
        if not is_personnummer(user.personal_number):
            raise IdentityError("invalid", "bad_code", "BankID gave no Swedish personal number.")
        if not name.isprintable() or not 0 < len(name) <= _MAX_NAME:
            raise IdentityError("invalid", "bankid_bad_answer", "BankID gave no name.")
        method = next((one for one in self.methods if one.id == attempt.method), None)
        if method is None:
            raise ValueError("The attempt is of another provider's method.")
        return Evidence(
            country="SE",
            code=user.personal_number,
            name=name,
            level=method.level,
            method=method.label,
            at=self._clock(),
        )

    def _app_address(self, token: str) -> str:
        # The app goes by the order's returnUrl; without `redirect` old ones would not start.
        query = urlencode({"autostarttoken": token, "redirect": "null"})
        return f"{self._config.autostart}?{query}"

    async def _call(self, name: str, question: dict[str, Any]) -> bytes:
        """POST a question and return the answer to it.

        Raises:
            IdentityError: `unavailable`, which may pass, or BankID's error, which is final.
        """
        try:
            status, answer = await self._post(name, question)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("no answer", provider=self.id, call=name, error=type(error).__name__)
            raise IdentityError(
                "unavailable", "unavailable", "BankID does not answer, or not with its certificate."
            ) from None
        if status == 200:
            return answer
        raise self._error(name, status, answer)

    async def _post(self, name: str, question: dict[str, Any]) -> tuple[int, bytes]:
        url = f"{self._config.api.rstrip('/')}/{name}"
        context = self._certificate.context()
        body = msgspec.json.encode(question)
        async with self._session().post(
            url, data=body, headers=_HEADERS, ssl=context, allow_redirects=False
        ) as response:
            answer = bytearray()
            while chunk := await response.content.read(_MAX_ANSWER + 1 - len(answer)):
                answer += chunk
                if len(answer) > _MAX_ANSWER:
                    response.close()
                    raise _bad_answer("BankID's answer is too long.")
            return response.status, bytes(answer)

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, connect=TIMEOUT / 2),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # a short answer stays short
            )
        return self._http

    def _error(self, name: str, status: int, answer: bytes) -> IdentityError:
        try:
            code = msgspec.json.decode(answer, type=_Error).error_code
        except msgspec.DecodeError:
            code = ""
        log.warning("call refused", provider=self.id, call=name, status=status, code=code)
        if not code or code == "tooManyRequests":
            # Not BankID itself but something before it; or too many at once, which passes.
            return IdentityError("unavailable", "unavailable", f"BankID answered {status}.")
        if name == "collect" and code == "invalidParameters":
            # It forgets an order some minutes after its end, and gives a result only once.
            return IdentityError("expired", "bankid_invalidParameters", "The order is over.")
        return IdentityError(
            _ERRORS.get(code, "unavailable"), f"bankid_{code}", f"BankID refused {name}: {code}."
        )


def _shortened(url: str) -> str:
    """Return what of an address BankID takes: in need without its query, or the page's origin."""
    parts = urlsplit(url)
    without = (url, parts._replace(query="", fragment="").geturl())
    origin = f"{parts.scheme}://{parts.netloc}/"
    return next((one for one in without if len(one) <= _MAX_RETURN), origin)


def _decode(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError:
        raise _bad_answer("BankID's answer is not as its documentation says.") from None


def _bad_answer(message: str) -> IdentityError:
    return IdentityError("invalid", "bankid_bad_answer", message)
