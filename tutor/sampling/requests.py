"""Many requests to the app, so that there are traces to sample."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
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
    "/beers": 25,
    "/donuts": 20,
    "/beers/{beer}": 25,
    "/beers/{beer}/reviews": 5,
    "/pair/beer?name={beer}": 20,
    "/menu": 2,
    "/beers/no-such-beer": 3,
}
"""The paths that are asked for, and how often of a hundred times."""


def paths(beers: list[str]) -> Iterator[str]:
    """Yield paths to ask for, without an end; each time the same ones in the same order."""
    random = Random(SEED)
    while True:
        (path,) = random.choices(list(SHARES), list(SHARES.values()))
        yield path.format(beer=quote(random.choice(beers)))


def make_requests(web: str, number: int, show: Callable[[str], None]) -> None:
    """Make so many requests, `WORKERS` at a time; `show` takes how far that is, in words.

    Raises `NotReadyError` if nobody answers.
    """
    beers = [beer["name"] for beer in http.get(f"{web}/beers", TIMEOUT_S).json()["beers"]]
    stop = threading.Event()
    left = islice(paths(beers), number)
    failures = done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            running = {pool.submit(_ask, web, path, stop) for path in islice(left, 2 * WORKERS)}
            while running:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for request in ended:
                    failures = 0 if request.result() else failures + 1
                done += len(ended)
                if failures >= MAX_FAILURES:
                    raise NotReadyError(f"{web} does not answer any more: ./workshop status")
                running |= {pool.submit(_ask, web, path, stop) for path in islice(left, len(ended))}
                show(f"{done:,} of {number:,} requests …")
        finally:
            stop.set()


def _ask(web: str, path: str, stop: threading.Event) -> bool:
    """Make a request; return whether there was any answer."""
    if stop.is_set():
        return True
    try:
        http.get(f"{web}{path}", TIMEOUT_S)
    except NotReadyError:
        return False
    return True
