"""What is found in the files of a take whose node died."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.services.composing import _look
from tests.media.recording.encoded import sound
from tests.media.recording.takes import KEY, record


@pytest.mark.parametrize("damage", [0, 400])
def test_a_file_counts_up_to_where_it_is_damaged(tmp_path: Path, damage: int) -> None:
    record(tmp_path, "000.sealed", "visitor", "opus", sound(4.0), 0.0)
    data = bytearray((tmp_path / "000.sealed").read_bytes())
    if damage:
        data[-damage] ^= 1
    (tmp_path / "000.sealed").write_bytes(data)
    (track,) = _look(tmp_path, "take", KEY)
    assert (track.participant, track.codec, track.first) == ("visitor", "opus", 0)
    assert (track.last > 3_900) == (not damage)
    assert track.last >= 900
