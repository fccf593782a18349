"""What a check before a call may ask of a media node. Pure.

A check is a room of its own in which a browser meets itself: seat `up` sends a picture that
seat `down` takes, and each further seat only connects, one for each way through the network
that the browser wants to try alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from signaling.errors import Refusal

__all__ = ["DOWN", "MAX_WAYS", "UP", "Answers", "Offers", "SeatOffer", "ways"]

UP: Final = "up"
DOWN: Final = "down"
MAX_WAYS: Final = 5  # UDP, TCP, and relays by UDP, TCP and TLS

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z-]{0,15}$")]
Mid = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,16}$")]


class SeatOffer(msgspec.Struct, frozen=True):
    """A session description with one m-line, and that line's mid."""

    sdp: Annotated[str, msgspec.Meta(max_length=24_000)]
    mid: Mid


#: Seat -> its offer.
Offers = dict[Name, SeatOffer]


class Answers(msgspec.Struct, frozen=True, tag_field="t", tag="check"):
    """The session descriptions of the media server, by seat; good for `seconds`."""

    check: str
    seconds: int
    answers: dict[str, str]


def ways(offers: Mapping[str, SeatOffer]) -> list[str]:
    """Return the seats that only connect.

    Raises:
        Refusal: `bad_offer`: there is no pair to measure with, or there are too many seats.
    """
    found = [name for name in offers if name not in (UP, DOWN)]
    if (UP in offers) != (DOWN in offers):
        raise Refusal("bad_offer", "A check measures with both up and down, or not at all.")
    if not offers or len(found) > MAX_WAYS:
        raise Refusal("bad_offer", f"A check tries one to {MAX_WAYS} ways.")
    return found
