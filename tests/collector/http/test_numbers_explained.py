"""docs/analysis.md says of every number in an answer what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.model import Chunk
from collector.store.trace_store import TraceStore
from tests.collector.analysis.traces import span

PAGE = Path(__file__).parents[3] / "docs" / "analysis.md"
NAMED_BY_DATA = {"services", "statuses", "per_visit", "odd_left_out"}
"""What has numbers under names of services and the like."""
GRAPHS = {"dependencies", "dependants"}
"""What has such names twice, one beneath the other."""
NO_NUMBERS = {"how"}
"""What is about numbers, and has none that count."""
INDEXES = {"service", "name", "resource", "type"}
"""Columns of a trace that hold indexes into its texts."""
TRACES = 24
CHANGE = {"service": "db", "name": "query", "resource": "SELECT", "way": "scale", "factor": 0.5}
SECTIONS = {
    "Traces": ("traces", "summary"),
    "A trace": (f"trace/{1:032x}", f"trace/{1:032x}/insight"),
    "Routes and series": ("routes", "series"),
    "Graph, tree and map": ("graph?by=path", "graph?by=operation", "graph?by=service", "map"),
    "Compare": ("compare?a_q=version:1&b_q=version:2", "deploys"),
    "What if": (f"what-if?change={json.dumps(CHANGE)}", "away?service=db"),
}
"""The headings of the page, and the answers that each is about."""


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    """Requests of two deploys, with a comb of queries, an error, a link, an event and a clock that
    is behind."""
    store.add([Chunk(f"{number:032x}", _request(number)) for number in range(1, TRACES + 1)])


def _request(number: int) -> list[Any]:
    version = str(1 + number % 2)
    comb = [span(10 + i, 1, i, i + 1, "query", "db", "SELECT", "sql") for i in range(9)]
    return [
        span(1, 0, 0, 30 + number, "flask", "web", "GET /", "http", "server", version=version),
        span(2, 1, 10, 20, "get", "web", "GET /taste", "http", "client"),
        span(
            3,
            2,
            -40,
            -31,
            "taste",
            "taster",
            "taste",
            "",
            "server",
            http__response__status_code=500,
        ),
        span(4, 99, 5, 6, "lost", "web", "lost", "", "", 1),
        *comb,
    ]


def numbers(answer: object, name: str = "") -> Iterator[str]:
    """Yield the names of the numbers, and of the moments, in an answer."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            of_data = name in GRAPHS or (name in NAMED_BY_DATA and not isinstance(value, dict))
            if key not in NO_NUMBERS:
                yield from numbers(value, name if of_data else key)
    elif isinstance(answer, list):
        for value in answer:
            yield from numbers(value, name)
    elif _is_number(answer):
        yield name


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"-?\d{17,20}", value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def explained(heading: str) -> set[str]:
    """The names in the first column of a section's tables."""
    _, _, numbered = PAGE.read_text().partition("## Every number, one by one")
    sections = re.split(r"^### ", numbered, flags=re.MULTILINE)
    (section,) = (each for each in sections if each.startswith(f"{heading}:"))
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", " ".join(cells)))


@pytest.mark.parametrize(
    ("heading", "path"), [(heading, path) for heading, paths in SECTIONS.items() for path in paths]
)
def test_every_number_is_explained(client: FlaskClient, heading: str, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    found = set(numbers(answer.json)) - INDEXES
    assert len(found) >= 3, "a test that sees no numbers proves nothing"
    known = explained(heading) | explained("The set")
    assert found - known == set()
