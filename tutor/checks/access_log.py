"""access.log: which requests the learner made, as the app's server writes them down.

A line is `2026-11-20T12:00:00 web GET /pair/beer?name=ipa 200 curl/8.5.0`: time, service, method,
address, status, and what asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

CHECKER = "workshop-check"
"""How the probes of checks call themselves (User-Agent), so that they are not counted."""


@dataclass(frozen=True)
class Visit:
    """A request: `path` is decoded and without its query, `/beers/ipa`."""

    service: str
    method: str
    path: str
    query: str
    status: int
    agent: str


def visits(folder: Path) -> list[Visit]:
    """The requests in `folder`'s access.log, without those of checks."""
    try:
        lines = (folder / "access.log").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    found = [visit for line in lines if (visit := _read(line))]
    return [visit for visit in found if not visit.agent.startswith(CHECKER)]


def _read(line: str) -> Visit | None:
    parts = line.split(" ", 5)
    if len(parts) < 5 or not parts[4].isdecimal():
        return None
    _, service, method, target, status, *agent = parts
    address = urlsplit(target)
    return Visit(service, method, unquote(address.path), address.query, int(status), "".join(agent))
