"""Ctrl-C and its like: what ends a command early, and when it has to wait for a moment.

SIGTERM and a closed terminal (SIGHUP) end a command just as Ctrl-C does: by a `KeyboardInterrupt`,
so that each `finally` on the way stops what was started.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a command early."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise `KeyboardInterrupt` during the `with` block.

    A signal that is ignored (`nohup`) stays so. Only the main thread gets signals: elsewhere this
    does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    changed = [number for number in SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C and its like until the end of the `with` block, which has to be short.

    It is for the moment between the start of a process and the note that it has to be stopped: an
    interrupt in between would leave it running for good.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    handlers = {
        number: handler for number in SIGNALS if callable(handler := signal.getsignal(number))
    }
    for number in handlers:
        signal.signal(number, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if caught:
        handlers[signal.Signals(caught[0])](caught[0], None)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
