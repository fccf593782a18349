"""What a check found, said line by line as it goes."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Report"]


class Report:
    """Says lines by `say`; `failed` when one of them was ✗."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.failed = False

    def head(self, text: str) -> None:
        """Begin with something else."""
        self._say(text)

    def good(self, text: str) -> None:
        """Say what holds."""
        self._say(f"  ✓ {text}")

    def open(self, text: str) -> None:
        """Say what cannot be found out from here, or may be meant so."""
        self._say(f"  – {text}")

    def bad(self, text: str, to_do: str) -> None:
        """Say what does not hold, and what to do; `to_do` has no full stop."""
        self.failed = True
        self._say(f"  ✗ {text}\n    → {to_do[0].upper()}{to_do[1:]}.")
