"""SPOILERS: build 4 of `./workshop challenge`. Play it before you read on.

A matchmaker that writes its log while it holds the lock on the stock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, jsonify

from services import catalog_routes, dev_server
from services.current_trace import trace_id
from services.dials import pause
from services.donutdb import DonutDB
from services.gate import Gate
from tracer import TraceMiddleware, patch, tracer
from tutor.challenge.builds import sound

LOG_WRITE_MS = 40
STOCK = 1_000_000
CANDIDATES = 4

app = Flask(__name__)
donutdb = DonutDB()
taken: Counter[str] = Counter()

tracer.configure(service="web")
TraceMiddleware(app, tracer)
patch(sqlalchemy=True, redis=True, requests=True)


class Stock:
    """The donuts left, which one request at a time may look at."""

    def __init__(self) -> None:
        self._gate = Gate(lambda: 1)

    @contextmanager
    def hold(self, operation: str) -> Iterator[None]:
        """Hold the stock until the block ends, which is a span called `operation`."""
        with tracer.trace(operation) as span:
            turn = self._gate.queue_up(trace_id())
            try:
                if turn.behind:
                    span.set_tag("holder.trace_id", turn.behind[0])
                turn.wait()
                yield
            finally:
                self._gate.leave(turn)


stock = Stock()


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut that goes best with the beer in `?name=`, and take it from the stock."""
    beer = sound.asked_beer()
    donuts = sound.awake_donuts()
    opinions = donutdb.opinions([donut.name for donut in donuts])
    names = sound.candidates(beer, donuts, opinions)[:CANDIDATES]
    with stock.hold("stock.look"):
        left = {name: STOCK - taken[name] for name in names}
    scores = sound.taste_all(beer.name, [name for name in names if left[name]])
    donut = sound.best(scores)
    with stock.hold("stock.take"):
        taken[donut] += 1
        write_log(f"{donut} for {beer.name}, number {taken[donut]}")
    return jsonify(beer=beer.name, donut=donut)


def write_log(line: str) -> None:
    """Write a line to a disk that takes its time."""
    with tracer.trace("log.write"):
        pause(LOG_WRITE_MS)
        print(line, flush=True)


catalog_routes.add_to(app)

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
