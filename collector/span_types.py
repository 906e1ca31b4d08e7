"""Types of spans that say what was called."""

from __future__ import annotations

CACHE_TYPES = frozenset(("cache", "redis", "memcached", "valkey"))
"""Types of look-ups by a key."""
DATASTORE_TYPES = CACHE_TYPES | frozenset(
    """sql db mongodb cassandra elasticsearch opensearch dynamodb postgresql mysql mariadb sqlite
    mssql oracle clickhouse""".split()  # noqa: SIM905
)
"""Types of calls to a database or a cache."""
