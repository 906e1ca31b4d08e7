"""What the app keeps in Redis of its pairings: whether it does, how long, and without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tutor.checks.probe import Probe
from tutor.errors import NotReadyError

OPINIONS = "opinion:"
"""How the keys begin that are the app's from the start."""


class Shelf:
    """The keys of `app`'s Redis that name a beer. Every method raises `NotReadyError` where Redis
    is away."""

    def __init__(self, app: Probe) -> None:
        self._url = app.target.redis
        self._redis = redis.Redis.from_url(self._url, decode_responses=True, socket_timeout=5)

    def keys(self, beer: str) -> list[str]:
        """Those that name that beer."""
        with self._within_reach():
            found = self._redis.scan_iter(match=f"*{beer.replace(' ', '*')}*", count=1000)
            return sorted(key for key in found if not key.startswith(OPINIONS))

    def seconds_left(self, key: str) -> float | None:
        """Until that key expires; None if it never does. 0 if there is no such key."""
        with self._within_reach():
            left = self._redis.pttl(key)
        return None if left == -1 else max(left, 0) / 1000

    def clear(self, *beers: str) -> None:
        """Have everything expire that is kept of these beers."""
        keys = [key for beer in beers for key in self.keys(beer)]
        with self._within_reach():
            if keys:
                self._redis.delete(*keys)

    @contextmanager
    def _within_reach(self) -> Iterator[None]:
        try:
            yield
        except redis.RedisError as problem:
            raise NotReadyError(f"no answer from the Redis at {self._url}: {problem}") from None
