"""Settings that keep a process which handles large bodies by many threads small and quick."""

from __future__ import annotations

import contextlib
import ctypes
import gc

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8
"""Numbers from glibc's malloc.h."""


def stay_small() -> None:
    """Have freed memory go back to the system, where the C library is glibc.

    Left alone it keeps an arena per thread, each as large as the largest body or answer that this
    thread ever handled. Call this before threads are started.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_TRIM_THRESHOLD, 1024 * 1024)


def collect_calmly() -> None:
    """Look for circular garbage less often: a payload is tens of thousands of objects, none of them
    in a circle, and looking through them all time and again costs a sixth of the throughput."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
