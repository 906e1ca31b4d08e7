"""donutdb: what changes with the day, kept in Redis: the bakers' opinions, and pairings found."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, cast

import redis
from flask import g, has_app_context
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.current_trace import tag
from services.dials import dials, pause
from services.flavour import opinion
from services.menu import DONUTS
from services.singleflight import SingleFlight

DEFAULT_URL = "redis://127.0.0.1:6379/0"
TIMEOUT_S = 2

Pairing = dict[str, Any]


class DonutDB:
    """The Redis that REDIS_URL names, as the matchmaker needs it. Any number of threads may use it.

    Every method raises `redis.RedisError` where Redis is away.
    """

    def __init__(self) -> None:
        self._redis = _connect(os.environ.get("REDIS_URL") or DEFAULT_URL)
        self._finding = SingleFlight[Pairing]()

    def opinion(self, donut: str) -> int:
        """What the bakers think of a donut right now, 0 to 100: one GET each (bottleneck 2)."""
        if dials.OPINIONS_AT_ONCE and has_app_context():
            if "opinions" not in g:
                g.opinions = self.opinions([each.name for each in DONUTS])
            return g.opinions[donut]
        text = cast("str | None", self._redis.get(f"opinion:{donut}"))
        if text is None:
            self._fill()
        return opinion(donut) if text is None else int(text)

    def opinions(self, donuts: Sequence[str]) -> dict[str, int]:
        """The same of many donuts, in one MGET."""
        found = cast("list[str | None]", self._redis.mget([f"opinion:{each}" for each in donuts]))
        if None in found:
            self._fill()
        return {
            donut: opinion(donut) if text is None else int(text)
            for donut, text in zip(donuts, found, strict=True)
        }

    def pairing(self, beer: str, find: Callable[[str], Pairing]) -> Pairing:
        """The pairing kept for a beer, or else the one that `find` finds for it.

        Each one is looked up first, and none is ever kept: for 0 seconds (bottleneck 5). What was
        kept before that dial was turned back does not count.
        """
        kept = cast("str | None", self._redis.get(f"pairing:{beer}"))
        if dials.PAIRING_CACHE_S == 0:
            kept = None
        tag("cache.hit", "true" if kept else "false")
        if kept:
            return json.loads(kept)
        if dials.SINGLE_FLIGHT:
            return self._finding.do(beer, lambda: self._find_and_keep(beer, find))
        return self._find_and_keep(beer, find)

    def kept(self, key: str) -> Any:
        """What is kept under `key`; None if nothing is, or no longer."""
        text = cast("str | None", self._redis.get(key))
        return None if text is None else json.loads(text)

    def keep(self, key: str, value: Any, seconds: float) -> None:
        """Keep `value`, which JSON can hold, under `key` for so many `seconds`."""
        self._redis.set(key, json.dumps(value), px=max(1, round(seconds * 1000)))

    def _find_and_keep(self, beer: str, find: Callable[[str], Pairing]) -> Pairing:
        found = find(beer)
        if dials.PAIRING_CACHE_S > 0 and not found.get("untasted"):
            self.keep(f"pairing:{beer}", found, dials.PAIRING_CACHE_S)
        return found

    def _fill(self) -> None:
        """Write down all opinions that are not there: Redis is empty, or was wiped."""
        with self._redis.pipeline(transaction=False) as asking:
            for each in DONUTS:
                asking.set(f"opinion:{each.name}", opinion(each.name), nx=True)
            asking.execute()


class Distant:
    """Makes a connection REDIS_ROUND_TRIP_MS slower for each request, however much is in it."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Wait, then send. A pipeline is sent at once, and so waits once."""
        pause(dials.REDIS_ROUND_TRIP_MS)
        super().send_packed_command(command, check_health)  # type: ignore[misc]


def _connect(url: str) -> redis.Redis:
    try:
        pool = redis.ConnectionPool.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),  # once: the connection may be older than the server
        )
    except ValueError as problem:
        raise SystemExit(f"REDIS_URL {url!r} is not an address of a Redis: {problem}") from None
    plain = pool.connection_class
    pool.connection_class = type(f"Distant{plain.__name__}", (Distant, plain), {})
    return redis.Redis(connection_pool=pool)
