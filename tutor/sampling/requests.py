"""Many requests to the app, so that there are traces to sample."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from queue import SimpleQueue
from random import Random
from urllib.parse import quote

from tutor import http
from tutor.errors import NotReadyError

WORKERS = 16
SEED = 15
TIMEOUT_S = 30.0
MAX_FAILURES = 20
"""So many requests in a row that nobody answers end the load."""
SHARES = {
    "/beers": 30,
    "/donuts": 30,
    "/beers/{beer}": 33,
    "/beers/{beer}/reviews": 2,
    "/menu": 1,
    "/beers/no-such-beer": 3,
    "/pair/beer?name={beer}": 1,
}
"""The paths that are asked for, and how often of a hundred times. The slow one is rare: that is
what samples miss, and 20,000 requests take minutes rather than hours."""


def paths(beers: list[str]) -> Iterator[str]:
    """Yield paths to ask for, without an end; each time the same ones in the same order."""
    random = Random(SEED)
    while True:
        (path,) = random.choices(list(SHARES), list(SHARES.values()))
        yield path.format(beer=quote(random.choice(beers)))


def make_requests(web: str, number: int, show: Callable[[str], None]) -> None:
    """Make so many requests, `WORKERS` at a time; `show` takes how far that is, in words. Whatever
    ends this early, no further request is made.

    Raises `NotReadyError` if nobody answers.
    """
    beers = [beer["name"] for beer in http.get(f"{web}/beers", TIMEOUT_S).json()["beers"]]
    work = _Work(web, islice(paths(beers), number))
    for _ in range(WORKERS):
        # Daemons: an interrupted command does not wait for what is under way.
        threading.Thread(target=work.do, daemon=True).start()
    failures = 0
    try:
        for done in range(1, number + 1):
            failures = 0 if work.answered.get() else failures + 1
            if failures >= MAX_FAILURES:
                raise NotReadyError(f"{web} does not answer any more: ./workshop status")
            show(f"{done:,} of {number:,} requests …")
    finally:
        work.stop.set()


class _Work:
    """The requests still to be made, for several threads."""

    def __init__(self, web: str, left: Iterator[str]) -> None:
        self._web = web
        self._left = left
        self._lock = threading.Lock()
        self.stop = threading.Event()
        self.answered: SimpleQueue[bool] = SimpleQueue()
        """For each request that was made, whether there was any answer."""

    def do(self) -> None:
        """Make requests until there are none left."""
        while (path := self._next()) and not self.stop.is_set():
            try:
                http.get(f"{self._web}{path}", TIMEOUT_S)
            except NotReadyError:
                self.answered.put(False)
            else:
                self.answered.put(True)

    def _next(self) -> str | None:
        with self._lock:
            return next(self._left, None)
