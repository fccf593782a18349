"""The orders of the pretended BankID and the rules of their life. Pure: time is an argument.

    outstandingTransaction ──opened in the app──► started ──as somebody──► userSign ─► complete
              │                                      │                        │
              └─30 s: startFailed                    └──3 min: expiredTransaction, userCancel,
                                                        another order of theirs: cancelled

A result can be fetched once, within 3 minutes, a failure within 5; then the order is forgotten.
Source: BankID's documentation for relying parties, "Auth & Sign", v6.0.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = ["CUSTOMERS", "ApiError", "AppError", "Customer", "Order", "Orders", "describe"]

Stage = Literal["outstandingTransaction", "started", "userSign", "complete", "failed"]

_START: Final = 30_000  # ms until somebody must have opened it
_LIFE: Final = 180_000  # ms until it must be finished
_KEPT: Final = {"complete": 180_000, "failed": 300_000}  # ms that the end of it can be fetched
_QR_AGE: Final = 5  # seconds that a QR code may be old


@dataclass(frozen=True, slots=True)
class Customer:
    """A test customer."""

    number: str
    given: str
    family: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


#: With numbers that the Swedish Tax Agency publishes for tests; nobody has them.
CUSTOMERS: Final = (
    Customer("189001019802", "Test", "Customer One"),
    Customer("189001029819", "Test", "Customer Two"),
    Customer("189001039800", "Test", "Customer Three"),
)


class ApiError(Exception):
    """What a relying party asked cannot be done."""

    def __init__(self, status: int, code: str, details: str) -> None:
        super().__init__(details)
        self.status = status
        self.code = code
        self.details = details


class AppError(Exception):
    """What somebody did in the app cannot be done; the message tells them why."""


@dataclass(slots=True)
class Order:
    """One order. `handle`: what the app calls it, once it is open there."""

    address: str
    return_url: str
    intention: str
    personal_number: str  # of the only one who may finish it; empty: anybody
    started_at: int
    reference: str = field(default_factory=lambda: str(uuid.uuid4()))
    autostart: str = field(default_factory=lambda: str(uuid.uuid4()))
    qr_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    qr_secret: str = field(default_factory=lambda: str(uuid.uuid4()))
    handle: str = field(default_factory=lambda: uuid.uuid4().hex)
    stage: Stage = "outstandingTransaction"
    hint: str = ""  # why it failed
    customer: Customer | None = None
    ended_at: int = 0
    given_out: bool = False  # its end was collected; the app may still show it

    @property
    def is_open(self) -> bool:
        return self.stage not in ("complete", "failed")


class Orders:
    """All orders. `pace`: how many times faster than the real one its limits pass."""

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace
        self._all: dict[str, Order] = {}

    def auth(self, order: Order) -> Order:
        """Take a new order in.

        Raises:
            ApiError: the only one who may finish it has an order open.
        """
        self._pass(order.started_at)
        if order.personal_number:
            others = list(self._of(order.personal_number))
            for other in others:
                self._end(other, "cancelled", order.started_at)
            if others:
                raise ApiError(400, "alreadyInProgress", "Order already in progress for user")
        self._all[order.reference] = order
        return order

    def collect(self, reference: str, now: int) -> Order:
        """Return an order as it is; one that is over is given out once.

        Raises:
            ApiError: there is none.
        """
        order = self._find(reference, now)
        order.given_out = not order.is_open
        return order

    def cancel(self, reference: str, now: int) -> None:
        """Take an order back.

        Raises:
            ApiError: there is none.
        """
        self._find(reference, now)
        del self._all[reference]

    def open(self, token: str, now: int) -> Order:
        """Open an order in the app by its autostart token.

        Raises:
            AppError: there is none.
        """
        self._pass(now)
        for order in self._all.values():
            if hmac.compare_digest(order.autostart.encode(), token.encode()):
                return self._opened(order)
        raise AppError("There is no such order. Begin again where you came from.")

    def scan(self, text: str, now: int) -> Order:
        """Open an order in the app by what its QR code says.

        Raises:
            AppError: it is no such code, or an old one.
        """
        self._pass(now)
        prefix, _, rest = text.strip().partition(".")
        token, _, rest = rest.partition(".")
        seconds, _, code = rest.partition(".")
        order = next((one for one in self._all.values() if one.qr_token == token), None)
        if prefix != "bankid" or order is None or not (seconds.isascii() and seconds.isdigit()):
            raise AppError("This is not a QR code of an order that is open.")
        mac = hmac.new(order.qr_secret.encode(), seconds.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(mac.encode(), code.encode()):
            raise AppError("This QR code is forged.")
        age = (now - order.started_at) // 1000 - int(seconds)
        if abs(age) > _QR_AGE:
            raise AppError(f"This QR code is {age} seconds old. Scan the one that shows now.")
        return self._opened(order)

    def at(self, handle: str, now: int) -> Order:
        """Return an order that is open in the app.

        Raises:
            AppError: there is none.
        """
        self._pass(now)
        for order in self._all.values():
            if order.handle == handle:
                return order
        raise AppError("The order is over.")

    def choose(self, handle: str, number: str, now: int) -> None:
        """Be a test customer; any other open order of theirs is cancelled.

        Raises:
            AppError: they may not, or the order is over.
        """
        order = self._at_open(handle, now)
        customer = next((one for one in CUSTOMERS if one.number == number), None)
        if customer is None or order.personal_number not in ("", number):
            raise AppError("This customer cannot finish the order.")
        for other in list(self._of(number)):
            if other is not order:
                self._end(other, "cancelled", now)
        order.customer, order.stage = customer, "userSign"

    def approve(self, handle: str, now: int) -> None:
        """Finish an order as who was chosen.

        Raises:
            AppError: nobody was, or the order is over.
        """
        order = self._at_open(handle, now)
        if order.stage != "userSign":
            raise AppError("Choose who you are first.")
        order.stage, order.ended_at = "complete", now

    def refuse(self, handle: str, now: int) -> None:
        """Cancel an order in the app.

        Raises:
            AppError: the order is over.
        """
        self._end(self._at_open(handle, now), "userCancel", now)

    def _opened(self, order: Order) -> Order:
        if order.stage == "outstandingTransaction":
            order.stage = "started"
        return order

    def _at_open(self, handle: str, now: int) -> Order:
        order = self.at(handle, now)
        if not order.is_open:
            raise AppError("The order is over.")
        return order

    def _find(self, reference: str, now: int) -> Order:
        self._pass(now)
        order = self._all.get(reference)
        if order is None or order.given_out:
            raise ApiError(400, "invalidParameters", "No such order")
        return order

    def _of(self, number: str) -> Iterator[Order]:
        for order in self._all.values():
            chosen = order.customer.number if order.customer else order.personal_number
            if order.is_open and chosen == number:
                yield order

    def _pass(self, now: int) -> None:
        """Let the time until `now` pass."""
        for reference, order in list(self._all.items()):
            age = (now - order.started_at) * self._pace
            if order.stage == "outstandingTransaction" and age >= _START:
                self._end(order, "startFailed", now)
            elif order.is_open and age >= _LIFE:
                self._end(order, "expiredTransaction", now)
            elif not order.is_open and (now - order.ended_at) * self._pace >= _KEPT[order.stage]:
                del self._all[reference]

    def _end(self, order: Order, hint: str, now: int) -> None:
        order.stage, order.hint, order.ended_at = "failed", hint, now


def describe(order: Order) -> dict[str, Any]:
    """Return what `collect` answers of an order."""
    told: dict[str, Any] = {"orderRef": order.reference}
    if order.stage == "failed":
        return {**told, "status": "failed", "hintCode": order.hint}
    if order.stage != "complete" or order.customer is None:
        return {**told, "status": "pending", "hintCode": order.stage}
    customer = order.customer
    return {
        **told,
        "status": "complete",
        "completionData": {
            "user": {
                "personalNumber": customer.number,
                "name": customer.name,
                "givenName": customer.given,
                "surname": customer.family,
            },
            "device": {"ipAddress": order.address, "uhi": "demo"},
            "bankIdIssueDate": "2026-01-01",
            "signature": "",
            "ocspResponse": "",
        },
    }
