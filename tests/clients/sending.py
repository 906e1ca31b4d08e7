"""A client that sends to a collector, and what is read back."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.servers import Server, running
from tests.waiting import wait_until

WAIT_S = 20.0


@contextmanager
def open_collector(data: Path) -> Iterator[Server]:
    """Run a collector with a port for each format, any that is free, until the block ends."""
    command = ("-m", "collector", "--port", "0", "--open", "any", "--data", str(data))
    with running(*command) as server:
        yield server


def port_of(collector: Server, receiver: str) -> int:
    """Return the port of a receiver."""
    return next(row["port"] for row in receivers(collector) if row["name"] == receiver)


def receivers(collector: Server) -> list[dict[str, Any]]:
    """Return what the collector says of its receivers."""
    rows: list[dict[str, Any]] = get(collector, "/api/receivers")["receivers"]
    return rows


def get(collector: Server, path: str) -> Any:
    """Return the JSON of an answer. Raises `HTTPError` if it is an error."""
    try:
        with urllib.request.urlopen(collector.url + path, timeout=WAIT_S) as answer:
            return json.load(answer)
    except HTTPError as error:
        error.close()
        raise


def run_client(
    python: Path, program: str, *arguments: object, env: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Run a traced program of this folder; return its spans as it knows them."""
    command = [python, "-W", "ignore", Path(__file__).with_name(program), *map(str, arguments)]
    done = subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    spans: list[dict[str, Any]] = json.loads(done.stdout)
    return spans


def stored_span(collector: Server, span: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span as the collector has it, once it is there: nobody answers a datagram."""
    found: list[dict[str, Any]] = []

    def find() -> bool:
        path = f"/api/trace/{span['trace_id']}/span/{span['id']}"
        with suppress(HTTPError):
            found.append(get(collector, path))
        return bool(found)

    wait_until(find)
    return found[0]


def assert_equal(stored: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """Assert that a span has all that was sent; it may have more tags."""
    tags, wanted = stored["tags"], sent["tags"]
    different = {k: (tags.get(k), value) for k, value in wanted.items() if tags.get(k) != value}
    fields = {k: value for k, value in sent.items() if k != "tags"}
    different |= {k: (stored[k], value) for k, value in fields.items() if stored[k] != value}
    assert not different, different
