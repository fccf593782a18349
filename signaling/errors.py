"""What goes wrong on the wire, and the close code each error ends a connection with.

`Refusal` answers one command (a `nack`) and the connection lives on; `ConnectionRefused`
ends the connection. Both are the peer's doing. Anything else that is raised is a mistake
of ours: the command gets a nack `internal`, the log gets the traceback.
"""

from __future__ import annotations

from signaling import messages
from signaling.messages import NackCode

__all__ = [
    "CLOSE_INTERNAL",
    "CLOSE_POLICY",
    "ConnectionRefused",
    "Draining",
    "Flooding",
    "Forbidden",
    "ProtocolViolation",
    "Refusal",
    "SignalingError",
    "Silent",
    "Superseded",
    "TokenExpired",
    "TooLarge",
    "TooSlow",
    "UnsupportedVersion",
    "close_code",
    "retryable",
]

CLOSE_GOING_AWAY = 1001  # RFC 6455 section 7.4.1: here, the peer fell silent
CLOSE_POLICY = 1008  # no hello, or something other than a hello came first
CLOSE_TOO_LARGE = 1009
CLOSE_INTERNAL = 1011


class SignalingError(Exception):
    """The root of what a peer can cause."""


class Refusal(SignalingError):  # noqa: N818 — an answer, not a failure
    """A command was refused.

    `message` tells a developer what to do next and quotes nothing the peer sent.
    `temporary`: the same command may go through after `retry_after` seconds.
    """

    def __init__(
        self,
        code: NackCode,
        message: str,
        *,
        temporary: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code: NackCode = code
        self.message = message
        self.temporary = temporary
        self.retry_after = retry_after


class ConnectionRefused(SignalingError):  # noqa: N818 — the same
    """The connection cannot go on. `retry_after` in seconds: when the peer may come again."""

    retry_after: float | None = None


class TokenExpired(ConnectionRefused):
    """The token's time is over: get a new one and come again."""

    retry_after = 0.0


class Forbidden(ConnectionRefused):
    """The token or the origin is not good for this."""


class Superseded(ConnectionRefused):
    """The session was ended elsewhere: signed out everywhere, or removed."""


class TooLarge(ConnectionRefused):
    """A frame is larger than any may be."""


class TooSlow(ConnectionRefused):
    """The peer does not read: its queue overflowed. It may resume."""

    retry_after = 0.5


class Flooding(ConnectionRefused):
    """The peer went on after `rate_limited`."""


class UnsupportedVersion(ConnectionRefused):
    """The page is older than this server can serve: reload it."""


class ProtocolViolation(ConnectionRefused):
    """The peer does not speak the protocol: no hello in time, or not first."""


class Silent(ConnectionRefused):
    """Two heartbeats went unanswered."""

    retry_after = 0.5


class Draining(ConnectionRefused):
    """This server leaves; `retry_after` spreads the move."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


_CODES: dict[type[ConnectionRefused], int] = {
    TokenExpired: messages.CLOSE_TOKEN_EXPIRED,
    Forbidden: messages.CLOSE_FORBIDDEN,
    Superseded: messages.CLOSE_SUPERSEDED,
    TooLarge: CLOSE_TOO_LARGE,
    TooSlow: messages.CLOSE_TOO_SLOW,
    Flooding: messages.CLOSE_FLOOD,
    UnsupportedVersion: messages.CLOSE_VERSION,
    Draining: messages.CLOSE_DRAINING,
    ProtocolViolation: CLOSE_POLICY,
    Silent: CLOSE_GOING_AWAY,
}


def close_code(error: BaseException) -> int:
    """Return the WebSocket close code for `error`: the only place that decides it.

    A `Refusal` that reaches this far refused the hello itself.
    """
    if isinstance(error, Refusal):
        return CLOSE_INTERNAL if error.temporary else messages.CLOSE_FORBIDDEN
    if isinstance(error, ConnectionRefused):
        return _CODES[type(error)]
    return CLOSE_INTERNAL


def retryable(code: int) -> bool:
    """Tell whether a client may connect again after `code` without anybody's help."""
    return code not in {
        messages.CLOSE_FORBIDDEN,
        messages.CLOSE_SUPERSEDED,
        messages.CLOSE_FLOOD,
        messages.CLOSE_VERSION,
        CLOSE_POLICY,
    }
