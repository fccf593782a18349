"""A picture is told by how it begins, and nothing else passes for one."""

from __future__ import annotations

import pytest

from server.domain.pictures import picture_type


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x1cftypavif", "image/avif"),
        (b"BM....", "image/bmp"),
        (b"\x00\x00\x01\x00\x01\x00", "image/x-icon"),
        (b"wOF2", "font/woff2"),
        (b"wOFF", "font/woff"),
        (b"OTTO", "font/otf"),
        (b"\x00\x01\x00\x00", "font/ttf"),
        (b"<svg xmlns='x'>", "image/svg+xml"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a --><svg>", "image/svg+xml"),
        (b"<!DOCTYPE svg PUBLIC 'a' 'b'>\n<svg ", "image/svg+xml"),
    ],
)
def test_pictures_and_fonts_are_known(head: bytes, kind: str) -> None:
    assert picture_type(head) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<!doctype html><svg>",
        b"<html><svg>",
        b"<script>",
        b"<svgx>",
        b"hello <svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>",
        b"function(){}",
        b"%PDF-1.4",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00\x00\x00\x1cftypmp42",
        b"{}",
        b"<!-- --><p><!-- --><svg>",
        b"<!--a-->" * 128,  # in time that grows with the square at most
        b"<!--" * 256,
    ],
)
def test_nothing_else_is(head: bytes) -> None:
    assert picture_type(head) is None
