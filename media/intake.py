"""What the packets of one client mean, as the answer says: which track each stream belongs to.

Pure; `media.seat` fills it in with each offer, `media.peer` looks packets up in it. RFC 8843
section 9.2 (streams named by their mid), RFC 8852 (and by their rid), RFC 4588 (repair).
"""

from __future__ import annotations

from dataclasses import dataclass

from media.offer import AUDIO_LEVEL, MID, REPAIRED_RID, RID, TRANSPORT_CC, Codec, Section
from media.simulcast import Simulcast
from media.track import Track

__all__ = ["Ids", "Inlet", "Intake", "Source"]

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
