"""SQL statements made through SQLAlchemy, and waits for a connection to the database.

Statements are recorded, without their literals unless `tracer.configure(sql_literals=True)` says
so, never their parameters, and nothing outside of a trace. A span ends when the database has
answered; a driver that fetches rows only on demand (SQLite) does some of the work after that.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns, time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext, ExecutionContext
from sqlalchemy.pool import Pool

from ..containment import contained
from ..span import Span
from ..sql import hide_literals
from ..tracer import tracer
from .method import replace, restore

_FETCH_ON_DEMAND = frozenset(["oracle", "sqlite"])
"""Databases whose drivers count the rows of an answer only while the app fetches them."""
MIN_WAIT_NS = 1_000_000
"""Nanoseconds from which getting a connection from the pool becomes a span."""

_SPAN = "_tracer_span"


def install() -> None:
    """Trace all engines, including those that exist already."""
    # Events rather than wrapped methods: all time between the two counts as the statement's, even
    # that of other listeners which replace the dialect's `do_execute`.
    for name, listener in _LISTENERS.items():
        event.listen(Engine, name, listener)
    replace(Pool, "connect", _connect)


def uninstall() -> None:
    """Undo `install`."""
    for name, listener in _LISTENERS.items():
        event.remove(Engine, name, listener)
    restore(Pool, "connect")


def _before(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    if context is None or tracer.current_span() is None:
        return
    with contained:
        span = context.__dict__[_SPAN] = tracer.trace("sqlalchemy.query", service="db", type="sql")
        if span.is_recording:
            _describe(span, connection, statement)


def _describe(span: Span, connection: Connection, statement: str) -> None:
    dialect = connection.dialect.name
    span.resource = statement if tracer.sql_literals else hide_literals(statement, dialect)
    span.set_tag("span.kind", "client")
    span.set_tag("db.system", dialect)
    if address := connection.engine.url.host:
        span.set_tag("server.address", address)


def _after(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    span = _take_span(context)
    if span is not None:
        if span.is_recording:
            with contained:
                rows = _rows(connection, cursor)
                if rows >= 0:
                    span.set_tag("rows", rows)
        span.finish()


def _rows(connection: Connection, cursor: Any) -> int:
    """Return how many rows a statement changed or found; -1 if the driver does not know (yet)."""
    if cursor.description and connection.dialect.name in _FETCH_ON_DEMAND:
        return -1
    rows = getattr(cursor, "rowcount", -1)
    return rows if type(rows) is int else -1


def _on_error(failure: ExceptionContext) -> None:
    span = _take_span(failure.execution_context)
    if span is not None:
        span.set_error(failure.sqlalchemy_exception or failure.original_exception)
        span.finish()


def _take_span(context: ExecutionContext | None) -> Span | None:
    return None if context is None else context.__dict__.pop(_SPAN, None)


_LISTENERS: dict[str, Callable[..., None]] = {
    "before_cursor_execute": _before,
    "after_cursor_execute": _after,
    "handle_error": _on_error,
}


def _connect(connect: Callable[..., Any], pool: Pool) -> Any:
    if tracer.current_span() is None:
        return connect(pool)
    start, now = monotonic_ns(), time()
    try:
        connection = connect(pool)
    except Exception as error:
        _record_wait(start, error)
        raise
    with contained:
        # A connection that was just made took time, too, but nobody was holding it.
        record = connection._connection_record
        if monotonic_ns() - start >= MIN_WAIT_NS and record.last_connect_time < now:
            _record_wait(start)
    return connection


def _record_wait(start: int, error: Exception | None = None) -> None:
    """Record the time since `start` as a span, afterwards: most waits are too short for one."""
    with tracer.trace("db.pool.wait", service="db", type="sql") as span:
        span.monotonic_start = start
        if error is not None:
            span.set_error(error)
