"""Who speaks: from the audio levels that senders put beside each packet, without decoding.

Pure; `heard` runs per audio packet, `speaks` per evaluation. RFC 6464 (levels in -dBov).
"""

from __future__ import annotations

from typing import Final

__all__ = ["EVALUATION", "SILENCE", "VoiceMeter"]

SILENCE: Final = 127
VOICE: Final = 50  # -dBov; a room's noise after suppression is above 60, speech below 40
ENOUGH: Final = 3  # packets, 60 ms: a click is shorter
HANGOVER: Final = 3  # evaluations; the gaps between words are shorter
EVALUATION: Final = 0.25  # seconds between evaluations: at most four events a second


class VoiceMeter:
    """Tells whether one audio track carries voice now."""

    __slots__ = ("_hold", "_loudest", "_voiced", "level")

    def __init__(self) -> None:
        self.level = SILENCE
        """The loudest level of the last evaluation with voice, in -dBov."""
        self._loudest = SILENCE
        self._voiced = 0
        self._hold = 0

    def heard(self, level: int) -> None:
        """Take the level of one packet."""
        if level < VOICE:
            self._voiced += 1
            if level < self._loudest:
                self._loudest = level

    def speaks(self) -> bool:
        """Close one evaluation and tell whether there is voice."""
        if self._voiced >= ENOUGH:
            self._hold = HANGOVER
            self.level = self._loudest
        elif self._hold:
            self._hold -= 1
        self._voiced = 0
        self._loudest = SILENCE
        if not self._hold:
            self.level = SILENCE
        return self._hold > 0
