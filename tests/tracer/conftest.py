"""Tracers that keep their spans, and a collector that keeps what it receives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tracer.sink import Sink, running_sink
from tracer import InMemoryWriter, Span, Tracer, unpatch
from tracer import tracer as global_tracer
from tracer.span import active


@pytest.fixture(autouse=True)
def no_active_trace() -> Iterator[None]:
    """Check that each test starts and ends outside of any trace."""
    assert active.get() is None
    yield
    left, _ = active.get(), active.set(None)
    assert left is None


@pytest.fixture
def writer() -> InMemoryWriter:
    return InMemoryWriter()


@pytest.fixture
def tracer(writer: InMemoryWriter) -> Tracer:
    """A tracer whose finished spans are in `writer.spans`."""
    return Tracer(writer)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Span]]:
    """The finished spans of the program's tracer, which the patches use."""
    writer = InMemoryWriter()
    monkeypatch.setattr(global_tracer, "writer", writer)
    yield writer.spans
    unpatch()


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink
