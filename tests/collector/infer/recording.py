"""The real app under some load, its logs, and its traces to compare them with."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import requests

from collector.analysis.tree import build_tree
from collector.files.readers.own import WholeSpan, to_span
from collector.infer.readers.read import read_records
from collector.infer.records import Record
from collector.infer.rejects import Rejects
from collector.infer.truth import Truth, truth_of
from collector.model import Span
from tests.servers import Server, running
from tests.waiting import wait_until
from tutor import http

PATHS = (
    "/pair/beer?name=ipa",
    "/pair/beer?name=stout",
    "/beers",
    "/pair/beer?name=pilsner",
    "/menu",
)
QUICK = {
    "TASTE_MS": "2",
    "CONNECT_MS": "0",
    "SQL_ROUND_TRIP_MS": "0",
    "REDIS_ROUND_TRIP_MS": "0",
    "MENU_PAGE_MS": "0",
}
"""Dials with which a pairing takes a tenth of its time, and does the same."""
MAX_TRACES = 2_000


@dataclass
class RecordedApp:
    """Both services with a request log, and the collector that has their traces."""

    web: Server
    taster: Server
    collector: Server
    log: Path

    @property
    def names(self) -> dict[str, str]:
        """The services by their hosts and ports."""
        return {f"127.0.0.1:{self.web.port}": "web", f"127.0.0.1:{self.taster.port}": "taster"}

    def visit(
        self,
        visits: int,
        users: int = 1,
        paths: Sequence[str] = PATHS,
        url: str | None = None,
        keep_connections: bool = True,
    ) -> Truth:
        """Have some users request these paths of web, or of what is at `url`, in turn, and return
        what the traces of that say."""
        before = time.time_ns()
        remaining = iter(list(islice(cycle(paths), visits)))

        def one_user(_: int) -> None:
            with requests.Session() as session:
                session.headers["Connection"] = "keep-alive" if keep_connections else "close"
                for path in remaining:
                    answer = session.get(f"{url or self.web.url}{path}", timeout=60)
                    assert answer.status_code == 200, answer.text

        with ThreadPoolExecutor(users) as pool:
            list(pool.map(one_user, range(users)))
        return self.truth(before, visits)

    def records(self) -> list[Record]:
        """The records of the request log, all lines of which must be readable."""
        return read_all(self.log, self.names)

    def truth(self, since: int, traces: int) -> Truth:
        """What the traces say that began at or after that moment, of which there must be so many,
        once they are all whole."""

        def stored() -> list[dict[str, Any]]:
            path = f"/api/traces?{urlencode({'from': since, 'limit': MAX_TRACES})}"
            found: list[dict[str, Any]] = http.get(self.collector.url + path).json()["traces"]
            return found

        wait_until(lambda: len([t for t in stored() if t["root_received"]]) >= traces)
        wait_until(lambda: _is_whole(self._exported(since)))
        trees = {trace_id: build_tree(spans) for trace_id, spans in self._exported(since).items()}
        return truth_of(trees.items())

    def map(self, since: int) -> dict[tuple[str, str], float]:
        """How often each service called each other one, by the map of the collector."""
        answer = http.get(f"{self.collector.url}/api/map?from={since}").json()
        services = {node["key"]: node["service"] for node in answer["nodes"]}
        return {
            (services[edge["caller"]], services[edge["called"]]): edge["calls"]
            for edge in answer["edges"]
            if edge["caller"]
        }

    def _exported(self, since: int) -> dict[str, list[Span]]:
        parameters = {"from": since, "limit": MAX_TRACES, "format": "json"}
        answer = http.get(f"{self.collector.url}/api/export?{urlencode(parameters)}", timeout=60)
        return {
            trace["trace_id"]: [
                to_span(msgspec.convert(span, WholeSpan)) for span in trace["spans"]
            ]
            for trace in answer.json()["traces"]
        }


def _is_whole(traces: dict[str, list[Span]]) -> bool:
    """Whether each call by HTTP has a server's span: each service sends its own."""
    spans = [span for trace in traces.values() for span in trace]
    called = {span.span_id for span in spans if span.name == "requests.request"}
    return called == {span.parent_id for span in spans if span.name == "flask.request"} - {0}


def read_all(log: Path, names: dict[str, str]) -> list[Record]:
    """The records of a log, all lines of which must be readable."""
    rejects = Rejects()
    found = list(read_records(log, rejects, names=names))
    assert rejects.kept == []
    return found


@contextmanager
def recorded_app(folder: Path, redis_url: str, **env: str) -> Iterator[RecordedApp]:
    """Run the app with quick dials and a request log until the block ends; `env` is added to its
    environment."""
    log = folder / "requests.log"
    with running("-m", "collector", "--port", "0", env={"DATA_DIR": str(folder)}) as collector:
        both = {
            "COLLECTOR_URL": collector.url,
            "REDIS_URL": redis_url,
            "DATA_DIR": str(folder),
            "REQUEST_LOG": str(log),
            **QUICK,
            **env,
        }
        with running("services/taster.py", "--port", "0", env=both) as taster:
            both["TASTER_URL"] = taster.url
            with running("services/web.py", "--port", "0", env=both) as web:
                app = RecordedApp(web, taster, collector, log)
                app.visit(len(PATHS))  # so that Redis has the opinions, as always but once
                log.write_bytes(b"")
                yield app
