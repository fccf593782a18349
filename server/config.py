"""The settings: one frozen object, read from the environment here and nowhere else.

Every variable begins with `TISKI_`; docs/operations.md lists them with what they are for.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

__all__ = ["ROLES", "ConfigError", "Settings"]

#: What a process does: serve HTTP and WebSockets, forward media.
ROLES: Final = ("api", "signaling", "media", "compose")
_MIN_SECRET: Final = 32  # characters; RFC 7518 section 3.2 wants a key as long as the hash


class ConfigError(Exception):
    """A setting makes no sense; the message names the variable and the way out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs."""

    host: str = "127.0.0.1"  # TISKI_HOST: where HTTP listens; 0.0.0.0 behind a proxy
    port: int = 8080  # TISKI_PORT
    shop_port: int = 8081  # TISKI_SHOP_PORT: the demo shop, only with --demo
    media_host: str = "0.0.0.0"  # noqa: S104 — TISKI_MEDIA_HOST; peers are checked by ICE
    media_port: int = 8082  # TISKI_MEDIA_PORT: one port for all calls, UDP and TCP
    media_announce: tuple[str, ...] = ()  # TISKI_MEDIA_ANNOUNCE: addresses, comma between
    media_tcp: bool = True  # TISKI_MEDIA_TCP: also take calls by TCP, on media_port
    media_tcp_announce: tuple[tuple[str, int], ...] = ()  # TISKI_MEDIA_TCP_ANNOUNCE: host:port, …
    player_port: int = 8083  # TISKI_PLAYER_PORT: the co-browsing player
    player_url: str = "http://localhost:8083"  # TISKI_PLAYER_URL: as browsers see it
    public_url: str = "http://localhost:8080"  # TISKI_PUBLIC_URL: as browsers see us
    data_dir: Path = Path(".data")  # TISKI_DATA_DIR: SQLite and uploaded files
    database_url: str = ""  # TISKI_DATABASE_URL: postgresql://…; empty: SQLite in data_dir
    redis_url: str | None = None  # TISKI_REDIS_URL: needed by more than one process
    secret: str | None = field(default=None, repr=False)  # TISKI_SECRET: signs tokens
    turn_urls: tuple[str, ...] = ()  # TISKI_TURN_URLS: turn:host:3478?transport=udp, …
    turn_secret: str | None = field(default=None, repr=False)  # TISKI_TURN_SECRET
    turn_only: bool = False  # TISKI_TURN_ONLY: force calls through TURN
    proxies: int = 0  # TISKI_PROXIES: reverse proxies in front, for X-Forwarded-For
    metrics_open: bool = False  # TISKI_METRICS_OPEN: /metrics from anywhere, not loopback only
    log_json: bool = False  # TISKI_LOG_JSON: one JSON object a line
    log_level: str = "info"  # TISKI_LOG_LEVEL
    roles: frozenset[str] = frozenset(ROLES)
    demo: bool = False
    identity: Path | None = None  # TISKI_IDENTITY: a TOML file of bank ID providers
    vault_keys: tuple[str, ...] = field(default=(), repr=False)  # TISKI_VAULT_KEYS: name:key, …
    vault_match: str | None = field(default=None, repr=False)  # TISKI_VAULT_MATCH
    node: str = field(default_factory=socket.gethostname)  # TISKI_NODE: a name for logs

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] | None = None,
        *,
        demo: bool = False,
        roles: frozenset[str] = frozenset(ROLES),
    ) -> Settings:
        """Read and check the settings.

        Raises:
            ConfigError: a variable cannot be understood.
        """
        env = _Variables(os.environ if environment is None else environment)
        port = env.port("PORT", 8080)
        player_port = env.port("PLAYER_PORT", 8083)
        data_dir = Path(env.text("DATA_DIR", ".data")).expanduser().resolve()
        settings = cls(
            host=env.text("HOST", "127.0.0.1"),
            port=port,
            shop_port=env.port("SHOP_PORT", 8081),
            media_host=env.text("MEDIA_HOST", "0.0.0.0"),  # noqa: S104
            media_port=env.port("MEDIA_PORT", 8082),
            media_announce=env.items("MEDIA_ANNOUNCE"),
            media_tcp=env.flag("MEDIA_TCP", default="1"),
            media_tcp_announce=env.endpoints("MEDIA_TCP_ANNOUNCE"),
            player_port=player_port,
            player_url=env.origin("PLAYER_URL", f"http://localhost:{player_port}"),
            public_url=env.origin("PUBLIC_URL", f"http://localhost:{port}"),
            data_dir=data_dir,
            database_url=env.database("DATABASE_URL", data_dir),
            redis_url=env.redis("REDIS_URL"),
            secret=env.secret("SECRET"),
            turn_urls=env.relays("TURN_URLS"),
            turn_secret=env.text("TURN_SECRET", "") or None,
            turn_only=env.flag("TURN_ONLY"),
            proxies=env.number("PROXIES", 0, 0, 9),
            metrics_open=env.flag("METRICS_OPEN"),
            log_json=env.flag("LOG_JSON"),
            log_level=env.choice("LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
            roles=roles,
            demo=demo,
            identity=env.file("IDENTITY"),
            vault_keys=env.items("VAULT_KEYS"),
            vault_match=env.secret("VAULT_MATCH"),
            node=env.text("NODE", socket.gethostname()),
        )
        if settings.turn_urls and not settings.turn_secret:
            raise ConfigError(
                "TISKI_TURN_URLS is set but TISKI_TURN_SECRET is not: "
                "set it to coturn's static-auth-secret."
            )
        if settings.player_url.lower() == settings.public_url.lower():
            raise ConfigError(
                "TISKI_PLAYER_URL is the same as TISKI_PUBLIC_URL: it must be another origin, "
                "because the pages of strangers are shown there."
            )
        if settings.turn_only and not settings.turn_urls:
            raise ConfigError("TISKI_TURN_ONLY needs TISKI_TURN_URLS.")
        if unknown := roles - set(ROLES):
            raise ConfigError(f"Unknown role {', '.join(sorted(unknown))}: use {', '.join(ROLES)}.")
        return settings

    @property
    def shop_url(self) -> str:
        """The demo shop's origin: another host than `public_url`'s, so another site."""
        return f"http://127.0.0.1:{self.shop_port}"


@dataclass(frozen=True, slots=True)
class _Variables:
    """Reads variables and complains with their names."""

    values: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        return self.values.get(f"TISKI_{name}", "").strip() or default

    def items(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ConfigError(f"TISKI_{name} must be a number from {low} to {high}, not {text!r}.")
        return int(text)

    def port(self, name: str, default: int) -> int:
        return self.number(name, default, 1, 65535)

    def endpoints(self, name: str) -> tuple[tuple[str, int], ...]:
        found = []
        for item in self.items(name):
            host, _, port = item.rpartition(":")
            number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
            try:
                address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
            except ValueError:
                number = 0
            if not 1 <= number <= 65535:
                raise ConfigError(
                    f"TISKI_{name} must be addresses with ports, like 192.0.2.7:443, not {item!r}."
                )
            found.append((str(address), number))
        return tuple(found)

    def relays(self, name: str) -> tuple[str, ...]:
        for item in (found := self.items(name)):
            # RFC 7065. A browser refuses the whole list for one that it cannot read.
            if not re.fullmatch(r"turns?:[^\s/?#@]+(\?transport=(udp|tcp))?", item):
                raise ConfigError(
                    f"TISKI_{name} must be like turn:relay.example.com:3478?transport=udp or "
                    f"turns:relay.example.com:443?transport=tcp, not {item!r}."
                )
        return found

    def flag(self, name: str, default: str = "0") -> bool:
        text = self.text(name, default).lower()
        if text not in ("0", "1", "false", "true", "no", "yes"):
            raise ConfigError(f"TISKI_{name} must be 0 or 1, not {text!r}.")
        return text in ("1", "true", "yes")

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        text = self.text(name, default).lower()
        if text not in choices:
            raise ConfigError(f"TISKI_{name} must be one of {', '.join(choices)}, not {text!r}.")
        return text

    def origin(self, name: str, default: str) -> str:
        text = self.text(name, default).rstrip("/")
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise ConfigError(
                f"TISKI_{name} must be an address like https://chat.example.com, not {text!r}."
            )
        return text

    def file(self, name: str) -> Path | None:
        text = self.text(name, "")
        return Path(text).expanduser().resolve() if text else None

    def redis(self, name: str) -> str | None:
        text = self.text(name, "")
        if text and not text.startswith(("redis://", "rediss://", "unix://")):
            raise ConfigError(f"TISKI_{name} must begin with redis://, rediss:// or unix://.")
        return text or None

    def secret(self, name: str) -> str | None:
        text = self.text(name, "")
        if text and len(text) < _MIN_SECRET:
            raise ConfigError(
                f"TISKI_{name} is too short: make one with `openssl rand -hex {_MIN_SECRET}`."
            )
        return text or None

    def database(self, name: str, data_dir: Path) -> str:
        text = self.text(name, f"sqlite:///{data_dir / 'tiski.db'}")
        if not text.startswith(("sqlite:///", "postgresql://", "postgresql+asyncpg://")):
            raise ConfigError(
                f"TISKI_{name} must begin with postgresql:// or sqlite:///; "
                "leave it unset for SQLite in the data folder."
            )
        return text
