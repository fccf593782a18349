"""Logs: structlog, to standard error, for people or as JSON lines.

A log line has a short event name and ids. It never has tokens, session descriptions, chat
text or identity codes; `_without_secrets` is the net under that rule, not the rule.
Tracebacks show no variables, which hold all of these.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

__all__ = ["set_up"]

_SECRET: Final = frozenset(
    {"token", "secret", "password", "cookie", "authorization", "sdp", "text", "resume", "key"}
)


def _without_secrets(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name in _SECRET & entry.keys():
        entry[name] = "[removed]"
    return entry


def _is_ours(record: logging.LogRecord) -> bool:
    """Tell whether a record is about us: broken HTTP is its sender's, and is quoted with it."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def set_up(*, json: bool, level: str) -> None:
    """Send structlog's and the standard library's logs the same way. Call once, at start."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    last = [structlog.processors.format_exc_info, renderer] if json else [renderer]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.addFilter(_is_ours)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
