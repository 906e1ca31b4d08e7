"""Threads that continue the trace of the caller that started them.

A thread that outlives its request goes on in that request's trace: for a thread that serves many
requests, leave this off. The threads of a `ThreadPoolExecutor` are such: see `futures`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import thread as executor
from threading import Thread

from ..span import active
from .method import replace, restore

_MODULES_OF_SERVANTS = frozenset([executor.__name__, "tracer.writer"])
"""Modules whose threads serve the whole program rather than one request."""


def install() -> None:
    """Carry the current span along with `start`."""
    replace(Thread, "start", _start)


def uninstall() -> None:
    """Undo `install`."""
    restore(Thread, "start")


def _start(start: Callable[[Thread], None], thread: Thread) -> None:
    current = active.get()
    target = getattr(thread, "_target", None)
    if current is not None and getattr(target, "__module__", None) not in _MODULES_OF_SERVANTS:
        work = thread.run

        def run() -> None:
            del (
                thread.run
            )  # it refers to the thread: without this, only the garbage collector frees them
            active.set(current)  # for good: the context ends with the thread
            work()

        thread.run = run  # type: ignore[method-assign]
    start(thread)
