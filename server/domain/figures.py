"""What is known of how a call went for one person: sums of figures, and a verdict in a word.

Pure. Two look at the same connection: the person's browser (`signaling.doctor.Figures`, a leg
at a time, trusted for nothing but reports) and the media server (`Watched`). Where both know a
thing the browser's is shown, because it is what the person heard and saw; the verdict takes the
worse of the two, so that nobody looks well by their own word.

The limits: sound is told apart from whole sound at some 3 % of concealed samples and hard to
follow from about 8 % (ITU-T G.113, Opus with its own concealment); a round trip of 400 ms is
where talking gets into each other's way (ITU-T G.114: 150 ms one way is good, 400 ms the limit).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from signaling.doctor import Figures, Flow

__all__ = ["Reason", "Verdict", "Watched", "Word", "judge", "sum_legs", "sum_watched"]

Word = Literal["good", "fair", "poor", "unknown"]
#: What a verdict comes from, worst first. `sound`: gaps in what they heard; `picture`: it froze;
#: `camera`: it was paused for a weak connection; `setup`: it was long before they were connected.
Reason = Literal["sound", "delay", "picture", "camera", "loss", "setup"]

_ENOUGH: Final = 10  # seconds; in less the first moments outweigh the rest
_SOUND: Final = (30, 80)  # per mille of sound made up: fair, poor
_DELAY: Final = (300, 600)  # ms of round trip
_FROZEN: Final = (30, 150)  # per mille of the time
_PAUSED: Final = (1, 400)  # per mille of the time
_LOSS: Final = (5.0, 15.0)  # per cent, before repair
_SETUP: Final = (4_000, 10_000)  # ms


class Watched(msgspec.Struct, frozen=True):
    """What the media server saw of one connection: means over its looks, one every two seconds."""

    looks: int = 0
    loss_up: float = 0.0  # per cent
    loss_down: float = 0.0  # per cent
    jitter: float = 0.0  # ms
    rtt: float | None = None  # ms
    up: float = 0.0  # kbit/s
    down: float = 0.0  # kbit/s
    scores: Annotated[tuple[int, ...], msgspec.Meta(min_length=5, max_length=5)] = (0, 0, 0, 0, 0)
    """How many looks gave 1 (unusable) to 5 (good)."""


class Verdict(msgspec.Struct, frozen=True):
    """How it was, and what of, the worst first."""

    word: Word
    reasons: tuple[Reason, ...] = ()


def sum_legs(legs: Sequence[Figures]) -> Figures | None:
    """Return the legs as one, oldest first: counts added, means weighed by how long each was."""
    if not legs:
        return None
    longest = max(legs, key=lambda leg: leg.seconds)
    return Figures(
        seconds=_at_most(sum(leg.seconds for leg in legs)),
        setup=legs[0].setup,
        path=longest.path,
        rtt=_mean([(leg.rtt, leg.seconds) for leg in legs]),
        sound_out=_sum_flows([(leg.sound_out, leg.seconds) for leg in legs]),
        sound_in=_sum_flows([(leg.sound_in, leg.seconds) for leg in legs]),
        picture_out=_sum_flows([(leg.picture_out, leg.seconds) for leg in legs]),
        picture_in=_sum_flows([(leg.picture_in, leg.seconds) for leg in legs]),
        concealed=_mean([(leg.concealed, leg.seconds) for leg in legs]) or 0,
        freezes=sum(leg.freezes for leg in legs),
        frozen=sum(leg.frozen for leg in legs),
        fallbacks=sum(leg.fallbacks for leg in legs),
        paused=_at_most(sum(leg.paused for leg in legs)),
    )


def _at_most(seconds: int) -> int:
    return min(seconds, 2 * 86_400)


def _mean(values: Sequence[tuple[int | None, int]]) -> int | None:
    known = [(value, max(weight, 1)) for value, weight in values if value is not None]
    if not known:
        return None
    return round(sum(value * weight for value, weight in known) / sum(w for _, w in known))


def _sum_flows(flows: Sequence[tuple[Flow | None, int]]) -> Flow | None:
    known = [(flow, weight) for flow, weight in flows if flow is not None]
    if not known:
        return None
    return Flow(
        packets=sum(flow.packets for flow, _ in known),
        lost=sum(flow.lost for flow, _ in known),
        jitter=_mean([(flow.jitter, weight) for flow, weight in known]) or 0,
        kbps=_mean([(flow.kbps, weight) for flow, weight in known]) or 0,
        codec=next((flow.codec for flow, _ in reversed(known) if flow.codec), ""),
    )


def sum_watched(parts: Sequence[Watched]) -> Watched:
    """Return what several nodes, or several looks, saw as one."""
    looks = sum(part.looks for part in parts)
    if not looks:
        return Watched()
    timed = [(part.rtt, part.looks) for part in parts if part.rtt is not None and part.looks]

    def mean(name: str) -> float:
        return float(sum(getattr(part, name) * part.looks for part in parts) / looks)

    return Watched(
        looks=looks,
        loss_up=mean("loss_up"),
        loss_down=mean("loss_down"),
        jitter=mean("jitter"),
        rtt=sum(rtt * n for rtt, n in timed) / sum(n for _, n in timed) if timed else None,
        up=mean("up"),
        down=mean("down"),
        scores=tuple(sum(part.scores[i] for part in parts) for i in range(5)),
    )


def judge(told: Figures | None, watched: Watched | None) -> Verdict:
    """Return how the call was for one person."""
    if told is not None and told.seconds < _ENOUGH:
        told = None
    if watched is not None and not watched.looks:
        watched = None
    if told is None and watched is None:
        return Verdict("unknown")
    grades: dict[Reason, int] = {}
    if told is not None:
        grades["sound"] = _grade(told.concealed, _SOUND)
        grades["picture"] = _grade(told.frozen / told.seconds, _FROZEN)
        grades["camera"] = _grade(1000 * told.paused / told.seconds, _PAUSED)
        grades["setup"] = _grade(told.setup or 0, _SETUP)
    delays = [told.rtt if told else None, watched.rtt if watched else None]
    grades["delay"] = _grade(max((one for one in delays if one is not None), default=0), _DELAY)
    if watched is not None:
        # Loss before repair is a cause and no complaint: alone it makes nothing worse than fair.
        lost = _grade(max(watched.loss_up, watched.loss_down), _LOSS)
        grades["loss"] = min(lost, 1) if told is not None else lost
    worst = max(grades.values())
    found = sorted((reason for reason in grades if grades[reason]), key=lambda r: -grades[r])
    words: tuple[Word, Word, Word] = ("good", "fair", "poor")
    return Verdict(words[worst], tuple(found))


def _grade(value: float, limits: tuple[float, float]) -> int:
    return sum(value >= limit for limit in limits)
