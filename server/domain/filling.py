"""Which publications come into m-lines that a browser offered before it knew of any."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from media import Publication

__all__ = ["fill"]


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
