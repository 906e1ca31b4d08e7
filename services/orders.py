"""How often each pairing was served, counted in the database by a write-behind.

Nobody waits for it: requests leave their orders in a queue, and a thread writes them in batches.
The request that fills a batch sets the writing off, all those in it have asked for it. If a batch
does not fill up in time it is written all the same, and nobody in particular has set that off.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from flask import Flask, Response, request
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, update
from sqlalchemy.exc import SQLAlchemyError

from services import current_trace
from services.dials import dials
from services.models import NAME, db
from services.printable import printable

PATH = "/pair/beer"
MAX_WAITING = 1_000
"""Orders that wait to be written. Any others are lost: they are worth less than memory."""
CLOSE_S = 2.0
"""How long the end of the program waits for the last batch."""

_metadata = MetaData()
served = Table(  # not among the models: it is there only once the dial has been turned
    "pairing_served",
    _metadata,
    Column("beer", NAME, primary_key=True),
    Column("donut", NAME, primary_key=True),
    Column("times", Integer, nullable=False),
)


class Order(NamedTuple):
    """A pairing that was served."""

    beer: str
    donut: str
    submitter: str
    """The `traceparent` of the request; "" outside of a trace."""
    span: Any
    """The request's span, for the case that it sets the writing off; None outside of a trace."""


def add_to(app: Flask) -> None:
    """Count the pairings that `app` serves, while ORDERS_BATCH is not 0."""
    with app.app_context():
        writer = WriteBehind(db.engine)

    @app.after_request
    def note(response: Response) -> Response:
        if dials.ORDERS_BATCH and request.path == PATH and response.status_code == 200:
            pairing: Any = response.get_json(silent=True)
            with suppress(KeyError, TypeError):  # a learner's app may answer something else
                writer.put(pairing["beer"], pairing["match"]["donut"])
        return response

    dials.on_turn("ORDERS_BATCH", writer.start)
    writer.start()


class WriteBehind:
    """A queue of orders, and the thread that writes them in batches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.Queue[Order | None] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._has_table = False

    def start(self) -> None:
        """Start the thread, if there is anything to do and it is not running.

        It is not started by a request: it would pass for a part of its trace.
        """
        if dials.ORDERS_BATCH and self._thread is None:
            self._thread = threading.Thread(target=self._work, name="orders", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def put(self, beer: str, donut: str) -> None:
        """Leave an order to be written some time; return at once."""
        order = Order(beer, donut, current_trace.traceparent(), current_trace.current())
        try:
            self._waiting.put_nowait(order)
        except queue.Full:
            print(f"web: {MAX_WAITING:,} orders wait to be written; one is lost", flush=True)

    def close(self) -> None:
        """Have what is left written, if that can be done in time."""
        if self._thread is not None:
            try:
                self._waiting.put_nowait(None)
            except queue.Full:
                return
            self._thread.join(CLOSE_S)

    def _work(self) -> None:
        batch: list[Order] = []
        due = 0.0
        while True:
            try:
                left = max(0.0, due - time.monotonic()) if batch else None
                order = self._waiting.get(timeout=left)
            except queue.Empty:
                self._write(batch, None)
                batch = []
                continue
            if order is None:
                self._write(batch, None)
                return
            if not batch:
                due = time.monotonic() + dials.ORDERS_WRITE_MS / 1000
            batch.append(order)
            if len(batch) >= dials.ORDERS_BATCH:
                self._write(batch, order.span)
                batch = []

    def _write(self, batch: Sequence[Order], trigger: Any) -> None:
        """Write a batch, in the trace of whoever set that off; None if nobody did."""
        if not batch:
            return
        try:
            self._make_table()
            self._write_traced(batch, trigger)
        except SQLAlchemyError as problem:
            print(f"web: orders lost: {len(batch)}, as {printable(str(problem))}", flush=True)

    def _write_traced(self, batch: Sequence[Order], trigger: Any) -> None:
        submitters = [order.submitter for order in batch]
        with (
            current_trace.within(trigger),
            current_trace.deferred("orders.write", submitters) as span,
        ):
            span.set_tag("orders", len(batch))
            self._add(Counter((order.beer, order.donut) for order in batch))

    def _make_table(self) -> None:
        """Make the table if it is not there: at the first batch, as the database may come late, and
        outside of its trace, so that all batches look alike."""
        if not self._has_table:
            _metadata.create_all(self._engine)
            self._has_table = True

    def _add(self, times: Counter[tuple[str, str]]) -> None:
        with self._engine.begin() as connection:
            for (beer, donut), more in sorted(times.items()):
                row = (served.c.beer == beer) & (served.c.donut == donut)
                counted = update(served).where(row).values(times=served.c.times + more)
                if connection.execute(counted).rowcount == 0:
                    connection.execute(insert(served).values(beer=beer, donut=donut, times=more))
