"""How a process of the collector uses memory. To be called before it starts threads."""

from __future__ import annotations

import contextlib
import ctypes
import gc

_MALLOC_TRIM_THRESHOLD, _MALLOC_ARENA_MAX = -1, -8
"""Parameters of `mallopt`, from glibc's malloc.h."""


def return_freed_memory() -> None:
    """Have freed memory go back to the system, if the C library is glibc.

    By default glibc keeps an arena per thread, each as large as the largest body or answer that the
    thread ever handled. Call this before threads are started.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MALLOC_ARENA_MAX, 1)
        libc.mallopt(_MALLOC_TRIM_THRESHOLD, 1024 * 1024)


def collect_garbage_rarely() -> None:
    """Look for circular garbage less often.

    A payload is tens of thousands of objects, none of them in a circle; looking through all of them
    again and again costs a sixth of the throughput.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
