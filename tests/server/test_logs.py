"""What goes wrong is logged without what people wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_FAILING = """
import logging, structlog
from aiohttp.http_exceptions import BadHttpMessage
from server import logs

logs.set_up(json={json}, level="info")

def sign_in(password):
    raise RuntimeError("the database is away")

try:
    sign_in("north" + "wind")
except RuntimeError:
    structlog.get_logger().exception("request failed")
    logging.getLogger("aiohttp.server").exception("unhandled")
try:
    raise BadHttpMessage("Cookie: south" + "wind")
except BadHttpMessage:
    logging.getLogger("aiohttp.server").exception("Error handling request")
"""


@pytest.mark.parametrize("json", [False, True])
def test_a_traceback_names_the_error_and_no_variable(json: bool) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _FAILING.format(json=json)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert ran.stderr.count("the database is away") == 2
    assert "northwind" not in ran.stderr
    assert "southwind" not in ran.stderr  # broken HTTP is quoted by its error
