"""What the packets of one client mean, as the answer says: which track each stream belongs to.

Pure; `media.seat` fills it in with each offer, `media.peer` looks packets up in it. RFC 8843
section 9.2 (streams named by their mid), RFC 8852 (and by their rid), RFC 4588 (repair).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media.offer import AUDIO_LEVEL, MID, REPAIRED_RID, RID, TRANSPORT_CC, Codec, Section
from media.simulcast import Simulcast
from media.track import Track

__all__ = ["MAX_ANNOUNCED", "MAX_OTHERS", "Ids", "Inlet", "Intake", "Source", "Streams"]

MAX_ANNOUNCED: Final = 256  # SSRCs in all offers of a connection; a browser has some ten sources
MAX_LEARNED: Final = 32  # SSRCs taken by their mid; a browser announces its own in the offer
MAX_OTHERS: Final = 64  # authentic SSRCs without a route: libsrtp keeps a stream for each, for good

Source = tuple[str, str]
"""(mid, rid) of a stream; the rid is empty when a picture comes in one size."""


@dataclass(frozen=True, slots=True)
class Inlet:
    """How packets of one stream that the client sends are read."""

    track: Track
    payload_type: int
    rtx_payload_type: int | None
    red_payload_type: int | None
    level_id: int
    """The header extension that carries the audio level; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The numbers of the header extensions that the client's packets carry; 0 for none."""

    mid: int = 0
    rid: int = 0
    repaired: int = 0
    transport: int = 0


class Intake:
    """The streams of one client."""

    def __init__(self) -> None:
        self.routes: dict[int, tuple[Inlet, int]] = {}
        """SSRC that the offer announces -> (inlet, SSRC that it repairs or 0)."""
        self.inlets: dict[Source, Inlet] = {}
        self.ids = Ids()

    def add(self, section: Section, track: Track, codec: Codec) -> None:
        """Take what an m-line sends for a track, in each of its sizes."""
        extensions = section.extensions
        layers = {"": track}
        if isinstance(track, Simulcast):
            layers = dict(zip(track.rids, track.layers, strict=True))
        for rid, layer in layers.items():
            inlet = Inlet(
                layer,
                codec.payload_type,
                codec.rtx_payload_type,
                codec.red_payload_type,
                extensions.get(AUDIO_LEVEL, 0),
            )
            self.inlets[section.mid, rid] = inlet
            if not rid:
                self.routes |= dict.fromkeys(section.ssrcs, (inlet, 0))
                self.routes |= {again: (inlet, ssrc) for again, ssrc in section.repairs.items()}
        ids = self.ids
        self.ids = Ids(
            extensions.get(MID, ids.mid),
            extensions.get(RID, ids.rid),
            extensions.get(REPAIRED_RID, ids.repaired),
            extensions.get(TRANSPORT_CC, ids.transport),
        )

    def named(self, told: dict[int, str]) -> tuple[Source, Inlet] | None:
        """Return the stream that a packet's header extensions (number -> text) name."""
        ids = self.ids
        mid = told.get(ids.mid, "")
        rid = told.get(ids.rid) or told.get(ids.repaired) or ""
        for source in ((mid, rid), (mid, "")):
            inlet = self.inlets.get(source)
            if inlet is not None:
                return source, inlet
        return None


class Streams:
    """The SSRCs of one connection, over all its offers."""

    def __init__(self) -> None:
        self.routes: dict[int, tuple[Inlet, int]] = {}
        """SSRC -> (inlet, SSRC that it repairs or 0); always the same object."""
        self.others: set[int] = set()
        """Authentic SSRCs that had no route when they first came."""
        self._intake = Intake()
        self._announced: set[int] = set()
        self._learned: dict[int, tuple[Source, int]] = {}  # SSRC -> (source, SSRC it repairs or 0)

    def route(self, intake: Intake) -> None:
        """Take what an offer says of the streams in place of what the last one said."""
        self._intake = intake
        self.routes.clear()
        for ssrc, route in intake.routes.items():
            if ssrc in self._announced or len(self._announced) < MAX_ANNOUNCED:
                self._announced.add(ssrc)
                self.routes[ssrc] = route
        for ssrc, (source, repairs) in self._learned.items():
            # Senders name the mid in their first packets only (RFC 8843 section 9.2): what was
            # learned must outlive a new offer.
            inlet = intake.inlets.get(source)
            if inlet is not None:
                self.routes.setdefault(ssrc, (inlet, repairs))

    def is_one_too_many(self, ssrc: int) -> bool:
        """Tell whether an SSRC without a route must not reach libsrtp, which would remember it."""
        return len(self.others) >= MAX_OTHERS and ssrc not in self.others

    def learn(
        self, ssrc: int, payload_type: int, view: memoryview, extensions: list[tuple[int, int, int]]
    ) -> tuple[Inlet, int] | None:
        """Find the m-line of an SSRC that the offer did not list, by mid and rid (RFC 8843 9.2)."""
        if len(self._learned) >= MAX_LEARNED:
            return None
        named = self._intake.named(
            {
                number: str(view[where : where + length], "ascii", "replace")
                for number, where, length in extensions
            }
        )
        if named is None:
            return None
        source, inlet = named
        repairs = 0
        if payload_type == inlet.rtx_payload_type:
            if inlet.track.reception is None:
                return None
            repairs = inlet.track.reception.ssrc
        self._learned[ssrc] = (source, repairs)
        route = (inlet, repairs)
        self.routes[ssrc] = route
        return route
