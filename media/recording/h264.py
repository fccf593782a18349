"""Reads of an H264 key frame what a file says of it: the decoder's configuration, the size.

Pure. Frames are given as units behind 00 00 00 01 (ITU-T H.264 annex B). What is in them was
written by a participant: anything that is out of bounds is None, and nothing is decoded here.
Parameter sets: H.264 section 7.3.2.1; `avcC`: ISO/IEC 14496-15, section 5.3.3.
"""

from __future__ import annotations

from typing import Final

__all__ = ["configuration", "length_prefixed", "picture_size"]

_START: Final = b"\x00\x00\x00\x01"
_SPS: Final = 7
_PPS: Final = 8
_MOST_SPS: Final = 31  # five bits in avcC
_MOST_PPS: Final = 255
_LONGEST: Final = 0xFFFF  # bytes of a parameter set
_MACROBLOCK: Final = 16  # pixels
_LARGEST: Final = 16_384  # pixels; the largest level has fewer
_CHROMA: Final = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
"""The profiles whose parameter sets tell the colours' format."""
_CROP: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""The pixels that one step of cropping takes, by the colours' format."""


def _units(frame: bytes) -> list[bytes]:
    return [unit for unit in frame.split(_START) if unit]


def _sets(keyframe: bytes, kind: int, least: int) -> list[bytes]:
    return [u for u in _units(keyframe) if u[0] & 0x1F == kind and len(u) >= least]


def length_prefixed(frame: bytes) -> bytes:
    """Return a frame as Matroska keeps it: each unit after its length in four bytes."""
    return b"".join(len(unit).to_bytes(4) + unit for unit in _units(frame))


def configuration(keyframe: bytes) -> bytes | None:
    """Return the decoder's configuration (`avcC`) from a key frame; None when it has no such."""
    sps, pps = _sets(keyframe, _SPS, 4), _sets(keyframe, _PPS, 1)
    if not 0 < len(sps) <= _MOST_SPS or not 0 < len(pps) <= _MOST_PPS:
        return None
    if any(len(unit) > _LONGEST for unit in (*sps, *pps)):
        return None
    head = bytes((1, sps[0][1], sps[0][2], sps[0][3], 0xFF, 0xE0 | len(sps)))
    pictures = b"".join(len(unit).to_bytes(2) + unit for unit in pps)
    sequences = b"".join(len(unit).to_bytes(2) + unit for unit in sps)
    return head + sequences + bytes((len(pps),)) + pictures


def picture_size(keyframe: bytes) -> tuple[int, int] | None:
    """Return width and height as the first parameter set of a key frame tells them."""
    sps = _sets(keyframe, _SPS, 4)
    if not sps:
        return None
    try:
        width, height = _read_size(_Bits(sps[0][1:].replace(b"\x00\x00\x03", b"\x00\x00")))
    except (IndexError, ValueError):
        return None
    return (width, height) if 0 < width <= _LARGEST and 0 < height <= _LARGEST else None


class _Bits:
    """Reads numbers of any length, most significant bit first.

    Every read raises IndexError behind the end.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bits(self, count: int) -> int:
        value = 0
        for at in range(self._at, self._at + count):
            value = value << 1 | self._data[at >> 3] >> (7 - (at & 7)) & 1
        self._at += count
        return value

    def number(self) -> int:
        """Read ue(v) (section 9.1)."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("a number of more than 32 bits")
        return (1 << zeros | self.bits(zeros)) - 1

    def signed(self) -> int:
        """Read se(v) (section 9.1.1)."""
        number = self.number()
        return (number + 1) // 2 if number & 1 else -(number // 2)


def _read_size(sps: _Bits) -> tuple[int, int]:
    profile = sps.bits(8)
    sps.bits(16)  # constraints, level
    sps.number()  # id
    colours = _read_colours(sps) if profile in _CHROMA else 1
    sps.number()  # log2_max_frame_num
    order = sps.number()
    if order == 0:
        sps.number()  # log2_max_pic_order_cnt_lsb
    elif order == 1:
        sps.bits(1)
        sps.signed()
        sps.signed()
        cycle = sps.number()
        if cycle > 255:
            raise ValueError("a cycle of more than 255 frames")
        for _ in range(cycle):
            sps.signed()
    sps.number()  # max_num_ref_frames
    sps.bits(1)  # gaps_in_frame_num_allowed
    width, height = (sps.number() + 1) * _MACROBLOCK, (sps.number() + 1) * _MACROBLOCK
    fields = 1 if sps.bits(1) else 2  # a picture of two fields has twice the rows
    if fields == 2:
        sps.bits(1)  # mb_adaptive_frame_field
    sps.bits(1)  # direct_8x8_inference
    if sps.bits(1):
        across, down = _CROP[colours]
        left, right, top, bottom = (sps.number() for _ in range(4))
        return width - across * (left + right), fields * (height - down * (top + bottom))
    return width, fields * height


def _read_colours(sps: _Bits) -> int:
    colours = sps.number()
    if colours > 3:
        raise ValueError("no such format of colours")
    separate = colours == 3 and sps.bits(1)
    sps.number()  # bit_depth_luma
    sps.number()  # bit_depth_chroma
    sps.bits(1)  # qpprime_y_zero_transform_bypass
    if sps.bits(1):
        for index in range(12 if colours == 3 else 8):
            if sps.bits(1):
                _pass_scaling(sps, 16 if index < 6 else 64)
    return 0 if separate else colours


def _pass_scaling(sps: _Bits, size: int) -> None:
    """Pass a scaling list (section 7.3.2.1.1.1)."""
    scale = 8
    for _ in range(size):
        scale = scale + sps.signed() & 0xFF
        if scale == 0:
            return
