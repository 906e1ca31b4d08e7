"""Random runs of several services in one process, which call each other through real middleware."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import NamedTuple

from flask import Flask, Response
from hypothesis import strategies as st

from collector.model import Span as StoredSpan
from collector.receivers.datadog import read_v04
from tracer import InMemoryWriter, TraceMiddleware, Tracer, propagation
from tracer.encoding import encode_chunk, join_chunks
from tracer.history import HEADER, History, RecordedSegment

SERVICES = ("web", "taster", "palate")


class Step(NamedTuple):
    """Something that a service does."""

    kind: str
    """`work`, `fail`, `call` another service, or work in a `thread`."""
    service: str
    """The one to call."""
    below: list[Step]
    late: bool
    """Whether a called service does it after the beginning of its answer."""


def _step(below: st.SearchStrategy[list[Step]]) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        st.sampled_from(["work", "work", "fail", "call", "thread"]),
        st.sampled_from(SERVICES),
        below,
        st.integers(0, 3).map(lambda number: number == 3),
    )


STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.recursive(
        _step(st.just([])), lambda steps: _step(st.lists(steps, max_size=3)), max_leaves=12
    ),
    min_size=1,
    max_size=4,
)


class Run:
    """One process that plays all services, with one tracer."""

    def __init__(self, max_bytes: int | bool = 8_000) -> None:
        self.writer = InMemoryWriter()
        self.tracer = Tracer(self.writer)
        self.tracer.configure(history=max_bytes)
        self._plans: list[list[Step]] = []
        self._clients = {name: self._app(name).test_client() for name in SERVICES}

    def play(self, steps: list[Step]) -> History:
        """Do the steps within a root span; return the history at its end."""
        with self.tracer.trace("root", service="client"):
            self._do(steps)
        history = self.tracer.history()
        assert history is not None
        return history

    def stored(self) -> list[StoredSpan]:
        """The spans as a collector has them."""
        chunks = [encode_chunk([span]) for span in self.writer.spans]
        payload = read_v04(join_chunks(chunks))
        assert not payload.rejected
        return [span for chunk in payload.chunks for span in chunk.spans]

    def _app(self, service: str) -> Flask:
        app = Flask(service)
        TraceMiddleware(app, self.tracer, service)

        @app.get("/<int:plan>")
        def act(plan: int) -> Response:
            steps = self._plans[plan]
            self._do([step for step in steps if not step.late])
            late = [step for step in steps if step.late]

            def body() -> Iterator[str]:
                yield "first"
                self._do(late)

            return Response(body())

        return app

    def _do(self, steps: list[Step]) -> None:
        for step in steps:
            if step.kind == "call":
                self._call(step)
            elif step.kind == "thread":
                self._in_thread(step)
            else:
                self._work(step)

    def _work(self, step: Step) -> None:
        with self.tracer.trace(step.kind, resource=f"{step.kind} in {step.service}") as span:
            span.set_tag("depth", len(step.below))
            self._do(step.below)
            if step.kind == "fail":
                span.set_error(ValueError("no donut"))

    def _in_thread(self, step: Step) -> None:
        parent = self.tracer.current_span()

        def run() -> None:
            with self.tracer.activate(parent), self.tracer.trace("thread"):
                self._do(step.below)

        thread = Thread(target=run)
        thread.start()
        thread.join()

    def _call(self, step: Step) -> None:
        self._plans.append(step.below)
        address = f"/{len(self._plans) - 1}"
        with self.tracer.trace("requests.request", resource="GET", type="http") as span:
            span.set_tag("span.kind", "client")
            assert isinstance(span.segment, RecordedSegment)
            headers: dict[str, str] = {HEADER: span.segment.request_header()}
            propagation.inject(span.context, headers)
            answer = self._clients[step.service].get(address, headers=headers)
            assert answer.data == b"first"
            span.segment.take_answer(span, answer.headers[HEADER])


def late_work(steps: list[Step], *, is_called: bool = False, is_late: bool = False) -> bool:
    """Whether something is done after the beginning of an answer."""
    return any(
        (is_called and step.late) or late_work(step.below, is_called=step.kind == "call")
        for step in steps
    )
