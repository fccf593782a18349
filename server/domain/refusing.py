"""How rules refuse what a supervisor or an operator sets."""

from __future__ import annotations

__all__ = ["BadSetting"]


class BadSetting(ValueError):  # noqa: N818 — said to the supervisor as it is
    """A setting cannot be so. `code` is stable; the message says what can be done."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
