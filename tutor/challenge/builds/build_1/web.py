"""SPOILERS: build 1 of `./workshop challenge`. Play it before you read on.

A matchmaker whose 24 threads share three connections to Redis.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import redis
from flask import Flask, Response, jsonify

from services import catalog_routes, dev_server
from services.donutdb import DEFAULT_URL
from services.flavour import opinion
from services.models import Donut
from tracer import TraceMiddleware, patch, tracer
from tutor.challenge.builds import sound

THREADS, CONNECTIONS = 24, 3
ROUND_TRIP_S = 0.03

app = Flask(__name__)


class Connection(redis.Connection):
    """A connection to a Redis in another city: always as far away, so that the steps are clear."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Travel, then send."""
        time.sleep(ROUND_TRIP_S)
        super().send_packed_command(command, check_health)


pool = redis.BlockingConnectionPool.from_url(
    os.environ.get("REDIS_URL") or DEFAULT_URL,
    max_connections=CONNECTIONS,
    timeout=sound.TIMEOUT_S,
    connection_class=Connection,
    decode_responses=True,
)
opinions_kept = redis.Redis(connection_pool=pool)
askers = ThreadPoolExecutor(THREADS)

tracer.configure(service="web")
TraceMiddleware(app, tracer)
patch(sqlalchemy=True, redis=True, requests=True, futures=True)


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut that goes best with the beer in `?name=`."""
    opinions_kept.get("specials:today")  # an announcement, if there is one
    beer = sound.asked_beer()
    donuts = sound.awake_donuts()[:THREADS]
    with tracer.trace("opinions.ask"):
        opinions = dict(askers.map(ask, donuts))
    scores = sound.taste_all(beer.name, sound.candidates(beer, donuts, opinions))
    return jsonify(beer=beer.name, donut=sound.best(scores))


def ask(donut: Donut) -> tuple[str, int]:
    """Return a donut's name and what its baker thinks of it."""
    kept = opinions_kept.get(f"opinion:{donut.name}")
    return donut.name, opinion(donut.name) if kept is None else int(str(kept))


def connect() -> None:
    """Make all connections, so that the first guest does not have to wait for that."""
    for connection in [pool.get_connection() for _ in range(CONNECTIONS)]:
        pool.release(connection)


catalog_routes.add_to(app)
connect()

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
