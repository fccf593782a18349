"""What has to be there before anything is served: a folder, a database, ports; or why it is not."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, DBAPIError

from server.config import Settings
from server.store.database import Database
from server.store.migrate import migrate

__all__ = ["PortTaken", "Unusable", "make_folder", "not_bound", "opened"]

log = structlog.get_logger(__name__)


class PortTaken(Exception):  # noqa: N818 — said to the operator as it is
    """Somebody else listens on a port of ours."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(
            f"Port {port} is taken by another program. "
            f"Stop it, or choose another: {variable}={port + 100}"
        )


class Unusable(Exception):  # noqa: N818 — said to the operator as it is
    """Something that the settings name cannot be used; says what to look at."""


def not_bound(error: OSError, port: int, variable: str, host: str) -> Exception:
    """Return what to say of a port that could not be opened."""
    if error.errno == errno.EADDRINUSE:
        return PortTaken(port, variable)
    why = error.strerror or error
    return Unusable(f"Port {port} of {host} cannot be opened ({why}): check {variable}.")


def make_folder(folder: Path) -> None:
    """Make a folder for data, or say why that is impossible."""
    why = "Permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usable = os.access(folder, os.W_OK)
    except OSError as error:
        usable, why = False, error.strerror or why
    if not usable:
        raise Unusable(
            f"The data folder {folder} cannot be written ({why}): "
            "set TISKI_DATA_DIR to one that can."
        )


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database, brought to this release's form.

    Raises:
        Unusable: the data folder or the database cannot be used.
    """
    if settings.database_url.startswith("sqlite"):
        make_folder(settings.data_dir)
    try:
        db = Database(settings.database_url)
    except ArgumentError as error:
        raise Unusable("TISKI_DATABASE_URL is not an address of a database.") from error
    try:
        try:
            async with db.read() as tx:
                await tx.execute(text("SELECT 1"))
        except (DBAPIError, OSError) as error:
            why = str(getattr(error, "orig", error)).removesuffix(".")
            raise Unusable(
                f"The database cannot be used ({why}): check that it runs, and TISKI_DATABASE_URL."
            ) from error
        if await migrate(db):
            log.info("database migrated")
        yield db
    finally:
        await db.aclose()
