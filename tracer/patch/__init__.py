"""Tracing for libraries that know nothing of it, one module per library."""

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
    threads: bool = False,
) -> None:
    """Trace what the program does with the given libraries from now on. A second call is harmless.

    `sqlalchemy` records each statement and each wait for a connection, `redis` each command,
    `requests` each HTTP request, with which it sends the trace along; `futures` carries the
    current span into the threads of a `ThreadPoolExecutor`, `threads` into each `threading.Thread`
    that is started. OpenTelemetry calls these instrumentations.
    """
    choices = {
        "sqlalchemy": sqlalchemy,
        "redis": redis,
        "requests": requests,
        "futures": futures,
        "threads": threads,
    }
    for library, chosen in choices.items():
        if chosen and library not in _patched:
            try:
                import_module(f"{__name__}.{library}").install()
            except ImportError as error:
                log.warning("patch(%s=True) changes nothing: %s", library, error)
            else:
                _patched.add(library)


def unpatch() -> None:
    """Restore the libraries as they were before `patch`."""
    while _patched:
        import_module(f"{__name__}.{_patched.pop()}").uninstall()
