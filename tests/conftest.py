"""Fixtures that several rooms share: real servers on free ports."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import Server, running
from tutor.ports import any_free
from tutor.redis_server import find_redis_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser


PAGE_TIMEOUT_MS = 30_000
"""How long a page may take to show what is expected: a busy machine takes a while."""

# Property tests say what is right, never how long it may take: that is up to the machine.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

SLOWEST_ROOMS = ("compose", "course", "scale")
"""Rooms with the longest tests. They run first, so that no process is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with browser tests last: from the first one on, Playwright has an event loop
    running in this thread, and tests that need to run their own could not."""
    last = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (item.path in last, item.path.parent.name not in SLOWEST_ROOMS))


@pytest.fixture
def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on."""
    return any_free()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A TCP port on 127.0.0.1 that refuses all connections: it is held, so that nobody else gets
    it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real, empty Redis for the whole run: flush it, or use your own keys."""
    port = any_free()
    folder = tmp_path_factory.mktemp("redis")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [find_redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for_redis(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for_redis(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(7).startswith(b"+PONG"):
                    return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("redis-server did not answer")


@pytest.fixture(scope="session")
def collector_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running collector with an empty store, shared by the whole run: use your own trace ids."""
    data: Path = tmp_path_factory.mktemp("collector")
    with running("-m", "collector", "--port", "0", env={"DATA_DIR": str(data)}) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium, shared by the whole run (Playwright can only be started once at a time)."""
    from playwright.sync_api import expect

    from tests.browser import chromium

    expect.set_options(timeout=PAGE_TIMEOUT_MS)
    if chromium.installed() is None:
        pytest.skip("no Chromium here; on Debian: apt-get install chromium")
    with chromium.browser() as running:
        yield running
