"""Seals what must not be read from the database: codes and names, our keys, shops' secrets.

    sealed = 01 | length of the key's name | the key's name | nonce (12) | AES-256-GCM (tag 16)

The additional data of the encryption (NIST SP 800-38D) is that head, the purpose and the row,
so a sealed value opens only where it was put. Nonces are random: one key may seal some 2^32
values (section 8.3), which no shop reaches between two rotations.

Keys are a ring: the first seals, all of it open. They come from the settings, or from a file
in the data folder that is made when it is first needed. Persons are matched by a keyed hash
of their code (HMAC-SHA-256) with the site in it, so that nobody is known from shop to shop.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.config import ConfigError, Settings

__all__ = [
    "CUSTOMERS",
    "ORDER",
    "PERSON",
    "PROVIDER_KEY",
    "RECORDING",
    "TAKE",
    "Ring",
    "Tampered",
    "UnknownKey",
    "Vault",
    "VaultError",
    "new_key",
    "open_vault",
]

#: Purposes, each with the id of its row (a person's is its `match`): `tiski vault rotate` finds
#: what is sealed by them.
PERSON: Final = "person"
PROVIDER_KEY: Final = "provider_key"
ORDER: Final = "identity_attempt.order"
CUSTOMERS: Final = "site.identify"
TAKE: Final = "recording_take"
RECORDING: Final = "recording"

_FORM: Final = 1  # of what is sealed; another way to seal is another number
_KEY: Final = 32  # bytes: AES-256
_NONCE: Final = 12  # bytes: 96 bits, as SP 800-38D section 8.2.2 has random ones
_TAG: Final = 16  # bytes
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_MIN_MATCH: Final = 32  # characters
_FILE: Final = "vault.key"
_KEYS: Final = "TISKI_VAULT_KEYS"
_MATCH: Final = "TISKI_VAULT_MATCH"
_MAKE: Final = "`tiski vault key NAME` makes one"


class VaultError(Exception):
    """Something sealed cannot be used; the message is for the operator and holds no secret."""


class UnknownKey(VaultError):  # noqa: N818 — says what it is
    """It was sealed with a key that is not in the ring any more."""


class Tampered(VaultError):  # noqa: N818 — says what it is
    """It was changed, or sealed for another purpose or row."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys by name, the newest first, and the secret of matching."""

    keys: dict[str, bytes] = field(repr=False)
    match: str = field(repr=False)


class Vault:
    """Seals and opens with a ring that is loaded when it is first needed."""

    def __init__(self, load: Callable[[], Ring]) -> None:
        self._load = load
        self._open: _Opened | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def _ring(self) -> _Opened:
        if self._open is None:
            self._open = _Opened(self._load())
        return self._open

    @property
    def key(self) -> str:
        """The name of the key that seals now."""
        return self._ring.newest

    def seal(self, data: bytes, purpose: str, row: str = "") -> bytes:
        """Encrypt `data` for one purpose (and row) alone."""
        ring = self._ring
        head = _head(ring.newest)
        nonce = secrets.token_bytes(_NONCE)
        sealed = ring.ciphers[ring.newest].encrypt(nonce, data, _bound(head, purpose, row))
        return head + nonce + sealed

    def open(self, sealed: bytes, purpose: str, row: str = "") -> bytes:
        """Return what was sealed.

        Raises:
            UnknownKey: its key is not there.
            Tampered: it is not what was sealed for this purpose and row.
        """
        name, head, body = _parts(sealed)
        cipher = self._ring.ciphers.get(name)
        if cipher is None:
            raise UnknownKey(
                f"The vault's key {name} is not in {_KEYS}: put it back, behind the newest."
            )
        try:
            return cipher.decrypt(body[:_NONCE], body[_NONCE:], _bound(head, purpose, row))
        except InvalidTag:
            raise Tampered(
                "A sealed value was changed, or belongs to another row, or another key has "
                f"the name {name}."
            ) from None

    def rewrap(self, sealed: bytes, purpose: str, row: str = "") -> bytes:
        """Return `sealed` under the newest key; as it is if it is already.

        Raises:
            VaultError: it cannot be opened.
        """
        if self.key_of(sealed) == self.key:
            return sealed
        return self.seal(self.open(sealed, purpose, row), purpose, row)

    def key_of(self, sealed: bytes) -> str:
        """Return the name of the key that something is sealed with.

        Raises:
            Tampered: it was not sealed by a vault.
        """
        return _parts(sealed)[0]

    def match(self, site: str, country: str, code: str) -> str:
        """Return what a site knows a person by: the same code at another site is another."""
        return hmac.new(
            self._ring.matching, _framed(site, country, code), hashlib.sha256
        ).hexdigest()

    def derive(self, purpose: str, key: str) -> str:
        """Return 256 secret bits for `key` as URL-safe text, always the same: stored nowhere."""
        bits = hmac.digest(self._ring.deriving, _framed(purpose, key), "sha256")
        return base64.urlsafe_b64encode(bits).rstrip(b"=").decode()


class _Opened:
    """A ring as the ciphers and keys made of it."""

    def __init__(self, ring: Ring) -> None:
        self.newest = next(iter(ring.keys))
        self.ciphers = {name: AESGCM(key) for name, key in ring.keys.items()}
        self.matching = _subkey(ring.match, b"tiski match")
        self.deriving = _subkey(ring.match, b"tiski derive")


def _subkey(secret: str, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=use).derive(secret.encode())


def _framed(*parts: str) -> bytes:
    """Join parts so that no others give the same bytes."""
    encoded = [part.encode(errors="surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


def _head(name: str) -> bytes:
    return bytes((_FORM, len(name))) + name.encode()


def _bound(head: bytes, purpose: str, row: str) -> bytes:
    return head + _framed(purpose, row)


def _parts(sealed: bytes) -> tuple[str, bytes, bytes]:
    """Return the key's name, the head and the rest."""
    end = 2 + sealed[1] if len(sealed) > 1 and sealed[0] == _FORM else 0
    if not end or len(sealed) < end + _NONCE + _TAG:
        raise Tampered("A sealed value is cut short, or not the vault's.")
    name = sealed[2:end].decode("ascii", "replace")
    return name, sealed[:end], sealed[end:]


# --- where keys come from -----------------------------------------------------------------------


def new_key(name: str) -> str:
    """Return a new key as it is written in the settings.

    Raises:
        ConfigError: the name cannot be one.
    """
    if _NAME.fullmatch(name) is None:
        raise ConfigError(f"A key's name has up to 40 of A-Z a-z 0-9 . _ -, not {name!r}.")
    return f"{name}:{base64.b64encode(secrets.token_bytes(_KEY)).decode()}"


def open_vault(settings: Settings) -> Vault:
    """Return the vault of an installation; where bank ID is on, its keys are there and good.

    Raises:
        ConfigError: the keys cannot be used, or must be set for more than one process.
    """
    if settings.vault_keys or settings.vault_match is not None:
        ring = _ring(settings.vault_keys, settings.vault_match, "the settings")
        return Vault(lambda: ring)
    alone = settings.database_url.startswith("sqlite") and settings.redis_url is None
    path = settings.data_dir / _FILE

    def load() -> Ring:
        if not alone:
            raise ConfigError(
                f"Set {_KEYS} ({_MAKE}) and {_MATCH} (`openssl rand -hex 32`), the same on every "
                "node: what is sealed by one is opened by all."
            )
        return _from_file(path)

    vault = Vault(load)
    if settings.identity is not None:
        _ = vault.key
    return vault


def _ring(keys: Iterable[str], match: str | None, where: str) -> Ring:
    found: dict[str, bytes] = {}
    for item in keys:
        name, _, text = item.partition(":")
        if _NAME.fullmatch(name) is None or not text:
            raise ConfigError(f"{_KEYS} in {where} is name:key, with commas between: {_MAKE}.")
        if name in found:
            raise ConfigError(f"{_KEYS} in {where} has two keys of the name {name}.")
        found[name] = _bits(text, name, where)
    if not found:
        raise ConfigError(f"{_MATCH} is set in {where} but {_KEYS} is not: {_MAKE}.")
    if not match:
        raise ConfigError(f"{_KEYS} is set in {where} but {_MATCH} is not: `openssl rand -hex 32`.")
    if len(match) < _MIN_MATCH:
        raise ConfigError(f"{_MATCH} in {where} is too short: `openssl rand -hex 32`.")
    return Ring(found, match)


def _bits(text: str, name: str, where: str) -> bytes:
    with contextlib.suppress(binascii.Error, ValueError):
        bits = base64.b64decode(text, validate=True)
        if len(bits) == _KEY:
            return bits
    raise ConfigError(f"The key {name} of {_KEYS} in {where} is not 32 bytes in base64: {_MAKE}.")


def _from_file(path: Path) -> Ring:
    """Read the keys of the data folder, and make them if there are none."""
    try:
        try:
            text = _read(path)
        except FileNotFoundError:
            _make(path)
            text = _read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The vault's keys in {path} cannot be used: {error}.") from None
    known = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    keys = [key.strip() for key in known.get(_KEYS, "").split(",") if key.strip()]
    return _ring(keys, known.get(_MATCH, "").strip(), str(path))


def _read(path: Path) -> str:
    with path.open(encoding="ascii") as file:
        if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise ConfigError(f"Others can read the vault's keys: run `chmod 600 {path}`.")
        return file.read()


def _make(path: Path) -> None:
    """Put new keys at `path` whole, unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"{_KEYS}={new_key('first')}\n{_MATCH}={secrets.token_hex(_KEY)}\n"
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename it never takes the place of another's
    finally:
        draft.unlink()
