"""Which visitors are connected to this node, and what of that has yet to be told. Pure.

A visitor who waits keeps their place as long as a browser of theirs is connected, and for a
while after: a gateway tells the application who came and who left, a few at a time, and
names all of them again now and then.
"""

from __future__ import annotations

from signaling.backend import Principal

__all__ = ["RENEWAL", "Attendance"]

RENEWAL = 20.0  # seconds between renewals of all


class Attendance:
    """The visitors of one node's connections."""

    __slots__ = ("_came", "_here", "_left")

    def __init__(self) -> None:
        self._here: dict[str, tuple[Principal, int]] = {}  # by person: connections
        self._came: dict[str, Principal] = {}
        self._left: dict[str, Principal] = {}

    def arrived(self, who: Principal) -> None:
        """Count a connection of `who`."""
        _, count = self._here.get(who.person.id, (who, 0))
        self._here[who.person.id] = (who, count + 1)
        if not count:
            self._left.pop(who.person.id, None)
            self._came[who.person.id] = who

    def departed(self, who: Principal) -> None:
        """Count a connection off."""
        _, count = self._here.get(who.person.id, (who, 0))
        if not count:
            return  # it ended before it was counted
        if count > 1:
            self._here[who.person.id] = (who, count - 1)
            return
        del self._here[who.person.id]
        self._came.pop(who.person.id, None)
        self._left[who.person.id] = who

    def everybody(self) -> list[Principal]:
        """Return all who are here."""
        return [who for who, _ in self._here.values()]

    def changes(self) -> tuple[list[Principal], list[Principal]]:
        """Return who came and who left since the last time."""
        came, left = list(self._came.values()), list(self._left.values())
        self._came, self._left = {}, {}
        return came, left
