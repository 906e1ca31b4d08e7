"""Turns at decoding bodies: a few at a time, and none for a client that is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from collector.receivers.body import BodyError
from collector.store.group_commit import BusyError

TURNS = 4
"""Bodies decoded at the same time: a few large ones must not fill the memory."""
MAX_WAIT_S = 10
"""Wait for a turn; whoever waits holds one of the server's threads."""
LOOK_EVERY_S = 0.25

_turns = threading.BoundedSemaphore(TURNS)


@contextmanager
def decoding() -> Iterator[None]:
    """Take one of the turns for the length of a `with` block.

    Raises `BusyError` if none is free in time, `BodyError` if the client is gone by then.
    """
    _wait()
    try:
        check_client()
        yield
    finally:
        _turns.release()


def check_client() -> None:
    """Raise `BodyError` if nobody waits for the answer to this request any more."""
    if request.environ.get("waitress.client_disconnected", bool)():
        raise BodyError(408, "client_gone", "the client is gone; nothing was stored")


def _wait() -> None:
    deadline = time.monotonic() + MAX_WAIT_S
    while not _turns.acquire(timeout=LOOK_EVERY_S):
        check_client()
        if time.monotonic() > deadline:
            raise BusyError
