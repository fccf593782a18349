"""One participant's share of what the others send: layers chosen, links probed, limits told.

Driven by `media.seat`, every tick; pure. What arrives is judged from the participant's feedback
(`media.estimate`, else `media.downlink`); then `media.downlink.choose` says which layer of each
publication they get, and the probe asks for what the next step up needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from media.downlink import SOUND, Downlink, Wish, choose, share
from media.simulcast import Option, Simulcast
from media.subscription import LayeredSubscription, Subscription
from media.track import Track

if TYPE_CHECKING:
    from media.control import ControlEnd

__all__ = ["Adaptation"]

CHOICE: Final = 0.1  # seconds between choices; a tick is 0.05
FRESH: Final = 0.5  # seconds after a cut in which nothing is kept that does not fit
TOP: Final = {"screen": 2_500_000.0, "camera": 1_500_000.0}
"""Bit/s that browsers send of a picture in one size at most."""
ORDER: Final = {"screen": 0, "camera": 1}

Subscriptions = Mapping[str, tuple[Track, Subscription]]


class Adaptation:
    """What one participant is given."""

    def __init__(self) -> None:
        self._downlink = Downlink()
        self._next_choice = 0.0
        self._wanted = 0.0

    def tick(self, subscriptions: Subscriptions, control: ControlEnd, now: float) -> None:
        """Choose layers when it is time, and send what a probe needs."""
        estimate = control.downlink
        if now >= self._next_choice:
            self._next_choice = now + CHOICE
            self._wanted = self._choose(subscriptions, control, now)
        if estimate is None or not estimate.heard:
            return
        wanted = max(self._wanted, self._limited(subscriptions, control))
        pictures = [e for e in subscriptions.values() if e[0].info.kind == "video" and e[1].live]
        padded = self._best_to_pad(pictures)
        estimate.hoped = wanted if pictures and padded is None else 0.0
        octets = estimate.padding(0.0 if padded is None else wanted, now)
        if padded is not None and octets > 0:
            padded[0].pad(padded[1], octets, now)

    # -- layers -------------------------------------------------------------------------------

    def _choose(self, subscriptions: Subscriptions, control: ControlEnd, now: float) -> float:
        layered = [
            (mid, track, subscription, track.options())
            for mid, (track, subscription) in subscriptions.items()
            if isinstance(track, Simulcast) and isinstance(subscription, LayeredSubscription)
        ]
        layered = [entry for entry in layered if entry[2].live and entry[3]]
        if not layered:
            return 0.0
        layered.sort(key=lambda entry: ORDER.get(entry[1].info.source, 2))
        reserved = self._reserved(subscriptions)
        estimate = control.downlink
        full = estimate is not None and now - estimate.cut_at < FRESH
        wishes = [
            Wish([o.rate for o in options], self._index(subscription, options))
            for _, _, subscription, options in layered
        ]
        choice = choose(self._budget(control) - reserved, wishes, full=full)
        for (_, track, subscription, options), index in zip(layered, choice.given, strict=True):
            if index < 0:
                subscription.chosen = True
                subscription.splice.want(-1, 0)
                continue
            option = options[index]
            present = self._index(subscription, options)
            track.choose(
                subscription, option.layer, option.temporal, now, rush=full and index < present
            )
        return choice.wanted + reserved

    @staticmethod
    def _index(subscription: LayeredSubscription, options: list[Option]) -> int:
        splice = subscription.splice
        present = (splice.target, splice.temporal_target)
        return next((i for i, o in enumerate(options) if (o.layer, o.temporal) == present), -1)

    @staticmethod
    def _reserved(subscriptions: Subscriptions) -> float:
        """Return what cannot be chosen: sound, and pictures in one size."""
        return sum(
            SOUND if track.info.kind == "audio" else track.rate
            for track, _ in subscriptions.values()
            if not isinstance(track, Simulcast)
        )

    def _budget(self, control: ControlEnd) -> float:
        if control.downlink is not None and control.downlink.heard:
            return control.downlink.rate
        return math.inf if self._downlink.limit is None else self._downlink.limit

    @staticmethod
    def _best_to_pad(
        pictures: list[tuple[Track, Subscription]],
    ) -> tuple[Track, Subscription] | None:
        """Return the picture that has most packets to send again; None when none has RTX.

        Without it a packet that is sent again is a replay, which counts as lost.
        """
        repaired = [e for e in pictures if e[1].codec.rtx_payload_type is not None]
        return max(repaired, key=lambda entry: entry[1].octets, default=None)

    # -- pictures in one size -----------------------------------------------------------------

    @staticmethod
    def _limited(subscriptions: Subscriptions, control: ControlEnd) -> float:
        """Return the rate at which pictures in one size are free; 0 when they are.

        They are until the way is found full once.
        """
        estimate = control.downlink
        tracks = [track for track, _ in subscriptions.values() if not isinstance(track, Simulcast)]
        if (
            estimate is None
            or estimate.cut_at <= 0
            or not any(t.info.source in TOP for t in tracks)
        ):
            return 0.0
        free = sum(TOP.get(track.info.source, SOUND) for track in tracks)
        return free if estimate.rate < free else 0.0

    def shares(
        self, subscriptions: Subscriptions, control: ControlEnd, now: float
    ) -> dict[str, float]:
        """Return what the participant can take of each picture in one size: id -> bit/s.

        Empty while nothing limits them.
        """
        estimate = control.downlink
        if estimate is not None and estimate.heard:
            limited = self._limited(subscriptions, control)
            limit = estimate.rate if limited else None
        else:
            loss = max((s.loss for _, s in subscriptions.values()), default=0.0)
            self._downlink.update(control.estimate, loss, now)
            limit = self._downlink.limit
        if limit is None:
            return {}
        tracks = [track for track, _ in subscriptions.values()]
        sources = {track.info.id: track.info.source for track in tracks}
        shares = share(limit, sources)
        one_size = [track.info.id for track in tracks if not isinstance(track, Simulcast)]
        return {name: shares[name] for name in one_size if name in shares}
