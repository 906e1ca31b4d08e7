"""The two services as running processes, with a sink in place of the collector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.dials import turned
from tests.servers import Server, running
from tests.services.sink import Sink, Trace, running_sink


@dataclass
class Pair:
    """The matchmaker and the taster, running."""

    web: Server
    taster: Server
    sink: Sink
    http: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET a path of web."""
        return self.http.get(self.web.url + path, timeout=30, **options)

    def traced(self, path: str) -> tuple[dict[str, Any], Trace]:
        """GET a path of web; return the JSON that it answers, and its trace."""
        answer = self.get(path)
        return answer.json(), self.sink.trace(answer)

    def turned(self, **dials: float) -> AbstractContextManager[None]:
        """Turn dials in the services that have them, and back when the block ends."""
        return turned([self.web.url, self.taster.url], dials)


@contextmanager
def running_pair(data: Path, redis_url: str, **env: str) -> Iterator[Pair]:
    """Run both services on free ports, with their data in `data`, until the block ends."""
    with running_sink() as sink:
        both = {"COLLECTOR_URL": sink.url, "REDIS_URL": redis_url, "DATA_DIR": str(data), **env}
        with running("services/taster.py", "--port", "0", env=both) as taster:
            both["TASTER_URL"] = taster.url
            with running("services/web.py", "--port", "0", env=both) as web:
                pair = Pair(web, taster, sink)
                with pair.http:
                    yield pair
