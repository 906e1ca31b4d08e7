"""Turns at decoding bodies: a few at a time, and none for clients that are gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from collector.receivers.body import BodyError
from collector.store.group_commit import BusyError

MAX_BODIES = 4
"""Bodies decoded at the same time: a few large ones must not fill the memory."""
MAX_WAIT_S = 10
"""Wait for a turn; a request that waits holds one of the server's threads."""
CLIENT_CHECK_INTERVAL_S = 0.25
"""Time between two looks at whether the client still waits."""

_turns = threading.BoundedSemaphore(MAX_BODIES)


@contextmanager
def decoding() -> Iterator[None]:
    """Hold one of the turns for the length of a `with` block.

    Raises `BusyError` if none is free in time, `BodyError` if the client is gone by then.
    """
    _take_turn()
    try:
        check_client()
        yield
    finally:
        _turns.release()


def check_client() -> None:
    """Raise `BodyError` if the client of this request no longer waits for the answer."""
    if request.environ.get("waitress.client_disconnected", bool)():
        raise BodyError(408, "client_gone", "the client is gone; nothing was stored")


def _take_turn() -> None:
    deadline = time.monotonic() + MAX_WAIT_S
    while not _turns.acquire(timeout=CLIENT_CHECK_INTERVAL_S):
        check_client()
        if time.monotonic() > deadline:
            raise BusyError
