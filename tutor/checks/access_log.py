"""access.log: which requests the app's server has answered, and the learner's own among them.

A line is `2026-11-20T12:00:00 web GET /pair/beer?name=ipa 200 curl/8.5.0`: time, service, method,
address, status, and the client's User-Agent.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROBE_USER_AGENT = "workshop-check"
"""The User-Agent of the requests that checks make, so that they are not counted."""


@dataclass(frozen=True)
class LoggedRequest:
    """A request: `path` is decoded and without its query, `/beers/ipa`."""

    service: str
    method: str
    path: str
    query: str
    status: int
    agent: str


def learner_requests(folder: Path) -> list[LoggedRequest]:
    """Return the requests in `folder`'s access.log, without those of checks. Its older part may
    have been moved aside (`tutor.supervisor.log_files.trim`)."""
    lines: list[str] = []
    for name in ("access.log.1", "access.log"):
        with suppress(FileNotFoundError):
            lines += (folder / name).read_text("utf-8", "replace").splitlines()
    requests = [request for line in lines if (request := _read(line))]
    return [request for request in requests if not request.agent.startswith(PROBE_USER_AGENT)]


def _read(line: str) -> LoggedRequest | None:
    parts = line.split(" ", 5)
    if len(parts) < 5 or not parts[4].isdecimal():
        return None
    _, service, method, target, status, *agent = parts
    url = urlsplit(target)
    return LoggedRequest(service, method, unquote(url.path), url.query, int(status), "".join(agent))
