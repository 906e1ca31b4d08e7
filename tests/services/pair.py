"""The two services as running processes, with a sink in the collector's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.servers import Server, running
from tests.services.sink import Sink, Trace, running_sink


@dataclass
class Pair:
    """The matchmaker and the taster."""

    web: Server
    taster: Server
    sink: Sink
    http: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET a path of web."""
        return self.http.get(self.web.url + path, timeout=30, **options)

    def traced(self, path: str) -> tuple[dict[str, Any], Trace]:
        """GET a path of web: the JSON that it answers, and the trace of it."""
        answer = self.get(path)
        return answer.json(), self.sink.trace(answer)

    @contextmanager
    def turned(self, **dials: float) -> Iterator[None]:
        """Turn dials in whichever service has them, and back at the end."""
        before = [(server, self.turn(server, dials)) for server in (self.web, self.taster)]
        try:
            yield
        finally:
            for server, old in before:
                self.turn(server, old)

    def turn(self, server: Server, dials: Mapping[str, float]) -> dict[str, float]:
        """Turn those dials that the server has; return where they stood."""
        there = self.http.get(f"{server.url}/dials", timeout=10).json()["dials"]
        mine = {name: value for name, value in dials.items() if name in there}
        if mine:
            answer = self.http.put(f"{server.url}/dials", json=mine, timeout=10)
            assert answer.status_code == 200, answer.text
        return {name: there[name]["value"] for name in mine}


@contextmanager
def running_pair(data: Path, redis_url: str, **env: str) -> Iterator[Pair]:
    """Both services on free ports, with their data in `data`, until the block ends."""
    with running_sink() as sink:
        both = {"COLLECTOR_URL": sink.url, "REDIS_URL": redis_url, "DATA_DIR": str(data), **env}
        with running("services/taster.py", "--port", "0", env=both) as taster:
            both["TASTER_URL"] = taster.url
            with running("services/web.py", "--port", "0", env=both) as web:
                pair = Pair(web, taster, sink)
                with pair.http:
                    yield pair
