"""Redis commands, one span each; a pipeline is one span for all its commands.

Only keys are recorded, never values, and nothing outside of a trace.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.client import Pipeline as AsyncPipeline
from redis.client import Pipeline
from redis.exceptions import NoScriptError, RedisError, WatchError

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

_ANSWERS = {NoScriptError: "NOSCRIPT", WatchError: "WATCH"}
"""Exceptions that are answers: redis-py loads the script, or begins the transaction again."""

Client = Redis | AsyncRedis


def install() -> None:
    """Trace all clients' commands and pipelines, also those of `redis.asyncio`."""
    for method, around in _METHODS.items():
        replace(*method, around)


def uninstall() -> None:
    """Undo `install`."""
    for method in _METHODS:
        restore(*method)


def _command(execute: Callable[..., Any], client: Redis, *args: Any, **options: Any) -> Any:
    if tracer.current_span() is None:
        return execute(client, *args, **options)
    with _command_span(client, args):
        return execute(client, *args, **options)


async def _async_command(
    execute: Callable[..., Awaitable[Any]], client: AsyncRedis, *args: Any, **options: Any
) -> Any:
    if tracer.current_span() is None:
        return await execute(client, *args, **options)
    with _command_span(client, args):
        return await execute(client, *args, **options)


def _pipeline(execute: Callable[..., Any], client: Pipeline, *args: Any, **kwargs: Any) -> Any:
    if tracer.current_span() is None or not client.command_stack:
        return execute(client, *args, **kwargs)
    with _pipeline_span(client):
        return execute(client, *args, **kwargs)


async def _async_pipeline(
    execute: Callable[..., Awaitable[Any]], client: AsyncPipeline, *args: Any, **kwargs: Any
) -> Any:
    if tracer.current_span() is None or not client.command_stack:
        return await execute(client, *args, **kwargs)
    with _pipeline_span(client):
        return await execute(client, *args, **kwargs)


_METHODS: dict[tuple[type, str], Callable[..., Any]] = {
    (Redis, "execute_command"): _command,
    (Pipeline, "immediate_execute_command"): _command,
    (Pipeline, "execute"): _pipeline,
    (AsyncRedis, "execute_command"): _async_command,
    (AsyncPipeline, "immediate_execute_command"): _async_command,
    (AsyncPipeline, "execute"): _async_pipeline,
}


def _command_span(client: Client, args: Sequence[Any]) -> _Execution:
    """Start a span for a command that is about to be executed."""
    span = _start_span()
    command = ""
    if span.is_recording:
        with contained:
            command, arguments = _split(args)
            _describe(span, client, command)
            if command in _WITH_KEY and arguments:
                span.set_tag("redis.key", arguments[0])
            elif command in _ONLY_KEYS:
                span.set_tag("redis.key", " ".join(map(to_text, arguments)))
                span.set_tag("redis.keys", len(arguments))
    return _Execution(span, has_script=command in _SCRIPTS)


def _pipeline_span(client: Pipeline | AsyncPipeline) -> _Execution:
    """Start a span for a pipeline that is about to be executed."""
    span = _start_span()
    commands: list[str] = []
    if span.is_recording:
        with contained:
            commands = [_split(arguments)[0] for arguments, _ in client.command_stack]
            # Each command once, so that pipelines of the same shape have the same resource.
            _describe(span, client, f"PIPELINE {' '.join(dict.fromkeys(commands))}")
            span.set_tag("redis.commands", len(commands))
    return _Execution(span, has_script=not _SCRIPTS.isdisjoint(commands))


def _split(args: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Return the command in upper case, and its arguments.

    The first argument may be the whole command, as text (`"SET beer ipa"`): redis splits it, too.
    """
    name = args[0]
    if type(name) is str and name in _WITH_KEY:
        return name, args[1:]
    first, *others = to_text(name).split() or [""]
    command = first.upper()
    if command in _CONTAINERS and others:
        command = f"{command} {others.pop(0).upper()}"
    return command if _COMMAND.fullmatch(command) else "", [*others, *args[1:]]


def _start_span() -> Span:
    return tracer.trace("redis.command", service="redis", type="redis")


def _describe(span: Span, client: Client, resource: str) -> None:
    span.resource = resource
    span.set_tag("span.kind", "client")
    span.set_tag("db.system", "redis")
    span.set_tag("server.address", client.connection_pool.connection_kwargs.get("host", ""))


class _Execution:
    """A block that executes something; it finishes the span, as failed if the block fails.

    Scripts have words of their own for their errors, which are not recorded.
    """

    __slots__ = ("_has_script", "_span")

    def __init__(self, span: Span, has_script: bool) -> None:
        self._span = span
        self._has_script = has_script

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        if kind is None:
            self._span.finish()
            return
        answers = [word for answer, word in _ANSWERS.items() if issubclass(kind, answer)]
        if answers:
            self._span.set_tag("db.response.status_code", answers[0])
            self._span.finish()
            return
        if self._has_script and issubclass(kind, RedisError):
            with contained:
                error.orig = RedisError("the script failed")  # type: ignore[union-attr]
        self._span.__exit__(kind, error, stack)
