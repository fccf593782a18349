"""The providers of this installation, and which shops may use which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from server.identity.interface import Method, Ordering, Redirecting

__all__ = ["Offer", "Providers"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider and the keys of the sites that it is for; none: all of them."""

    provider: Redirecting | Ordering
    sites: frozenset[str] = frozenset()


class Providers:
    """What visitors may choose from. A method's kind says which interface its provider has."""

    def __init__(self, offers: Iterable[Offer] = ()) -> None:
        self._offers = {offer.provider.id: offer for offer in offers}

    def methods(self, site: str) -> list[Method]:
        """Return what the visitors of a site (by its key) may choose, in the operator's order."""
        return [
            method
            for offer in self._offers.values()
            if not offer.sites or site in offer.sites
            for method in offer.provider.methods
        ]

    def method(self, site: str, key: str) -> Method | None:
        """Return a method that the visitors of a site may choose."""
        return next((method for method in self.methods(site) if method.id == key), None)

    def redirecting(self, provider: str) -> Redirecting | None:
        """Return a provider that browsers are sent to."""
        found = self._offers.get(provider)
        return found.provider if found is not None and _redirects(found.provider) else None

    def ordering(self, provider: str) -> Ordering | None:
        """Return a provider that is asked again and again."""
        found = self._offers.get(provider)
        return found.provider if found is not None and _orders(found.provider) else None


def _redirects(provider: Redirecting | Ordering) -> TypeGuard[Redirecting]:
    return hasattr(provider, "begin")


def _orders(provider: Redirecting | Ordering) -> TypeGuard[Ordering]:
    return hasattr(provider, "collect")
