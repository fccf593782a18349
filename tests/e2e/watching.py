"""What somebody receives over a time: gaps in what they see, and whose voices they hear."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Frame, Page, WebSocket

from tests.e2e.calls import eventually
from tests.e2e.people import Person

__all__ = ["Came", "Gap", "Picture", "Received", "meanwhile", "silent"]

BEEPS = 3  # of the fake microphone, one a second, in which silence is told from a pause
BEEP = 1e-3  # the energy of one is more; what a muted microphone sends has none
QUIET = 1.5  # seconds; what is in a jitter buffer is over by then, and another beep would be due
SAMPLES = 0.1  # seconds between looks at what is received

# Notes every tenth of a second whether some picture has got a new frame. A late look hides
# nothing: the browser itself sums the squares of the times between the frames of each picture, and
# the root of what they have grown by is at least the longest of these times.
_WATCH = """(every) => {
  const watch = (window.__watch = { gap: 0, look: 0, on: true });
  const known = new Map();
  let grown = performance.now();
  let looked = grown;
  const look = async () => {
    const bounds = [];
    for (const connection of window.__connections) {
      if (connection.connectionState !== 'connected') continue;
      for (const s of (await connection.getStats()).values()) {
        if (s.type !== 'inbound-rtp' || s.kind !== 'video') continue;
        const then = known.get(s.trackIdentifier);
        known.set(s.trackIdentifier, s);
        if (then && s.framesDecoded > then.framesDecoded) {
          bounds.push(1000 * Math.sqrt(
            s.totalSquaredInterFrameDelay - then.totalSquaredInterFrameDelay));
        }
      }
    }
    const now = performance.now();
    watch.look = Math.max(watch.look, now - looked);
    looked = now;
    if (bounds.length > 0) grown = now;
    watch.gap = Math.max(watch.gap, bounds.length > 0 ? Math.min(...bounds) : now - grown);
    if (watch.on) setTimeout(look, every);
  };
  look();
}"""
_UNWATCH = "() => { window.__watch.on = false; return window.__watch; }"


@dataclass(frozen=True)
class Gap:
    """What was watched: the longest time without a new frame, and without a look, in ms."""

    gap: float
    look: float


class Picture:
    """Watches whether the pictures that somebody receives go on, on one page."""

    def __init__(self, place: Page | Frame) -> None:
        self._place = place

    @classmethod
    async def of(cls, person: Person) -> Picture:
        """Begin to watch."""
        place = await person.place()
        await place.evaluate(_WATCH, SAMPLES * 1000)
        return cls(place)

    async def end(self) -> Gap:
        """Watch no more, and return what was seen."""
        seen = await self._place.evaluate(_UNWATCH)
        return Gap(seen["gap"], seen["look"])


@dataclass
class Received:
    """All that a person's page is told over its sockets from now on."""

    frames: list[str] = field(default_factory=list)

    @classmethod
    def by(cls, person: Person) -> Received:
        """Note what comes; before the page opens its first socket."""
        received = cls()

        def opened(socket: WebSocket) -> None:
            socket.on("framereceived", lambda data: received.frames.append(str(data)))

        person.page.on("websocket", opened)
        return received

    def about(self, *words: str) -> list[str]:
        """Return the frames that have one of these words, but who is at the counter at all."""
        return [
            frame
            for frame in self.frames
            if any(word in frame for word in words) and '"t":"availability"' not in frame
        ]


@dataclass(frozen=True)
class Came:
    """What came to somebody over a time: pictures that moved, voices, the energy of all sound."""

    pictures: int
    voices: int
    sound: float


async def meanwhile(to: Person, hearing: Person) -> Came:
    """Return what comes to one while another hears some beeps."""
    before, heard = await to.tracks(), _energy(await hearing.tracks())

    async def beeps() -> bool:
        return _energy(await hearing.tracks()) >= heard + BEEPS * BEEP

    await eventually(f"{BEEPS} beeps are heard", beeps)
    after = await to.tracks()
    nothing = {"frames": 0, "energy": 0.0}
    pictures = sum(one["frames"] > before.get(k, nothing)["frames"] for k, one in after.items())
    sounds = [one["energy"] - before.get(k, nothing)["energy"] for k, one in after.items()]
    return Came(pictures, sum(sound > 0 for sound in sounds), sum(sounds))


async def silent(person: Person) -> None:
    """Wait until no sound has come to somebody for longer than the time between two beeps."""
    loop = asyncio.get_running_loop()
    heard, since = -1.0, loop.time()

    async def long_enough() -> bool:
        nonlocal heard, since
        now = _energy(await person.tracks())
        if now != heard:
            heard, since = now, loop.time()
        return loop.time() - since > QUIET

    await eventually("it is silent", long_enough)


def _energy(tracks: dict[str, dict[str, Any]]) -> float:
    return sum(float(one["energy"]) for one in tracks.values())
