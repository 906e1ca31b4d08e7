"""Redis commands against a real server: names and keys, never values."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from inspect import iscoroutinefunction

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import ConnectionError, ResponseError, WatchError

from tracer import Span, patch, tracer, unpatch
from tracer.encoding import encode_chunk

SECRET = "hush"
"""A value that must not be recorded."""


@pytest.fixture
def client(redis_url: str, spans: list[Span]) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        patch(redis=True)
        yield client


def commands(spans: list[Span]) -> list[Span]:
    return [span for span in reversed(spans) if span.name == "redis.command"]


def test_a_command_is_a_span(client: Redis, spans: list[Span]) -> None:
    with tracer.trace("root") as root:
        client.set("beer:ipa", SECRET)
        assert client.get("beer:ipa") == SECRET.encode()
    first, second = commands(spans)
    assert (first.service, first.type, first.resource) == ("redis", "redis", "SET")
    assert first.parent_id == root.span_id
    assert second.resource == "GET"
    assert second.tags == {
        "span.kind": "client",
        "db.system": "redis",
        "server.address": "127.0.0.1",
        "redis.key": "beer:ipa",
    }
    assert SECRET.encode() not in encode_chunk(spans)


def test_the_number_of_several_keys_is_recorded(client: Redis, spans: list[Span]) -> None:
    with tracer.trace("root"):
        client.mget(["a", b"b", 3])
        client.delete("a")
    mget, delete = commands(spans)
    assert (mget.tags["redis.key"], mget.tags["redis.keys"]) == ("a b 3", 3)
    assert (delete.tags["redis.key"], delete.tags["redis.keys"]) == ("a", 1)


def test_arguments_that_are_not_keys_are_not_recorded(client: Redis, spans: list[Span]) -> None:
    with tracer.trace("root"):
        client.echo(SECRET)
        client.publish("channel", SECRET)
        client.mset({"a": SECRET})
        client.hset("h", "field", SECRET)
        client.eval("return ARGV[1]", 0, SECRET)
        client.config_set("slowlog-max-len", 12)
    assert [span.resource for span in commands(spans)] == [
        "ECHO",
        "PUBLISH",
        "MSET",
        "HSET",
        "EVAL",
        "CONFIG SET",
    ]
    assert SECRET.encode() not in encode_chunk(spans)


def test_a_pipeline_is_one_span(client: Redis, spans: list[Span]) -> None:
    with tracer.trace("root"), client.pipeline() as pipeline:
        for n in range(10):
            pipeline.get(f"beer:{n}")
        pipeline.set("a", SECRET)
        assert len(pipeline.execute()) == 11
        assert pipeline.execute() == []
    (span,) = commands(spans)
    assert span.resource == "PIPELINE GET SET"
    assert span.tags["redis.commands"] == 11
    assert SECRET.encode() not in encode_chunk(spans)


def test_an_error_is_recorded(client: Redis, spans: list[Span]) -> None:
    client.set("a", "text")
    with pytest.raises(ResponseError), tracer.trace("root"):
        client.incr("a")
    (span,) = commands(spans)
    assert span.error == 1
    assert span.tags["error.type"] == "redis.exceptions.ResponseError"
    assert "not an integer" in str(span.tags["error.message"])


@pytest.mark.parametrize("transaction", [True, False])
def test_an_error_in_a_pipeline_quotes_no_values(
    transaction: bool, client: Redis, spans: list[Span]
) -> None:
    client.set("a", "text")
    with client.pipeline(transaction=transaction) as pipeline:
        pipeline.lpush("a", SECRET)
        with pytest.raises(ResponseError, match=SECRET), tracer.trace("root") as root:
            pipeline.execute()
    (span,) = commands(spans)
    assert span.error == root.error == 1
    assert str(root.tags["error.message"]).startswith("WRONGTYPE Operation")
    assert SECRET.encode() not in encode_chunk(spans)


def test_watching(client: Redis, spans: list[Span]) -> None:
    with tracer.trace("root"), client.pipeline() as pipeline:
        pipeline.watch("a")
        client.set("a", "changed")
        pipeline.multi()
        pipeline.get("a")
        with pytest.raises(WatchError):
            pipeline.execute()
    watch, _, transaction = commands(spans)
    assert watch.resource == "WATCH"
    assert transaction.resource == "PIPELINE GET"
    assert transaction.tags["db.response.status_code"] == "WATCH"
    assert not transaction.error, "an answer, after which callers begin again"


def test_a_script_that_the_server_does_not_know_yet(client: Redis, spans: list[Span]) -> None:
    client.script_flush()
    with tracer.trace("root"):
        assert client.register_script("return 7")() == 7
    unknown, load, known = commands(spans)
    assert [span.resource for span in (unknown, load, known)] == [
        "EVALSHA",
        "SCRIPT LOAD",
        "EVALSHA",
    ]
    assert unknown.tags["db.response.status_code"] == "NOSCRIPT"
    assert not unknown.error, "redis-py loads it and asks again"


def test_commands_of_asyncio(client: Redis, redis_url: str, spans: list[Span]) -> None:
    async def use() -> None:
        async with AsyncRedis.from_url(redis_url) as redis:
            with tracer.trace("root"):
                await asyncio.gather(redis.set("a", SECRET), redis.get("b"))
                async with redis.pipeline() as pipeline:
                    await pipeline.set("a", SECRET).get("a").execute()
                with pytest.raises(ResponseError):
                    await redis.incr("a")
                async with redis.pipeline() as pipeline:
                    await pipeline.watch("a")
            await redis.get("outside of a trace")

    asyncio.run(use())
    recorded = commands(spans)
    assert sorted(span.resource for span in recorded[:2]) == ["GET", "SET"]
    assert [span.resource for span in recorded[2:]] == ["PIPELINE SET GET", "INCRBY", "WATCH"]
    assert {span.parent_id for span in recorded} == {spans[0].span_id}
    assert recorded[0].tags["redis.key"] in ("a", "b")
    assert [span.error for span in recorded] == [0, 0, 0, 1, 0]
    assert SECRET.encode() not in encode_chunk(spans)


def test_a_library_may_have_an_answer_of_its_own(
    client: Redis, spans: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    class NewerWatchError(WatchError):
        """What a client that wraps redis-py may raise."""

    def begin_again(*_: object, **__: object) -> None:
        raise NewerWatchError

    monkeypatch.setattr(client.connection_pool, "get_connection", begin_again)
    with tracer.trace("root"), pytest.raises(NewerWatchError):
        client.get("a")
    [get] = commands(spans)
    assert get.tags["db.response.status_code"] == "WATCH"
    assert not get.error


def test_commands_of_asyncio_stay_coroutines(client: Redis) -> None:
    assert iscoroutinefunction(AsyncRedis.execute_command)


def test_a_server_that_is_down(closed_port: int, spans: list[Span]) -> None:
    patch(redis=True)
    with (
        Redis(port=closed_port, retry=None) as nobody,
        pytest.raises(ConnectionError),
        tracer.trace("root"),
    ):
        nobody.get("a")
    (span,) = commands(spans)
    assert span.error == 1
    assert "refused" in str(span.tags["error.message"])


def test_outside_of_a_trace_nothing_is_recorded(client: Redis, spans: list[Span]) -> None:
    client.get("a")
    with client.pipeline() as pipeline:
        pipeline.get("a")
        pipeline.execute()
    assert spans == []


def test_unpatch_restores_the_library(client: Redis, spans: list[Span]) -> None:
    patch(redis=True)
    unpatch()
    with tracer.trace("root"):
        client.get("a")
    assert [span.name for span in spans] == ["root"]
