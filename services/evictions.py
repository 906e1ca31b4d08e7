"""The capacity of the cache: when it is full, whatever was kept first makes room.

Who pays for that? The request that needs the room sets the eviction off; the one that filled the
entry has left the work behind. So an entry's trace context is kept with it, and the eviction's span
has both: the one is its parent, the other its submitter.
"""

from __future__ import annotations

import time
from typing import cast

import redis

from services import current_trace
from services.dials import dials, pause

FILLED = "cache:filled"
"""Key of the sorted set with the keys of all entries, by when they were filled."""
FILLED_BY = "cache:filled_by"
"""Key of the hash with the trace context of whoever filled an entry, by the entry's key."""


class Evictions:
    """Keeps at most PAIRING_CACHE_SIZE entries in a Redis. Raises `redis.RedisError` if that is
    down."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def make_room(self, key: str) -> None:
        """Note that this request has just filled the entry `key`, and evict the oldest entries if
        there are too many now. Those that were kept while the dial was 0 do not count."""
        size = dials.PAIRING_CACHE_SIZE
        if size == 0:
            return
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.zadd(FILLED, {key: time.time()})
            pipeline.hset(FILLED_BY, key, current_trace.traceparent())
            pipeline.zcard(FILLED)
            entries = pipeline.execute()[-1]
        for _ in range(entries - size):
            self._evict_oldest()

    def _evict_oldest(self) -> None:
        oldest = cast("list[tuple[str, float]]", self._redis.zpopmin(FILLED))
        if not oldest:  # another request was faster
            return
        [(key, _)] = oldest
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hget(FILLED_BY, key)
            pipeline.hdel(FILLED_BY, key)
            pipeline.exists(key)
            filled_by, _, exists = pipeline.execute()
        if not exists:  # it has expired by itself
            return
        with current_trace.deferred("cache.evict", [filled_by]) as span:
            span.set_tag("cache.key", key)
            self.evict(key)

    def evict(self, key: str) -> None:
        """Clear the entry `key` away, unless it has expired by itself."""
        if self._redis.delete(key):
            pause(dials.EVICT_MS)
