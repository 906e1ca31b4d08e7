"""Tracing for libraries that know nothing of it: one module per library."""

from __future__ import annotations

import logging
from importlib import import_module

log = logging.getLogger("tracer")

_patched: set[str] = set()


def patch(
    *,
    sqlalchemy: bool = False,
    redis: bool = False,
    requests: bool = False,
    futures: bool = False,
) -> None:
    """Trace what the program does with the libraries named, from now on and only once.

    `sqlalchemy` records each statement and each wait for a connection, `redis` each command,
    `requests` each HTTP request, and sends the trace along; `futures` carries the current span
    into the threads of a `ThreadPoolExecutor`.
    """
    wanted = {"sqlalchemy": sqlalchemy, "redis": redis, "requests": requests, "futures": futures}
    for library, yes in wanted.items():
        if yes and library not in _patched:
            try:
                import_module(f"{__name__}.{library}").install()
            except ImportError as error:
                log.warning("patch(%s=True) changes nothing: %s", library, error)
            else:
                _patched.add(library)


def unpatch() -> None:
    """Leave the libraries as they were before `patch`."""
    while _patched:
        import_module(f"{__name__}.{_patched.pop()}").uninstall()
