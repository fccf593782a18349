"""The ICE-lite agent of one peer: which addresses are proven, which one is used, who is silent.

Pure; driven by `media.peer` with each connectivity check and the time. Rules: RFC 8445 sections
2.5 and 7.3 (lite agents only answer), section 9 (restart), RFC 7675 (consent: as a lite agent
we rely on the peer's own checks; what else comes from an address does not count).

    waiting ──first authentic check──► checked ──check with USE-CANDIDATE──► nominated
       ▲                                                                        │
       └───────── restart(): new credentials, old pair stays in use ◄───────────┘
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Final

from media import stun
from media.stun import Address

__all__ = ["CheckAnswer", "Credentials", "IceAgent"]

ICE_CHARS: Final = string.ascii_letters + string.digits + "+/"
MAX_PAIRS: Final = 8  # a peer has a few interfaces; more is somebody filling our table
CONSENT: Final = 30.0  # seconds that a check keeps an address proven (RFC 7675 section 5.1)
ROLE_CONFLICT: Final = 487  # RFC 8445 section 7.3.1.1


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name fragment and its password (RFC 8445 section 5.3)."""

    ufrag: str
    password: str

    @classmethod
    def fresh(cls) -> Credentials:
        """Make new ones: 72 bits of user name, so that none collides, 144 of password."""
        return cls(
            "".join(secrets.choice(ICE_CHARS) for _ in range(12)),
            "".join(secrets.choice(ICE_CHARS) for _ in range(24)),
        )


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What to do after a check: bytes to send, addresses that were given up."""

    response: bytes
    proven: bool = False
    """Whether the address is the peer's."""
    given_up: tuple[Address, ...] = ()


class IceAgent:
    """The server's end of one peer's ICE session."""

    __slots__ = (
        "_pairs",
        "_previous",
        "_previous_remote",
        "credentials",
        "last_check",
        "nominated",
        "remote_ufrag",
        "selected",
    )

    def __init__(self, remote_ufrag: str, now: float) -> None:
        self.credentials = Credentials.fresh()
        self.remote_ufrag = remote_ufrag
        self.selected: Address | None = None
        self.nominated = False
        self.last_check = now
        self._pairs: dict[Address, float] = {}
        self._previous: Credentials | None = None
        self._previous_remote = ""

    @property
    def ufrags(self) -> tuple[str, ...]:
        """The user name fragments by which checks for this agent arrive now."""
        if self._previous is None:
            return (self.credentials.ufrag,)
        return (self.credentials.ufrag, self._previous.ufrag)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses that an authentic check came from."""
        return tuple(self._pairs)

    def restart(self, remote_ufrag: str) -> str | None:
        """Take new credentials; the pair in use goes on until a check with the new ones.

        Return the user name fragment that is forgotten over it: that of the restart before the
        last, when nothing was nominated since.
        """
        forgotten = self._previous
        self._previous = self.credentials
        self._previous_remote = self.remote_ufrag
        self.credentials = Credentials.fresh()
        self.remote_ufrag = remote_ufrag
        self.nominated = False
        return forgotten.ufrag if forgotten is not None else None

    def check(
        self,
        data: bytes,
        username: tuple[str, str],
        address: Address,
        seen: tuple[str, int],
        now: float,
    ) -> CheckAnswer | None:
        """Handle a binding request; None when it does not prove that it knows the password.

        `address` is the key of the pair, as the socket gives it; `seen` is what the peer is
        told of it.
        """
        ours, theirs = username
        if ours == self.credentials.ufrag and theirs == self.remote_ufrag:
            credentials, current = self.credentials, True
        elif (
            self._previous is not None
            and ours == self._previous.ufrag
            and theirs == self._previous_remote
        ):
            credentials, current = self._previous, False
        else:
            return None
        password = credentials.password.encode()
        check = stun.parse_check(data, password)
        if check is None:
            return None
        if check.claims_controlled:
            response = stun.failure(check, ROLE_CONFLICT, "Role Conflict", password)
        else:
            response = stun.success(check, seen, password)
        if len(response) > len(data):
            # The source may be forged, and must not get more than it sent. What RFC 8445
            # section 7.1 asks of a check makes it longer than its answer.
            return None
        if check.claims_controlled:
            return CheckAnswer(response)

        self.last_check = now
        self._pairs[address] = now
        if current and (check.nominates or not self.nominated):
            # Before anything is nominated we answer on the pair heard last, so that the first
            # ClientHello gets its reply without waiting for a nomination.
            self.selected = address
            self.nominated = self.nominated or check.nominates
        elif self.selected is None or (check.nominates and not self.nominated):
            self.selected = address
        given_up: tuple[Address, ...] = ()
        while len(self._pairs) > MAX_PAIRS:
            oldest = min(
                (a for a in self._pairs if a != self.selected), key=self._pairs.__getitem__
            )
            del self._pairs[oldest]
            given_up += (oldest,)
        return CheckAnswer(response, True, given_up)

    def lose(self, address: Address) -> None:
        """Forget an address that nothing can be sent to any more: a connection was closed.

        When it was in use, the pair heard last takes its place until the peer nominates.
        """
        self._pairs.pop(address, None)
        if self.selected == address:
            self.selected = max(self._pairs, key=self._pairs.__getitem__, default=None)
            self.nominated = False

    def expire(self, now: float) -> tuple[Address, ...]:
        """Give up the addresses that no check has come from for too long, and return them."""
        late = tuple(address for address, at in self._pairs.items() if now - at > CONSENT)
        for address in late:
            self.lose(address)
        return late

    def retire_previous(self) -> str | None:
        """Forget the credentials from before a restart; return their user name fragment."""
        if self._previous is None or not self.nominated:
            return None
        ufrag = self._previous.ufrag
        self._previous = None
        return ufrag
