"""Finds the file that a path of an address names in a folder that is served."""

from __future__ import annotations

from pathlib import Path

__all__ = ["file_in"]


def file_in(folder: Path, path: str, *, index: str = "") -> Path | None:
    """Return the file at `path`, or None when there is none inside `folder`.

    `index`: what a folder shows, and whose ending a name without one gets.
    """
    folder = folder.resolve()
    try:
        file = (folder / path).resolve()
        if index and file.is_dir():
            file /= index
        if index and not file.suffix:
            file = file.with_suffix(Path(index).suffix)
        return file if file.is_relative_to(folder) and file.is_file() else None
    except (OSError, ValueError):  # a name that no file can have: a NUL, too long
        return None
