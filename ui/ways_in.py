"""How traces come in: the address that clients send to, and which other ports are open for them."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit

from ui.screen import Answer, ask, collector

NOT_ASKED_FOR = "not asked for"
"""How the collector's reason begins where a port is closed because nobody wanted it open."""
PUBLISHED_PORTS = "PUBLISHED_PORTS"
"""In Docker, the variable that says which port of this machine leads to which one of the
container's: `8126=8126,6831/udp=16831/udp`."""
TO_OPEN = "./workshop down && ./workshop up --open"
TO_OPEN_IN_DOCKER = "COMPOSE_FILE=docker-compose.yml:docker-compose.open.yml docker compose up -d"


class WaysIn(NamedTuple):
    """Where clients can send."""

    url: str
    """The collector's address, for clients on this machine."""
    open: dict[str, list[str]]
    """The ports open besides the collector's own: `{"Jaeger": ["14268", "6831/udp"], …}`."""
    closed: dict[str, list[str]]
    """Those that are not because nobody asked for them."""
    failed: dict[str, list[str]]
    """Those that were asked for, and cannot be opened."""
    problems: list[str]
    """Why not, in sentences."""
    to_open: str
    """The workshop's command that opens what is closed."""


def ways_in() -> WaysIn:
    """Ask the collector. Raises what `ask` does."""
    report = ask("/api/receivers")
    others = [row for row in report["receivers"] if row["port"] != report["port"]]
    shut = [row for row in others if not row["open"]]
    unwanted = [row for row in shut if row["problem"].startswith(NOT_ASKED_FOR)]
    failed = [row for row in shut if row not in unwanted]
    return WaysIn(
        client_url(collector().url),
        _by_format([row for row in others if row["open"]]),
        _by_format(unwanted),
        _by_format(failed),
        [row["problem"] for row in failed],
        TO_OPEN_IN_DOCKER if published_ports() else TO_OPEN,
    )


def client_url(collector_url: str) -> str:
    """Return the collector's address as clients on this machine reach it. Containers know it by a
    name or a port that means nothing outside."""
    published = published_ports().get(str(urlsplit(collector_url).port))
    return f"http://127.0.0.1:{published}" if published else collector_url


def published_ports() -> dict[str, str]:
    """Return the ports of this machine by those of the container; none outside of Docker."""
    pairs = (pair.partition("=") for pair in os.environ.get(PUBLISHED_PORTS, "").split(","))
    return {inside.strip(): outside for inside, _, outside in pairs if outside}


def _by_format(rows: list[Answer]) -> dict[str, list[str]]:
    ports: dict[str, list[str]] = {}
    published = published_ports()
    for row in rows:
        number = f"{row['port']}/udp" if row["protocol"] == "udp" else str(row["port"])
        ports.setdefault(row["format"].partition(",")[0], []).append(published.get(number, number))
    return ports
