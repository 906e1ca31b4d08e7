"""Redis commands, one span each; a pipeline is one span for all its commands.

Only keys are recorded, never values, and nothing outside of a trace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from ..containment import contained
from ..span import Span
from ..text import to_text
from ..tracer import tracer
from .method import replace, restore

_COMMAND = re.compile(r"[A-Z][A-Z0-9_.-]*( [A-Z0-9_.-]+)?")
_WITH_KEY = frozenset(
    """APPEND DECR DECRBY EXPIRE GET GETDEL GETEX GETSET HDEL HEXISTS HGET HGETALL HINCRBY HKEYS
    HLEN HMGET HMSET HSET HSETNX HVALS INCR INCRBY INCRBYFLOAT LINDEX LLEN LPOP LPUSH LRANGE LREM
    LSET LTRIM PERSIST PEXPIRE PSETEX PTTL RPOP RPUSH SADD SCARD SET SETEX SETNX SISMEMBER
    SMEMBERS SPOP SREM STRLEN TTL TYPE ZADD ZCARD ZCOUNT ZINCRBY ZRANGE ZRANK ZREM""".split()  # noqa: SIM905
)
"""Commands whose first argument is a key. In others it may be a password or a message."""
_ONLY_KEYS = frozenset(["DEL", "EXISTS", "MGET", "TOUCH", "UNLINK", "WATCH"])
"""Commands that take nothing but keys as arguments."""
_CONTAINERS = frozenset(
    """ACL CLIENT CLUSTER COMMAND CONFIG DEBUG FUNCTION LATENCY MEMORY MODULE OBJECT PUBSUB SCRIPT
    SENTINEL SLOWLOG XGROUP XINFO""".split()  # noqa: SIM905
)
"""Commands of which the second word belongs to the name."""
_SCRIPTS = frozenset(["EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"])


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
    command, arguments = "", list[Any]()
    with contained:
        command, arguments = _split(args)
    with _span(client, command) as span:
        if command in _WITH_KEY and arguments:
            span.set_tag("redis.key", arguments[0])
        elif command in _ONLY_KEYS:
            span.set_tag("redis.key", " ".join(map(to_text, arguments)))
            span.set_tag("redis.keys", len(arguments))
        with _scripts_say_nothing(command in _SCRIPTS):
            return execute(client, *args, **options)


def _pipeline(execute: Callable[..., Any], client: Pipeline, *args: Any, **kwargs: Any) -> Any:
    commands: list[str] = []
    with contained:
        commands = [_split(arguments)[0] for arguments, _ in client.command_stack]
    if tracer.current_span() is None or not commands:
        return execute(client, *args, **kwargs)
    # Each command once, so that pipelines of the same shape have the same resource.
    with _span(client, f"PIPELINE {' '.join(dict.fromkeys(commands))}") as span:
        span.set_tag("redis.commands", len(commands))
        with _scripts_say_nothing(not _SCRIPTS.isdisjoint(commands)):
            return execute(client, *args, **kwargs)


def _split(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the command in upper case, and its arguments.

    The first argument may be the whole command, as text (`"SET beer ipa"`): redis splits it, too.
    """
    first, *others = to_text(args[0]).split() or [""]
    command = first.upper()
    if command in _CONTAINERS and others:
        command = f"{command} {others.pop(0).upper()}"
    return command if _COMMAND.fullmatch(command) else "", [*others, *args[1:]]


@contextmanager
def _scripts_say_nothing(has_script: bool) -> Iterator[None]:
    """Mark the errors of scripts, which have words of their own, so that no words are recorded."""
    try:
        yield
    except RedisError as error:
        if has_script:
            with contained:
                error.orig = RedisError("the script failed")  # type: ignore[attr-defined]
        raise


def _span(client: Redis, resource: str) -> Span:
    span = tracer.trace("redis.command", service="redis", resource=resource, type="redis")
    with contained:
        address = client.connection_pool.connection_kwargs.get("host", "")
        span.set_tags({"span.kind": "client", "db.system": "redis", "server.address": address})
    return span
