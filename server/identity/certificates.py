"""A client certificate in files, for mutual TLS with a pinned authority.

The files are looked at before each use and read again when they have changed, so that a renewed
certificate needs no restart. One that cannot be read leaves the old one in use: an operator copies
two files one after the other. The log says when less than 30 days are left.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from server.config import ConfigError
from server.services.clock import Clock

__all__ = ["ClientCertificate"]

log = structlog.get_logger(__name__)

_DAY: Final = 86_400_000  # ms
_SOON: Final = 30  # days before the end, when the log begins to say so

_Stamp = tuple[tuple[int, int, int], ...]  # of each file: when it changed, which one it is, size


@dataclass(frozen=True, slots=True)
class _Loaded:
    context: ssl.SSLContext = field(repr=False)
    ends_at: int  # when the certificate ends, UTC ms


class ClientCertificate:
    """Our certificate, its key, and the one authority that we trust, all PEM.

    Raises:
        ConfigError: they cannot be used; the message names the file.
    """

    def __init__(self, name: str, certificate: Path, key: Path, ca: Path, clock: Clock) -> None:
        self._name = name
        self._certificate, self._key, self._ca = certificate, key, ca
        self._clock = clock
        self._stamp = self._look()
        self._loaded = self._load()
        self._said_at = -_DAY
        self._watch()

    def context(self) -> ssl.SSLContext:
        """Return what to connect with now."""
        try:
            stamp = self._look()
            if stamp != self._stamp:
                self._stamp = stamp  # first: what cannot be read is complained of once
                self._loaded = self._load()
                self._said_at = -_DAY
                log.info("client certificate read again", provider=self._name)
        except ConfigError as error:
            log.warning("client certificate not read", provider=self._name, problem=str(error))
        self._watch()
        return self._loaded.context

    def _look(self) -> _Stamp:
        def stamp(path: Path) -> tuple[int, int, int]:
            try:
                found = path.stat()
            except OSError as error:
                raise ConfigError(
                    f"{path} of {self._name} cannot be read: {error.strerror}."
                ) from None
            return found.st_mtime_ns, found.st_ino, found.st_size

        return tuple(stamp(path) for path in (self._certificate, self._key, self._ca))

    def _load(self) -> _Loaded:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # asks for a certificate, checks its host
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(self._ca)
        except (OSError, ssl.SSLError):
            raise ConfigError(f"{self._ca} of {self._name} holds no certificates in PEM.") from None
        try:
            # Without a password OpenSSL would ask for one at the terminal.
            context.load_cert_chain(self._certificate, self._key, password="")
            first = x509.load_pem_x509_certificates(self._certificate.read_bytes())[0]
        except (OSError, ValueError, ssl.SSLError):
            raise ConfigError(
                f"{self._certificate} and {self._key} of {self._name} must be a certificate and "
                "its key, both in PEM and the key without a passphrase."
            ) from None
        return _Loaded(context, int(first.not_valid_after_utc.timestamp() * 1000))

    def _watch(self) -> None:
        """Say once a day that the certificate ends soon."""
        now = self._clock()
        left = (self._loaded.ends_at - now) // _DAY
        if left < _SOON and now >= self._said_at + _DAY:
            self._said_at = now
            log.warning("client certificate ends", provider=self._name, days=left)
