"""What the m-lines of an offer carry: in which codec, and what, when its maker does not say.

Pure. WHIP and WHEP clients do not say. A source's first sound is its `audio` and its first picture
its `camera`. A player's m-lines take what there is of their kind, each another publication, in
this order: of pictures screens before cameras, of sounds voices before what screens play, and then
the one who came first. Browsers say what they know of, and offer m-lines beside it for what may be
there by now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from media.interface import Grant, Publication
from media.offer import Codec, Offer, Section

__all__ = ["agree", "choose", "fill"]

_ORDER: Final[Mapping[str, int]] = {"screen": 0, "camera": 1, "audio": 0, "screen-audio": 1}
_SENDS: Final[Mapping[str, str]] = {"audio": "audio", "video": "camera"}


def choose(
    offer: Offer, grant: Grant, visible: Sequence[Publication]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what each mid sends (a source) and what each takes (a publication's id)."""
    left = sorted(visible, key=lambda one: _ORDER.get(one.source, 2))
    send: dict[str, str] = {}
    receive: dict[str, str] = {}
    for section in offer.sections:
        if not section.usable or not section.codecs:
            continue
        source = _SENDS[section.kind]
        if section.sends and source in grant.publish and source not in send.values():
            send[section.mid] = source
        elif section.takes:
            found = next((one for one in left if one.kind == section.kind), None)
            if found is not None:
                receive[section.mid] = found.id
                left.remove(found)
    return send, receive


def fill(
    spare: Mapping[str, str], taken: Collection[str], visible: Sequence[Publication]
) -> dict[str, Publication]:
    """Return what each spare m-line (mid -> kind) takes: mid -> publication, first come first.

    `taken`: the ids of publications that have an m-line already.
    """
    left = [one for one in visible if one.id not in taken]
    filled: dict[str, Publication] = {}
    for mid, kind in spare.items():
        found = next((one for one in left if one.kind == kind), None)
        if found is not None:
            filled[mid] = found
            left.remove(found)
    return filled


def agree(section: Section, readers: Iterable[Sequence[Codec]]) -> Codec | None:
    """Return the best codec that everybody else in the room can read; else the best at all.

    `readers`: the video codecs of each; nothing of those who have not offered yet.
    """
    known = [codecs for codecs in readers if codecs]
    for codec in section.codecs:
        if all(any(codec.same_as(other) for other in codecs) for codecs in known):
            return codec
        if section.kind == "audio":
            return codec
    return section.codecs[0] if section.codecs else None
