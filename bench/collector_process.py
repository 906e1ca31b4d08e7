"""A collector in a process of its own, for a benchmark."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

_STOP_S = 20


class CollectorProcess(NamedTuple):
    """A running collector."""

    port: int
    pid: int

    def ask(self, path: str) -> Any:
        """Return what it answers, read from JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


@contextmanager
def running_collector(
    folder: str, env: Mapping[str, str] | None = None
) -> Iterator[CollectorProcess]:
    """Run a collector that keeps its files in the folder until the block ends. Raises
    `RuntimeError` with what it says if it does not start."""
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "--port", "0", "--data", folder],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        port = re.search(r":(\d+)/?$", line)
        if port is None:
            raise RuntimeError(f"the collector did not start: {line or 'it said nothing'}")
        yield CollectorProcess(int(port[1]), process.pid)
    finally:
        process.terminate()
        process.wait(_STOP_S)
