"""SQL through SQLAlchemy: statements and waits, but never the data."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

from tracer import Span, patch, tracer, unpatch
from tracer.encoding import encode_chunk

SECRET = "hush"
"""A value that must not be recorded. Recorded stacks quote source lines, which only name it."""

beers = Table(
    "beers",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String, unique=True),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file behind a pool of one connection."""
    engine = create_engine(
        f"sqlite:///{tmp_path / 'beer.db'}",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.05,
        connect_args={"check_same_thread": False},
    )
    beers.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _patched(engine: Engine, spans: list[Span]) -> None:
    # After the engine was made: the order must not matter.
    patch(sqlalchemy=True)


def named(spans: list[Span], name: str) -> list[Span]:
    return [span for span in reversed(spans) if span.name == name]


def test_each_statement_is_a_span(engine: Engine, spans: list[Span]) -> None:
    with tracer.trace("root") as root, engine.begin() as connection:
        connection.execute(insert(beers).values(name=SECRET))
        connection.execute(select(beers).where(beers.c.name == SECRET)).all()
    first, second = named(spans, "sqlalchemy.query")
    assert (first.service, first.type, first.parent_id) == ("db", "sql", root.span_id)
    assert first.resource == "INSERT INTO beers (name) VALUES (?)"
    assert first.tags == {"span.kind": "client", "db.system": "sqlite", "rows": 1}
    assert second.resource.startswith("SELECT beers.id, beers.name")
    assert "rows" not in second.tags  # SQLite cannot tell yet


def test_many_rows_at_once_are_one_span(engine: Engine, spans: list[Span]) -> None:
    rows = [{"name": f"{SECRET} {n}"} for n in range(1000)]
    with tracer.trace("root"), engine.begin() as connection:
        connection.execute(insert(beers), rows)
    (span,) = named(spans, "sqlalchemy.query")
    assert span.tags["rows"] == 1000


def test_insert_many_values(engine: Engine, spans: list[Span]) -> None:
    rows = [{"name": f"{SECRET} {n}"} for n in range(2500)]
    with tracer.trace("root"), engine.begin() as connection:
        connection.execute(insert(beers).returning(beers.c.id), rows).all()
    batches = named(spans, "sqlalchemy.query")
    assert len(batches) == 3
    assert SECRET not in everything(spans)


def test_rows_that_sqlite_has_not_counted_yet_are_not_recorded(
    engine: Engine, spans: list[Span]
) -> None:
    with tracer.trace("root"), engine.begin() as connection:
        assert connection.execute(insert(beers).values(name="ipa").returning(beers.c.id)).scalar()
        connection.execute(update(beers).values(name="bock"))
    returning, changed = named(spans, "sqlalchemy.query")
    assert "rows" not in returning.tags
    assert changed.tags["rows"] == 1


def test_an_engine_of_asyncio(tmp_path: Path, spans: list[Span]) -> None:
    async def use() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'async.db'}")
        with tracer.trace("root"):
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
                assert tracer.current_span() is not None
                with pytest.raises(OperationalError):
                    await connection.execute(text("SELECT nothing"))
        await engine.dispose()

    asyncio.run(use())
    right, wrong = named(spans, "sqlalchemy.query")
    assert {right.parent_id, wrong.parent_id} == {spans[0].span_id}
    assert (right.error, wrong.error) == (0, 1)


def test_outside_of_a_trace_nothing_is_recorded(engine: Engine, spans: list[Span]) -> None:
    with engine.begin() as connection:
        connection.execute(select(beers))
        with tracer.trace("root"):
            connection.execute(select(beers))
        connection.execute(select(beers))
    assert len(named(spans, "sqlalchemy.query")) == 1


def test_a_simulated_round_trip_is_part_of_the_span(engine: Engine, spans: list[Span]) -> None:
    """The services' dials do it this way: with a listener that runs before the dialect."""

    @event.listens_for(engine, "do_execute")
    def slow(cursor: Any, statement: str, parameters: Any, context: Any) -> None:
        with tracer.trace("network"):
            time.sleep(0.01)

    with tracer.trace("root"), engine.begin() as connection:
        connection.execute(select(beers).where(beers.c.id == 1)).all()
    (span,) = named(spans, "sqlalchemy.query")
    (network,) = named(spans, "network")
    assert network.parent_id == span.span_id
    assert span.duration is not None
    assert span.duration >= 10_000_000


def test_a_failed_statement_is_an_error_and_quotes_nothing(
    engine: Engine, spans: list[Span]
) -> None:
    def insert_secret() -> None:
        with engine.begin() as connection:
            connection.execute(insert(beers).values(name=SECRET))

    insert_secret()
    with pytest.raises(IntegrityError, match=SECRET), tracer.trace("root") as root:
        insert_secret()
    (span,) = named(spans, "sqlalchemy.query")
    assert span.error == root.error == 1
    assert span.tags["error.type"] == "sqlalchemy.exc.IntegrityError"
    assert span.tags["error.message"] == "UNIQUE constraint failed: beers.name"
    assert root.tags["error.type"] == "sqlalchemy.exc.IntegrityError"
    assert root.tags["error.message"] == "UNIQUE constraint failed: beers.name"
    assert SECRET not in everything(spans)
    assert tracer.current_span() is None


def everything(spans: list[Span]) -> str:
    return encode_chunk(spans).decode(errors="replace")


def test_a_statement_that_makes_no_sense(engine: Engine, spans: list[Span]) -> None:
    with pytest.raises(OperationalError), tracer.trace("root"), engine.begin() as connection:
        connection.execute(text("select :secret from nowhere"), {"secret": SECRET})
    (span,) = named(spans, "sqlalchemy.query")
    assert span.resource == "select ? from nowhere"
    assert span.tags["error.message"] == "no such table: nowhere"
    assert SECRET not in everything(spans)


def test_waiting_for_a_connection_is_a_span(engine: Engine, spans: list[Span]) -> None:
    engine.pool._timeout = 10  # type: ignore[attr-defined]
    waiting = threading.Event()

    def hold() -> None:
        with engine.connect():
            waiting.set()
            time.sleep(0.05)

    holder = threading.Thread(target=hold)
    holder.start()
    waiting.wait()
    with tracer.trace("root") as root, engine.connect() as connection:
        connection.execute(select(beers))
    holder.join()
    (wait,) = named(spans, "db.pool.wait")
    (query,) = named(spans, "sqlalchemy.query")
    assert (wait.service, wait.parent_id) == ("db", root.span_id)
    assert wait.duration is not None
    assert root.start <= wait.start
    assert wait.start + wait.duration <= query.start
    assert wait.duration > 10_000_000


def test_a_wait_that_times_out_is_an_error(engine: Engine, spans: list[Span]) -> None:
    with engine.connect(), pytest.raises(TimeoutError), tracer.trace("root"):
        engine.connect()
    (wait,) = named(spans, "db.pool.wait")
    assert wait.error == 1
    assert wait.tags["error.type"] == "sqlalchemy.exc.TimeoutError"


def test_connecting_is_not_waiting(engine: Engine, spans: list[Span]) -> None:
    engine.dispose()

    @event.listens_for(engine, "connect")
    def slow(*_: object) -> None:
        time.sleep(0.01)

    with tracer.trace("root"), engine.connect():
        pass
    with tracer.trace("root"), engine.connect():
        pass
    assert named(spans, "db.pool.wait") == []


def test_unpatch_restores_the_library(engine: Engine, spans: list[Span]) -> None:
    patch(sqlalchemy=True)  # a second time
    unpatch()
    unpatch()
    with tracer.trace("root"), engine.connect() as connection:
        connection.execute(select(beers))
    assert [span.name for span in spans] == ["root"]


def test_an_unsampled_trace_costs_no_spans(
    engine: Engine, spans: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracer, "sampler", type(tracer.sampler)(0))
    with tracer.trace("root"), engine.connect() as connection:
        connection.execute(select(beers))
    assert spans == []
