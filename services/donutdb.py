"""What changes from day to day, kept in Redis: the bakers' opinions, and cached pairings."""

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
from services.evictions import Evictions
from services.flavour import opinion
from services.menu import DONUTS
from services.singleflight import SingleFlight

DEFAULT_URL = "redis://127.0.0.1:6379/0"
TIMEOUT_S = 2

Pairing = dict[str, Any]


class DonutDB:
    """The Redis that REDIS_URL names, as the matchmaker needs it. Safe for use by threads.

    Every method raises `redis.RedisError` if Redis is down.
    """

    def __init__(self) -> None:
        self._redis = _connect(os.environ.get("REDIS_URL") or DEFAULT_URL)
        self._flights = SingleFlight[Pairing]()
        self._evictions = Evictions(self._redis)

    def opinion(self, donut: str) -> int:
        """Return what the bakers think of a donut right now, 0 to 100: one GET (bottleneck 2)."""
        if dials.OPINIONS_AT_ONCE and has_app_context():
            if "opinions" not in g:
                g.opinions = self.opinions([donut.name for donut in DONUTS])
            return g.opinions[donut]
        text = cast("str | None", self._redis.get(f"opinion:{donut}"))
        if text is None:
            self._fill()
        return opinion(donut) if text is None else int(text)

    def opinions(self, donuts: Sequence[str]) -> dict[str, int]:
        """Return what the bakers think of each of the donuts right now, with one MGET."""
        keys = [f"opinion:{donut}" for donut in donuts]
        texts = cast("list[str | None]", self._redis.mget(keys))
        if None in texts:
            self._fill()
        return {
            donut: opinion(donut) if text is None else int(text)
            for donut, text in zip(donuts, texts, strict=True)
        }

    def pairing(self, beer: str, find: Callable[[str], Pairing]) -> Pairing:
        """Return the pairing cached for a beer, or else the one that `find` returns.

        Each pairing is looked up first, although none is ever cached: PAIRING_CACHE_S is 0
        (bottleneck 5). Pairings cached before that dial was turned back to 0 do not count.
        """
        kept = cast("str | None", self._redis.get(f"pairing:{beer}"))
        if dials.PAIRING_CACHE_S == 0:
            kept = None
        tag("cache.hit", "true" if kept else "false")
        if kept:
            return json.loads(kept)
        if dials.SINGLE_FLIGHT:
            return self._flights.do(beer, lambda: self._find_and_keep(beer, find))
        return self._find_and_keep(beer, find)

    def kept(self, key: str) -> Any:
        """Return the value kept under `key`; None if there is none, or if it has expired."""
        text = cast("str | None", self._redis.get(key))
        return None if text is None else json.loads(text)

    def keep(self, key: str, value: Any, seconds: float) -> None:
        """Keep `value`, anything that JSON can hold, under `key` for `seconds`. If the cache is
        full, the oldest entry makes room (`services.evictions`)."""
        self._redis.set(key, json.dumps(value), px=max(1, round(seconds * 1000)))
        self._evictions.make_room(key)

    def evict(self, key: str) -> None:
        """Clear away what is kept under `key`; that takes its time (EVICT_MS)."""
        self._evictions.evict(key)

    def _find_and_keep(self, beer: str, find: Callable[[str], Pairing]) -> Pairing:
        pairing = find(beer)
        if dials.PAIRING_CACHE_S > 0 and not pairing.get("untasted"):
            self.keep(f"pairing:{beer}", pairing, dials.PAIRING_CACHE_S)
        return pairing

    def _fill(self) -> None:
        """Write all opinions that are missing: Redis is empty, or was wiped."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for donut in DONUTS:
                pipeline.set(f"opinion:{donut.name}", opinion(donut.name), nx=True)
            pipeline.execute()


class DelayedConnection:
    """Makes a connection slower by REDIS_ROUND_TRIP_MS per request, whatever its size."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Wait, then send. A pipeline is sent as a whole, so it waits once."""
        pause(dials.REDIS_ROUND_TRIP_MS)
        super().send_packed_command(command, check_health)  # type: ignore[misc]


def _connect(url: str) -> redis.Redis:
    try:
        pool = redis.ConnectionPool.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),  # once: Redis may have restarted in the meantime
        )
    except ValueError as problem:
        raise SystemExit(f"REDIS_URL {url!r} is not the address of a Redis: {problem}") from None
    plain = pool.connection_class
    pool.connection_class = type(f"Delayed{plain.__name__}", (DelayedConnection, plain), {})
    return redis.Redis(connection_pool=pool)
