"""singleflight: when many want the same thing at the same time, one fetches it for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from services.current_trace import part

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Joins calls for the same key that overlap in time."""

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._under_way: dict[str, Future[T]] = {}

    def do(self, key: str, fetch: Callable[[], T]) -> T:
        """What `fetch` returns or raises: called here, or by somebody who is at it already.

        Waiting for somebody else is a span: `pairing.wait`.
        """
        with self._state:
            theirs = self._under_way.get(key)
            if theirs is None:
                mine: Future[T] = Future()
                self._under_way[key] = mine
        if theirs is not None:
            with part("pairing.wait"):
                return theirs.result()
        try:
            mine.set_result(fetch())
        except BaseException as problem:
            mine.set_exception(problem)
        finally:
            with self._state:
                del self._under_way[key]
        return mine.result()
