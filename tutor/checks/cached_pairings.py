"""What the app keeps of its pairings in Redis: which keys, for how long, and what if it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tutor.checks.probe import Probe
from tutor.errors import NotReadyError

OPINION_PREFIX = "opinion:"
"""How those keys begin that the app has from the start."""


class CachedPairings:
    """The keys of `app`'s Redis that name a beer.

    Every method raises `NotReadyError` if Redis does not answer.
    """

    def __init__(self, app: Probe) -> None:
        import redis  # takes a third of a second, and most checks need none of it

        self._url = app.target.redis
        self._error = redis.RedisError
        self._redis = redis.Redis.from_url(self._url, decode_responses=True, socket_timeout=5)

    def keys(self, beer: str) -> list[str]:
        """Return the keys that name that beer."""
        with self._reachable():
            keys = self._redis.scan_iter(match=f"*{beer.replace(' ', '*')}*", count=1000)
            return sorted(key for key in keys if not key.startswith(OPINION_PREFIX))

    def seconds_left(self, key: str) -> float | None:
        """Return the seconds until `key` expires: None if never, 0 if there is no such key."""
        with self._reachable():
            left_ms = self._redis.pttl(key)
        return None if left_ms == -1 else max(left_ms, 0) / 1000

    def expire(self, *beers: str) -> None:
        """Remove all that is kept of these beers, as if it had just expired."""
        keys = [key for beer in beers for key in self.keys(beer)]
        with self._reachable():
            if keys:
                self._redis.delete(*keys)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except self._error as problem:
            raise NotReadyError(f"no answer from the Redis at {self._url}: {problem}") from None
        finally:
            self._redis.close()  # it connects again for the next question
