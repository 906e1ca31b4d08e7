"""Answers say how their numbers are computed, and the functions that they name exist."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.model import Chunk
from collector.store.trace_store import TraceStore
from tests.collector.analysis.traces import random_trace

ROOT = Path(__file__).parents[3]
TRACE_ID = "a" * 32
ANSWERS = [
    *("routes", "series", "graph?by=path", "graph?by=operation", "graph?by=service", "map"),
    *("compare", "deploys", "what-if", "away?service=x", "summary", f"trace/{TRACE_ID}/insight"),
]


def names_in(text: str) -> set[str]:
    """The dotted names of the collector's modules and functions in a text."""
    rooms = "|".join(path.name for path in (ROOT / "collector").iterdir() if path.is_dir())
    return set(re.findall(rf"\bcollector\.(?:{rooms})(?:\.\w+)*", text))


def exists(name: str) -> bool:
    """Whether a dotted name is that of a module, or of something in a module."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            value = getattr(value, part, None)
        return value is not None
    return False


def explanations(answer: object) -> Iterator[str]:
    """The texts under every `how` of an answer."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key == "how":
                yield from value.values() if isinstance(value, dict) else [value]
            else:
                yield from explanations(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from explanations(value)


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    store.add([Chunk(TRACE_ID, random_trace(20, 1))])


def test_names_that_do_not_exist_are_noticed() -> None:
    module = "collector.analysis.percentiles"
    assert exists(module)
    assert exists(f"{module}.latency")
    assert not exists(f"{module}.average")
    assert not exists(f"{module}_of_nothing.latency")


@pytest.mark.parametrize("path", ANSWERS)
def test_functions_that_an_answer_names_exist(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    texts = list(explanations(answer.json))
    assert texts
    assert [name for name in names_in(" ".join(texts)) if not exists(name)] == []
