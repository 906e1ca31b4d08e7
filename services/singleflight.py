"""Single flight: when many need the same thing at the same time, one of them fetches it for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from services.current_trace import span

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Joins calls for the same key that overlap in time."""

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._under_way: dict[str, Future[T]] = {}

    def do(self, key: str, fetch: Callable[[], T]) -> T:
        """Return what `fetch` returns, called here or by another thread that is already at it.

        If `fetch` raises, all callers get the exception. Waiting for another thread is a span,
        `pairing.wait`.
        """
        with self._state:
            theirs = self._under_way.get(key)
            if theirs is None:
                mine: Future[T] = Future()
                self._under_way[key] = mine
        if theirs is not None:
            with span("pairing.wait"):
                return theirs.result()
        try:
            mine.set_result(fetch())
        except BaseException as problem:
            mine.set_exception(problem)
        finally:
            with self._state:
                del self._under_way[key]
        return mine.result()
