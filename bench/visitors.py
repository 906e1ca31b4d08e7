"""A steady load for `bench.soak`: visitors of the app, and a person who looks at their traces."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.request import Request, urlopen

VISITS = {
    "/pair/beer?name=ipa": 1,
    "/pair/beer?name=stout": 1,
    "/beers": 3,
    "/donuts": 3,
    "/beers/ipa": 2,
    "/donuts/glazed": 2,
    "/beers/ipa/reviews": 1,
    "/beers/no-such-beer": 1,
}
"""What visitors ask for, and how often."""
SEARCHES = ("", "service:taster", "duration:>100ms", "error:1", "http.response.status_code:404")
PAGES = ("/routes", "/map", "/compare", "/what-if", "/api/what-if", "/load", "/stats")
MAX_WAITING_VISITS = 64
"""Visits under way or waiting; any more are skipped: the app has no time for them."""
THREADS = 16
TIMEOUT_S = 30
THINK_S = 2.0
"""Time that the person looks at a page."""
WATCH_S = 300.0
"""Time for which the person watches traces arrive before opening the page anew."""


class Visitors:
    """Threads that make requests until told to stop. No failure ends them: it is counted."""

    def __init__(self, web: str, ui: str, per_second: float) -> None:
        """Prepare visits to the app at `web`, and looks at the pages at `ui`."""
        self.counts: Counter[str] = Counter()
        """Requests by what became of them: `made`, `failed`, `skipped`."""
        self.per_second = per_second
        """Visits per second from now on."""
        self._web, self._ui = web, ui
        self._stop = threading.Event()
        self._random = random.Random(1)
        self._pool = ThreadPoolExecutor(THREADS)
        self._waiting = 0
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._until_stopped, args=(act,), daemon=True)
            for act in (self._visit_on_time, self._look_around, self._watch)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; requests under way are not waited for longer than they may take."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)
        for thread in self._threads:
            thread.join(TIMEOUT_S)

    def _until_stopped(self, act: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                act()
            except (OSError, HTTPException, ValueError, KeyError):  # answers that make no sense
                self._count("failed")
                self._stop.wait(1)

    def _visit_on_time(self) -> None:
        """Send visitors by the clock, however long the app takes for those before."""
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += 1 / self.per_second
            [path] = self._random.choices(list(VISITS), list(VISITS.values()))
            with self._lock:
                has_room = self._waiting < MAX_WAITING_VISITS
                self._waiting += has_room
            if has_room and not self._stop.is_set():
                self._pool.submit(self._visit, path)
            else:
                self._count("skipped")

    def _visit(self, path: str) -> None:
        try:
            self._get(self._web + path, accepted=(200, 404))
        except (OSError, HTTPException):
            self._count("failed")
        finally:
            with self._lock:
                self._waiting -= 1

    def _look_around(self) -> None:
        """Search, open a few traces as the page does, and look at every screen once."""
        query = self._random.choice(SEARCHES)
        self._page(f"/?q={query}")
        listed = json.loads(self._get(f"{self._ui}/api/traces?limit=50&q={query}"))["traces"]
        for trace in self._random.sample(listed, min(3, len(listed))):
            trace_id = trace["trace_id"]
            for path in (f"/trace/{trace_id}", f"/api/trace/{trace_id}"):
                self._get(self._ui + path)
            self._page(f"/api/trace/{trace_id}/insight")
        self._page(self._random.choice(PAGES))

    def _page(self, path: str) -> None:
        self._get(self._ui + path)
        self._stop.wait(THINK_S)

    def _watch(self) -> None:
        """Read the live stream."""
        until = time.monotonic() + WATCH_S
        with urlopen(f"{self._ui}/api/live", timeout=TIMEOUT_S) as stream:  # noqa: S310
            self._count("made")
            while not self._stop.is_set() and time.monotonic() < until:
                if not stream.readline():
                    return

    def _get(self, url: str, accepted: tuple[int, ...] = (200,)) -> bytes:
        """Return the body of a response. Raises `OSError` if there is none, or none accepted."""
        self._count("made")
        try:
            with urlopen(Request(url), timeout=TIMEOUT_S) as response:  # noqa: S310
                body: bytes = response.read()
                return body
        except OSError as problem:
            if getattr(problem, "code", None) not in accepted:
                raise
            return b""

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1
