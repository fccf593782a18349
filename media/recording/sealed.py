"""Files that are sealed while they are written, chunk by chunk.

    file  = head | chunk | chunk | ... | final chunk
    head  = "TSKSEAL1" | nonce prefix (7)
    chunk = length and final flag (4) | AES-256-GCM of so many bytes, tag (16) behind

This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-
Encryption and its Nonce-Reuse Misuse-Resistance", 2015): the nonce is the prefix, the chunk's
number and whether it is the last, so that chunks cannot be changed, moved, left out at either
end or taken from another file. Head and length are additional data. The key is the file's own.

A file whose writer was killed lacks the final chunk: it is read up to its last whole chunk, and
`complete` is false. There is never a byte in clear on the disk.
"""

from __future__ import annotations

import os
import secrets
from bisect import bisect_right
from dataclasses import dataclass
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["CHUNK", "KEY", "Damaged", "SealedReader", "SealedWriter", "file_key"]

KEY: Final = 32  # bytes: AES-256
CHUNK: Final = 65_536  # bytes of a full chunk; a flush makes a shorter one
_MAGIC: Final = b"TSKSEAL1"
_PREFIX: Final = 7
_HEAD: Final = len(_MAGIC) + _PREFIX
_WORD: Final = 4
_TAG: Final = 16
_FINAL: Final = 0x8000_0000
_MAX_CHUNKS: Final = 1 << 32  # the counter's four bytes


class Damaged(Exception):  # noqa: N818 - says what the file is
    """A sealed file is not what was written, or another key's."""


def file_key(key: bytes, name: str) -> bytes:
    """Return the key of the file `name` among those that share `key`."""
    info = b"tiski recording " + name.encode()
    return HKDF(algorithm=SHA256(), length=KEY, salt=None, info=info).derive(key)


def _nonce(prefix: bytes, number: int, final: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes((final,))


class SealedWriter:
    """Seals what is written to a new file. Not thread-safe; it has no `seek` on purpose."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        """`file` is unbuffered and empty, and closed with this."""
        self._file = file
        self._cipher = AESGCM(key)
        self._prefix = secrets.token_bytes(_PREFIX)
        self._head = _MAGIC + self._prefix
        self._waiting = bytearray()
        self._number = 0
        self.size = 0
        """Bytes in clear so far."""
        self._file.write(self._head)

    def write(self, data: bytes) -> int:
        """Take bytes; full chunks go to the file at once, the rest with `flush`."""
        self._waiting += data
        self.size += len(data)
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), final=False)
            del self._waiting[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """Seal what waits, so that it outlives this process."""
        if self._waiting:
            self._seal(bytes(self._waiting), final=False)
            self._waiting.clear()

    def sync(self) -> None:
        """Have the disk keep what was flushed, so that it outlives the machine's power."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """End the file: from now on a missing end shows. Safe to call twice."""
        if self._file.closed:
            return
        self._seal(bytes(self._waiting), final=True)
        self._waiting.clear()
        self.sync()
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file without an end, as a crash does."""
        self._file.close()

    def _seal(self, data: bytes, *, final: bool) -> None:
        if self._number >= _MAX_CHUNKS:
            raise ValueError("a sealed file has at most 2^32 chunks")
        word = (len(data) | (_FINAL if final else 0)).to_bytes(_WORD)
        nonce = _nonce(self._prefix, self._number, final)
        self._number += 1
        # One write: a crash leaves a whole chunk or a torn last one, never a hole. A disk that is
        # nearly full takes a part of it, and says only then that there is no room for more.
        left = memoryview(word + self._cipher.encrypt(nonce, data, self._head + word))
        while left:
            left = left[self._file.write(left) :]


@dataclass(frozen=True, slots=True)
class _Chunk:
    at: int  # of the ciphertext in the file
    start: int  # of the clear bytes
    length: int
    final: bool


class SealedReader:
    """Reads a sealed file anywhere. Has `read`, `seek`, `tell`; not thread-safe."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        """Look through the file's chunks; `file` is closed with this.

        Raises:
            Damaged: it is no sealed file, or another key's, or its end is not its own.
        """
        self._file = file
        self._cipher = AESGCM(key)
        self._head = file.read(_HEAD)
        if len(self._head) != _HEAD or not self._head.startswith(_MAGIC):
            raise Damaged("This is no sealed file.")
        self._prefix = self._head[len(_MAGIC) :]
        self._chunks = self._look()
        self._starts = [chunk.start for chunk in self._chunks]
        self._at = 0
        self._cached = (-1, b"")
        if self.complete:
            self._open(len(self._chunks) - 1)  # that this is the end must be true

    def _look(self) -> list[_Chunk]:
        found: list[_Chunk] = []
        end = os.fstat(self._file.fileno()).st_size
        at, start = _HEAD, 0
        while at + _WORD + _TAG <= end and not (found and found[-1].final):
            self._file.seek(at)
            word = int.from_bytes(self._file.read(_WORD))
            length = word & ~_FINAL
            at += _WORD
            if at + length + _TAG > end:
                break  # torn by a crash
            found.append(_Chunk(at, start, length, bool(word & _FINAL)))
            at += length + _TAG
            start += length
        if found and found[-1].final and at != end:
            raise Damaged("Something follows the end of a sealed file.")
        return found

    @property
    def complete(self) -> bool:
        """Whether its writer ended it."""
        return bool(self._chunks) and self._chunks[-1].final

    @property
    def size(self) -> int:
        """Bytes in clear."""
        return self._chunks[-1].start + self._chunks[-1].length if self._chunks else 0

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from where it stands; all that is left when negative.

        Raises:
            Damaged: the bytes are not what was written.
        """
        end = self.size if size < 0 else min(self.size, self._at + size)
        parts: list[bytes] = []
        while self._at < end:
            parts.append(self.read_chunk(end - self._at))
        return b"".join(parts)

    def read_chunk(self, size: int) -> bytes:
        """Return up to `size` bytes from where it stands, of one chunk; nothing at the end.

        Raises:
            Damaged: that chunk is not what was written.
        """
        if self._at >= self.size:
            return b""
        number = bisect_right(self._starts, self._at) - 1
        while self._chunks[number].length == 0:  # an empty one shares its start with the next
            number -= 1
        start = self._at - self._chunks[number].start
        part = self._open(number)[start : start + size]
        self._at += len(part)
        return part

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Stand somewhere else; return where."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return where it stands."""
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, number: int) -> bytes:
        if self._cached[0] == number:
            return self._cached[1]
        chunk = self._chunks[number]
        word = (chunk.length | (_FINAL if chunk.final else 0)).to_bytes(_WORD)
        self._file.seek(chunk.at)
        sealed = self._file.read(chunk.length + _TAG)
        nonce = _nonce(self._prefix, number, chunk.final)
        try:
            data = self._cipher.decrypt(nonce, sealed, self._head + word)
        except InvalidTag:
            raise Damaged(f"Chunk {number} of a sealed file is not what was written.") from None
        self._cached = (number, data)
        return data
