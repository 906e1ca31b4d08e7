"""A Redis for one test, which can be stopped and started again on the same port."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tutor.redis_server import find_redis_server


@contextmanager
def running_redis(port: int) -> Iterator[None]:
    """Run an empty Redis on that port until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [find_redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_it_answers(port)
            yield
        finally:
            server.terminate()
            server.wait(10)


def _wait_until_it_answers(port: int) -> None:
    with redis.Redis(port=port) as client:
        for _ in range(200):
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return
    raise AssertionError("redis-server did not answer")
