"""What a person's browser makes of what others send in three sizes, read from its own figures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from media.simulcast import Simulcast
from media.subscription import LayeredSubscription
from tests.media.browser import POLL, Meeting, Person, eventually

SIZES = [
    {"rid": "q", "scaleResolutionDownBy": 4, "maxBitrate": 150_000, "scalabilityMode": "L1T3"},
    {"rid": "h", "scaleResolutionDownBy": 2, "maxBitrate": 500_000, "scalabilityMode": "L1T1"},
    {"rid": "f", "scaleResolutionDownBy": 1, "maxBitrate": 1_500_000, "scalabilityMode": "L1T1"},
]
RATE = 20  # frames per second of Chromium's fake camera


@dataclass
class Watch:
    """What one person has of another's camera and voice over a while."""

    fps: float
    width: int
    concealed: float
    """Per cent of the sound."""
    frozen: float
    """Seconds."""
    lost: int


async def watch(person: Person, publisher: str, seconds: float = 2.0) -> Watch:
    loop = asyncio.get_running_loop()
    picture, sound = await _both(person, publisher)
    started = loop.time()
    await asyncio.sleep(seconds)
    picture_now, sound_now = await _both(person, publisher)
    elapsed = loop.time() - started
    played = sound_now["totalSamplesReceived"] - sound["totalSamplesReceived"]
    seen = Watch(
        (picture_now["framesDecoded"] - picture["framesDecoded"]) / elapsed,
        picture_now.get("frameWidth", 0),
        100 * (sound_now["concealedSamples"] - sound["concealedSamples"]) / max(1, played),
        picture_now.get("totalFreezesDuration", 0) - picture.get("totalFreezesDuration", 0),
        picture_now["packetsLost"] - picture["packetsLost"],
    )
    print(f"{person.who} has of {publisher}: {seen}")
    return seen


async def back(person: Person, publisher: str, within: float = 20.0) -> float:
    """Return in how many seconds picture and sound come again: the end of their longest pause.

    They are back for certain when ten frames and ten packets of sound have come.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    first: list[int] = []
    before: list[int] = []
    grew = [began, began]
    pauses = [(0.0, began), (0.0, began)]
    async with asyncio.timeout(within):
        while not first or any(now < start + 10 for now, start in zip(before, first, strict=True)):
            picture, sound = await _both(person, publisher)
            at, counts = loop.time(), [picture["framesDecoded"], sound["packetsReceived"]]
            for index, count in enumerate(counts):
                if before and count > before[index]:
                    pauses[index] = max(pauses[index], (at - grew[index], at))
                    grew[index] = at
            first, before = first or counts, counts
            await asyncio.sleep(POLL)
    return max(end for _, end in pauses) - began


async def _both(person: Person, publisher: str) -> tuple[dict[str, Any], dict[str, Any]]:
    inbound = (await person.figures())["in"]
    wanted = {
        p.source: p.id
        for p in person.meeting.server.visible(person.meeting.name, person.who)
        if p.participant == publisher
    }
    return inbound[wanted["camera"]], inbound[wanted["audio"]]


async def width(person: Person, publisher: str, wanted: int, within: float) -> None:
    async def shown() -> bool:
        return bool((await person.received(publisher, "camera")).get("frameWidth") == wanted)

    await eventually(f"{person.who} sees {publisher} {wanted} wide", shown, within)


def layered(meeting: Meeting, who: str) -> tuple[Simulcast, LayeredSubscription]:
    """Return the one publication in sizes that somebody takes."""
    return next(
        (track, subscription)
        for track, subscription in meeting.server._rooms[meeting.name]
        .seats[who]
        .subscriptions.values()
        if isinstance(track, Simulcast) and isinstance(subscription, LayeredSubscription)
    )


def pictures_sent(meeting: Meeting, who: str) -> int:
    """Return the last picture id that somebody was sent: they have no gaps."""
    splice = layered(meeting, who)[1].splice
    return splice._marks.picture + splice._picture_shift
