"""Says which files people may send, by what is in them.

The name and the type that the sender claims decide nothing; a name is only checked to fit
the content, so that a program cannot come as `photo.jpg.exe`. Nothing that a browser would
run on our origin is allowed: no HTML, no SVG, no scripts.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import Final

__all__ = [
    "IMAGES",
    "MAX_PIXELS",
    "MAX_SIZE",
    "OFFICE",
    "allowed_type",
    "clean_name",
    "office_types",
]

MAX_SIZE: Final = 15 * 1024 * 1024  # bytes
MAX_PIXELS: Final = 100_000_000  # a small file may unfold to more than a browser can hold
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_MAX_NAME: Final = 120  # characters
_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_ODF: Final = "application/vnd.oasis.opendocument"

#: Content type -> the endings that a name may have; the first is given when it has another.
_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    f"{_OOXML}.wordprocessingml.document": (".docx",),
    f"{_OOXML}.spreadsheetml.sheet": (".xlsx",),
    f"{_OOXML}.presentationml.presentation": (".pptx",),
    f"{_ODF}.text": (".odt",),
    f"{_ODF}.spreadsheet": (".ods",),
    "text/plain": (".txt", ".csv", ".log", ".md"),
}
_OOXML_PARTS: Final = {
    "word/document.xml": f"{_OOXML}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OOXML}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OOXML}.presentationml.presentation",
}
#: Beginnings of types that only a look into the archive can tell.
OFFICE: Final = (_OOXML, _ODF)
_BY_ENDING: Final = {ending: kind for kind, endings in _TYPES.items() for ending in endings}


def allowed_type(found: frozenset[str], name: str, head: bytes) -> str | None:
    """Return the type of a file that may be sent, or None.

    Args:
        found: every type that its content could be (office files are archives, so several).
        name: what the sender calls it; chooses among several.
        head: its first bytes; text has no mark, so it is known by having no others.
    """
    ending = PurePath(name).suffix.lower()
    wanted = _BY_ENDING.get(ending)
    if wanted is not None and wanted in found:
        return wanted
    certain = found & (IMAGES | {"application/pdf"})
    if len(certain) == 1:
        return next(iter(certain))
    if wanted == "text/plain" and not found & _TYPES.keys() and _is_text(head):
        return wanted
    return None


def office_types(names: frozenset[str]) -> frozenset[str]:
    """Return the Office Open XML type of an archive with these members (ECMA-376, part 2)."""
    if "[Content_Types].xml" not in names:
        return frozenset()
    return frozenset(kind for part, kind in _OOXML_PARTS.items() if part in names)


def _is_text(head: bytes) -> bool:
    for cut in range(4):  # the head may end within a character
        try:
            text = head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text)
    return False


def clean_name(name: str, kind: str) -> str:
    """Return a file name without paths or surprises, with an ending that fits `kind`."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(c for c in name if unicodedata.category(c)[0] not in "CZ" or c == " ")
    name = re.sub(r'[<>:"|?*%#;]', "", name).strip(" .")
    path = PurePath(name or "file")
    endings = _TYPES[kind]
    ending = path.suffix.lower() if path.suffix.lower() in endings else endings[0]
    stem = path.stem if path.suffix else path.name
    return f"{stem[:_MAX_NAME] or 'file'}{ending}"
