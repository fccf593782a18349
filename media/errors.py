"""The errors of the media server, in one tree.

Each carries a stable `code` that may be sent to the peer; the message is for people. All of
them mean that the *peer or its owner* asked for something impossible; misuse of the API by our
own code raises the built-in exceptions instead.
"""

from __future__ import annotations

__all__ = ["BadOffer", "MediaError", "NotGranted", "RoomFull", "StaleGeneration"]


class MediaError(Exception):
    """The base of everything that the media server refuses."""

    code = "media"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadOffer(MediaError):  # noqa: N818 - callers read it as the name of the case
    """The offer cannot be answered: it is malformed, or breaks the rules of the negotiation."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RoomFull(MediaError):  # noqa: N818 - callers read it as the name of the case
    """The room has as many participants as it may have."""

    code = "room-full"


class NotGranted(MediaError):  # noqa: N818 - callers read it as the name of the case
    """The participant has no seat in the room: `MediaServer.grant` comes before an offer."""

    code = "not-granted"


class StaleGeneration(MediaError):  # noqa: N818 - callers read it as the name of the case
    """The offer is older than one already answered; its sender should offer again."""

    code = "stale-generation"
