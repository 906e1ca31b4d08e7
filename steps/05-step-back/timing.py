"""A stopwatch for functions and blocks: every run leaves a line, with its request's id."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

from flask import g, request

service = Path(sys.argv[0]).stem  # web or taster; both write to the same log
folder = Path(os.environ.get("LOG_DIR") or Path(__file__).parent)
handler = logging.FileHandler(folder / "timing.log")
handler.setFormatter(logging.Formatter(f"%(asctime)s {service} %(message)s"))

log = logging.getLogger("timing")
log.setLevel(logging.INFO)
log.addHandler(handler)


def request_id() -> str:
    """Return the id of the current request: the one it came with, or else a new one."""
    if "request_id" not in g:
        g.request_id = request.headers.get("X-Request-ID") or secrets.token_hex(8)
    return g.request_id


@contextmanager
def stopwatch(name: str) -> Iterator[None]:
    """Time a `with` block: it leaves a line in the log, even if it fails."""
    began = perf_counter()
    try:
        yield
    finally:
        milliseconds = (perf_counter() - began) * 1000
        log.info("%s %s took %.1f ms", request_id(), name, milliseconds)


def timed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function: every call leaves a line in the log, even one that fails."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with stopwatch(function.__name__):
            return function(*args, **kwargs)

    return wrapper
