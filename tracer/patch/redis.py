"""Redis commands, one span each; a pipeline is one span for all its commands.

Only keys are recorded, never values, and nothing outside of a trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from ..span import Span
from ..text import to_text
from ..tracer import tracer
from .method import replace, restore

_QUOTE_END = " of pipeline caused error: "
"""The words between the command and the reason in the text of a pipeline's error."""

_WITH_KEY = frozenset(
    """APPEND DECR DECRBY EXPIRE GET GETDEL GETEX GETSET HDEL HEXISTS HGET HGETALL HINCRBY HKEYS
    HLEN HMGET HMSET HSET HSETNX HVALS INCR INCRBY INCRBYFLOAT LINDEX LLEN LPOP LPUSH LRANGE LREM
    LSET LTRIM PERSIST PEXPIRE PSETEX PTTL RPOP RPUSH SADD SCARD SET SETEX SETNX SISMEMBER
    SMEMBERS SPOP SREM STRLEN TTL TYPE ZADD ZCARD ZCOUNT ZINCRBY ZRANGE ZRANK ZREM""".split()  # noqa: SIM905
)
"""Commands whose first argument is a key. In others it may be a password or a message."""
_ONLY_KEYS = frozenset(["DEL", "EXISTS", "MGET", "TOUCH", "UNLINK", "WATCH"])
"""Commands that take nothing but keys as arguments."""


def install() -> None:
    """Trace all clients' commands and pipelines."""
    replace(Redis, "execute_command", _command)
    replace(Pipeline, "immediate_execute_command", _command)
    replace(Pipeline, "execute", _pipeline)


def uninstall() -> None:
    """Undo `install`."""
    restore(Redis, "execute_command")
    restore(Pipeline, "immediate_execute_command")
    restore(Pipeline, "execute")


def _command(execute: Callable[..., Any], client: Redis, *args: Any, **options: Any) -> Any:
    if tracer.current_span() is None:
        return execute(client, *args, **options)
    command = to_text(args[0]).upper()
    with _span(client, command) as span:
        if command in _WITH_KEY and len(args) > 1:
            span.set_tag("redis.key", args[1])
        elif command in _ONLY_KEYS:
            span.set_tag("redis.key", " ".join(map(to_text, args[1:])))
            span.set_tag("redis.keys", len(args) - 1)
        return execute(client, *args, **options)


def _pipeline(execute: Callable[..., Any], client: Pipeline, *args: Any, **kwargs: Any) -> Any:
    commands = [to_text(arguments[0]).upper() for arguments, _ in client.command_stack]
    if tracer.current_span() is None or not commands:
        return execute(client, *args, **kwargs)
    # Each command once, so that pipelines of the same shape have the same resource.
    with _span(client, f"PIPELINE {' '.join(dict.fromkeys(commands))}") as span:
        span.set_tag("redis.commands", len(commands))
        try:
            return execute(client, *args, **kwargs)
        except RedisError as error:
            _, quote, reason = str(error).partition(_QUOTE_END)
            if quote:  # it quotes the command with its values; `errors` prefers `orig`
                error.orig = RedisError(reason)  # type: ignore[attr-defined]
            raise


def _span(client: Redis, resource: str) -> Span:
    address = client.connection_pool.connection_kwargs.get("host", "")
    tags = {"span.kind": "client", "db.system": "redis", "server.address": address}
    return tracer.trace(
        "redis.command", service="redis", resource=resource, type="redis", tags=tags
    )
