"""What the parts of bank ID say to one another. Interfaces only.

    services.verifications ──Attempt──► Redirecting (OpenID Connect: `relying_party.py`)
             │                          Ordering    (Swedish BankID: `bankid.py`)
             │ ◄──Evidence────────────────────┘
             └──Evidence──► services.vault (encrypted, matched, never shown)

A provider is one configuration of a broker or of BankID; a method is what a visitor chooses
there, a bank or an app. Times are UTC milliseconds since 1970 unless said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from signaling.identity import FailureReason, Level

__all__ = [
    "Attempt",
    "Collected",
    "Evidence",
    "IdentityError",
    "Method",
    "Order",
    "Ordering",
    "Redirecting",
]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to prove who one is. `id` is unique over all providers: `<provider>.<method>`."""

    id: str
    label: str  # a brand: "OP", "BankID"
    kind: Literal["redirect", "bankid"]
    country: str  # ISO 3166-1 alpha-2, of the identities it proves
    level: Level


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a visitor, with the secrets that bind the answer to it.

    `state`, `nonce` and `verifier` have 256 random bits each as URL-safe text and are for this
    attempt alone. `redirect_uri` is the provider's own callback address.
    """

    id: str
    method: str  # a `Method.id` of the provider that is asked
    lang: str  # "fi", "sv" or "en"
    service: str  # the shop's name, as the bank shows it; cut to what the broker takes
    redirect_uri: str
    started_at: int
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)  # PKCE, RFC 7636


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a provider proved. The code and the name are never logged."""

    country: str  # of the code
    code: str = field(repr=False)  # the personal identity code, normalised: no spaces, upper case
    name: str = field(repr=False)
    level: Level
    method: str  # the label
    at: int  # when the bank asked the person


class IdentityError(Exception):
    """An attempt came to nothing.

    `reason` is for the visitor; `code` is a stable word for staff, logs and tests
    (docs/identity.md lists them). The message says what to do, to an operator; it holds nothing
    of what the peer sent.
    """

    def __init__(self, reason: FailureReason, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.reason: FailureReason = reason
        self.code = code


class Redirecting(Protocol):
    """A provider that the visitor's browser is sent to and comes back from."""

    @property
    def id(self) -> str: ...

    @property
    def methods(self) -> tuple[Method, ...]: ...

    async def begin(self, attempt: Attempt) -> str:
        """Return the address to send the browser to; the request is pushed and signed.

        Raises:
            IdentityError: `unavailable`.
        """
        ...

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Evidence:
        """Redeem and check what the browser brought back to the callback (its query).

        Raises:
            IdentityError: it proves nothing, and why.
        """
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """A started BankID order; all of it is secret. `started_at` when the answer came.

    `autostart`: the address that opens the app on the device that the browser is on.
    """

    reference: str = field(repr=False)
    autostart: str = field(repr=False)
    qr_token: str = field(repr=False)
    qr_secret: str = field(repr=False)
    started_at: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What an order has come to. `hint`: BankID's own hint code, while pending."""

    status: Literal["pending", "complete"]
    hint: str = ""
    evidence: Evidence | None = None


class Ordering(Protocol):
    """A provider that is asked again and again while the person uses their app."""

    @property
    def id(self) -> str: ...

    @property
    def methods(self) -> tuple[Method, ...]: ...

    async def order(self, attempt: Attempt, address: str, return_url: str) -> Order:
        """Start an order. `address`: the visitor's IP. `return_url`: where their app returns to.

        Raises:
            IdentityError: it was not started, and why.
        """
        ...

    async def collect(self, attempt: Attempt, order: Order) -> Collected:
        """Ask how far it is; not more often than every 2 s.

        Raises:
            IdentityError: it failed, and why; with the code `unavailable` nothing was heard of
                it, and it may be asked about again.
        """
        ...

    async def cancel(self, order: Order) -> None:
        """Take an order back; one that is over already is left as it is."""
        ...
