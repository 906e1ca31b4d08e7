"""A real collector and UI that run for a while, with an empty store of their own."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from tests.browser.spans import Span, Trace
from tests.servers import running

MAX_SPANS_PER_REQUEST = 5000
"""The collector limits the size of a request."""


@dataclass
class Stack:
    """The addresses of the two."""

    collector: str
    ui: str
    sent: dict[str, Trace] = field(default_factory=dict)
    """By id: two tests must not take one seed, or they meet in one trace."""

    def send(self, traces: Iterable[Trace]) -> None:
        """Send traces to the collector, as a client would."""
        batch: list[list[Span]] = []
        waiting = 0
        for trace in traces:
            assert self.sent.setdefault(trace.hex, trace) is trace, "this seed is taken"
            for first in range(0, len(trace.spans), MAX_SPANS_PER_REQUEST):
                chunk = trace.spans[first : first + MAX_SPANS_PER_REQUEST]
                if waiting + len(chunk) > MAX_SPANS_PER_REQUEST:
                    self._put(batch)
                    batch, waiting = [], 0
                batch.append(chunk)
                waiting += len(chunk)
        self._put(batch)

    def _put(self, batch: list[list[Span]]) -> None:
        body = msgspec.msgpack.encode(batch)  # read in a tenth of JSON's time
        headers = {"Content-Type": "application/msgpack"}
        request = urllib.request.Request(
            f"{self.collector}/v0.4/traces", body, headers, method="PUT"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert "rejected" not in json.load(answer)


@contextmanager
def stack() -> Iterator[Stack]:
    """Run both servers on free ports until the block ends."""
    with (
        tempfile.TemporaryDirectory() as data,
        running("-m", "collector", "--port", "0", "--data", data) as collector,
        running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": collector.url}) as ui,
    ):
        yield Stack(collector.url, ui.url)
