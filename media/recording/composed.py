"""The composed recording at rest: a sealed file whose beginning may be written last.

A file that can be wound needs its length and index near its beginning, which a muxer knows at its
end. So the first `HEAD` bytes stay in memory until then, and go to a sealed file of their own;
all that follows is only ever appended. Neither is on the disk in clear at any time.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Final, Self

from media.recording.sealed import Damaged, SealedReader, SealedWriter, file_key

__all__ = ["HEAD", "ComposedReader", "ComposedWriter"]

HEAD: Final = 65_536  # bytes
_HEAD_FILE: Final = "head.sealed"
_BODY_FILE: Final = "body.sealed"


def _sealed(folder: Path, name: str, key: bytes) -> SealedWriter:
    return SealedWriter((folder / name).open("wb", buffering=0), file_key(key, name))


class ComposedWriter:
    """What a muxer writes into: `write`, `seek`, `tell`. `close` makes it whole."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """`key` has sealed nothing before; what is in the folder is written over."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = key
        self._head = bytearray()
        self._body = _sealed(folder, _BODY_FILE, key)
        self._at = 0

    @property
    def size(self) -> int:
        """Bytes in clear."""
        return len(self._head) + self._body.size

    def write(self, data: bytes) -> int:
        """Write where it stands.

        Raises:
            io.UnsupportedOperation: over what is sealed already.
        """
        view = memoryview(data)
        first = view[: max(0, HEAD - self._at)]
        if first:
            self._head[self._at : self._at + len(first)] = first
            self._at += len(first)
        rest = view[len(first) :]
        if rest:
            if self._at != self.size:
                raise io.UnsupportedOperation("only the head can be written again")
            self._at += self._body.write(bytes(rest))
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Stand somewhere else; return where."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return where it stands."""
        return self._at

    def close(self) -> None:
        """Seal the head and end both files."""
        self._body.close()
        head = _sealed(self._folder, _HEAD_FILE, self._key)
        head.write(bytes(self._head))
        head.close()


class ComposedReader:
    """Reads a composed recording anywhere: `read`, `seek`, `tell`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Open both files.

        Raises:
            Damaged: they are not what was written.
            OSError: they are not there.
        """
        self._parts: list[SealedReader] = []
        try:
            for name in (_HEAD_FILE, _BODY_FILE):
                file = (folder / name).open("rb", buffering=0)
                try:
                    part = SealedReader(file, file_key(key, name))
                except BaseException:
                    file.close()
                    raise
                self._parts.append(part)
                if not part.complete:
                    raise Damaged("A composed recording is cut short.")
        except BaseException:
            self.close()
            raise
        self._at = 0

    @property
    def size(self) -> int:
        """Bytes in clear."""
        return sum(part.size for part in self._parts)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from where it stands; all that is left when negative.

        Raises:
            Damaged: the bytes are not what was written.
        """
        head, body = self._parts
        end = self.size if size < 0 else min(self.size, self._at + size)
        found = b""
        if self._at < head.size and self._at < end:
            head.seek(self._at)
            found = head.read(end - self._at)
        if end > head.size:
            body.seek(max(0, self._at - head.size))
            found += body.read(end - max(self._at, head.size))
        self._at = max(self._at, end)
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Stand somewhere else; return where."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return where it stands."""
        return self._at

    def close(self) -> None:
        """Close both files."""
        for part in self._parts:
            part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
