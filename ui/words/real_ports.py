"""The ports that the stack really has, in what a learner reads and types.

Lessons name the usual ports. Where one of those was taken, the stack has another, and everything
that a lesson tells to type or to open has to say so. `./workshop lesson` goes by the same rules.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

USUAL_PORTS = {"web": 5000, "taster": 5001, "collector": 8126, "ui": 8080, "locust": 8089}
"""The ports that lessons name."""

PORT = re.compile(
    r"(?:(?<=localhost:)|(?<=127\.0\.0\.1:)|(?<=\[::1\]:)|(?<=\s:)|(?<=\bport ))\d+\b"
)
"""A port in a text: `localhost:5000`, `web :5000`, `port 5000`."""

FENCE = re.compile(r" {0,3}`{3,}([\w-]*)\s*")
CODE = ("diff", "python")
"""The languages of blocks that show the app's code: that asks its environment for the port."""


def real_ports() -> dict[int, int]:
    """Return the port that takes the place of each usual one, by the usual one.

    The supervisor says them in WEB_URL and the like. In Docker the addresses are those within its
    network, and WEB_PORT and the like are the ports that they are published on.
    """
    return {usual: _port(name.upper()) or usual for name, usual in USUAL_PORTS.items()}


def with_ports(markdown: str, ports: Mapping[int, int]) -> str:
    """Return a lesson's text with `ports` (by the usual ones) in its prose, commands and outputs,
    but not in the code that it shows."""
    return "".join(_lines(markdown, ports))


def _port(name: str) -> int | None:
    published = os.environ.get(f"{name}_PORT", "")
    here = _port_here(os.environ.get(f"{name}_URL"))
    return here or (int(published) if published.isdecimal() else None)


def _port_here(url: str | None) -> int | None:
    """Return the port of an address on this machine; None for any other."""
    try:
        address = urlsplit(url or "")
        return address.port if address.hostname in ("localhost", "127.0.0.1", "::1") else None
    except ValueError:
        return None


def _lines(markdown: str, ports: Mapping[int, int]) -> Iterator[str]:
    language = ""
    for line in markdown.splitlines(keepends=True):
        if fence := FENCE.fullmatch(line.rstrip("\n")):
            language = "" if language else fence[1] or "text"
        is_code = language in CODE
        yield line if is_code else PORT.sub(lambda port: _real(port[0], ports), line)


def _real(port: str, ports: Mapping[int, int]) -> str:
    return str(ports.get(int(port), port))
