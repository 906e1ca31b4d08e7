"""The ports that the stack really has, in what a learner reads and types.

Lessons and hints name the usual ports. Where one of those was taken, the stack has another, and
everything that a lesson tells to type or to open has to say so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from tutor.course.lesson_markdown import FENCE
from tutor.supervisor import client
from tutor.supervisor.plan import DEFAULT_PORTS

PORT = re.compile(
    r"(?:(?<=localhost:)|(?<=127\.0\.0\.1:)|(?<=\[::1\]:)|(?<=\s:)|(?<=\bport ))\d+\b"
)
"""A port in a text: `localhost:5000`, `web :5000`, `port 5000`."""

CODE = ("diff", "python")
"""The languages of blocks that show the app's code: that asks its environment for the port."""


def real_ports() -> dict[int, int]:
    """Return the port that takes the place of each usual one, by the usual one.

    They are those of the running stack. In Docker they are the published ones: `WEB_PORT`, ….
    """
    stack = client.current() or client.abandoned()
    ports = {}
    for name, usual in DEFAULT_PORTS.items():
        url = stack.url(name) if stack else None
        published = os.environ.get(f"{name.upper()}_PORT", "") if stack is None else ""
        port = urlsplit(url).port if url else int(published) if published.isdecimal() else None
        ports[usual] = port or usual
    return ports


def with_ports(markdown: str, ports: Mapping[int, int]) -> str:
    """Return a lesson's text with `ports` (by the usual ones) in its prose, commands and outputs,
    but not in the code that it shows."""
    return "".join(_lines(markdown, ports))


def _lines(markdown: str, ports: Mapping[int, int]) -> Iterator[str]:
    language = ""
    for line in markdown.splitlines(keepends=True):
        fence = FENCE.fullmatch(line.rstrip("\n"))
        if fence:
            language = "" if language else fence["language"] or "text"
        is_code = language in CODE
        yield line if is_code else PORT.sub(lambda port: _real(port[0], ports), line)


def _real(port: str, ports: Mapping[int, int]) -> str:
    return str(ports.get(int(port), port))
