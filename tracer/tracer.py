"""The tracer: starts spans below the current one, decides on sampling, delivers to a writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import ids
from .containment import contained
from .context import Context
from .history import OFF, History, RecordedSegment, RecordedSpan, asked, latest
from .sampling import DROP, KEEP, WANTED, Decision, UnitarySampler
from .sampling.tracestate import without_member
from .segment import Segment
from .settings import Settings
from .span import Span, active, current
from .text import to_text
from .unsampled_span import NonRecordingSpan, UnsampledRoot
from .wrap import P, R, wrapped
from .writer import Writer


class Tracer(Settings):
    """Makes spans, as a `Tracer` of OpenTelemetry or OpenTracing does.

    A program needs one, `tracer.tracer`; tests may make their own.
    """

    def __init__(self, writer: Writer | None = None) -> None:
        """Read the settings from the environment.

        `writer` takes the finished spans; by default they go to the collector.
        """
        super().__init__(writer)
        self._disabled_span = NonRecordingSpan(Segment(self._deliver, trace_id=0), span_id=0)

    def trace(
        self,
        name: str,
        service: str | None = None,
        resource: str | None = None,
        type: str | None = None,
        tags: dict[str, Any] | None = None,
        submitter: Context | Sequence[Context | None] | None = None,
    ) -> Span:
        """Start a span as a child of the current one and make it the current one.

        `service` defaults to the parent's, `resource` to the name. Use the span in a `with`, or
        call its `finish`.

        Deferred work is asked for by one request and set off by another: its parent is the one that
        sets it off, the trigger; `submitter` is the context, or a list of contexts, of whoever
        asked for it.
        """
        parent = current()
        if isinstance(parent, Span):
            span = parent.start_child(name, service, resource, type)
        else:
            span = self._start_root(parent, name, service, resource, type, tags)
        if tags is not None or submitter is not None:
            try:
                span.set_tags(tags)
                if submitter is not None:
                    span.add_submitters(submitter)
            except BaseException:  # Ctrl-C; nobody else has the span yet
                span.finish()
                raise
        return span

    def _start_root(
        self,
        parent: Context | None,
        name: str,
        service: str | None,
        resource: str | None,
        type: str | None,
        tags: dict[str, Any] | None,
    ) -> Span:
        """Start this process's first span of a trace, and decide on sampling if nobody has yet."""
        if not self.enabled:
            return self._disabled_span
        trace_id = parent.trace_id if parent else ids.trace_id()
        tracestate = parent.tracestate if parent else ""
        kind_of_span = Span
        segment = Segment(self._deliver, trace_id, tracestate, self._clock)
        if self.history_setting is not OFF and (recorded := self._recorded(trace_id, tracestate)):
            segment, kind_of_span = recorded, RecordedSpan
        service = self.service if service is None else service
        resource = name if resource is None else resource
        if parent is None or parent.priority is None:
            decision = self._decide(trace_id, service, name, resource, tags)
            segment.priority, segment.probability, _ = decision
            segment.tracestate = ",".join(filter(None, (decision.tracestate, tracestate)))
        else:
            segment.priority, segment.probability = parent.priority, parent.probability
        if segment.priority <= 0:
            return UnsampledRoot(segment, parent, service)
        segment.root = span = kind_of_span().begin(
            segment,
            parent,
            parent.span_id if parent else 0,
            name,
            service,
            resource,
            "" if type is None else type,
        )
        if self.version:
            span.tags["version"] = self.version
        if self.env:
            span.tags["env"] = self.env
        return span

    def _recorded(self, trace_id: int, tracestate: str) -> RecordedSegment | None:
        """Return a segment with a history, if the setting or the request says so."""
        always, max_bytes = self.history_setting
        received = asked.get()
        if not always and received is None:
            return None
        return RecordedSegment(
            self._deliver,
            trace_id,
            tracestate,
            self._clock,
            received=received,
            max_bytes=max_bytes,
            is_chained=not isinstance(self.sampler, UnitarySampler),
        )

    def history(self) -> History | None:
        """Return what this process knows of the current trace, or else of the trace that ended
        last in this thread or task; None if there is none with a history.

        Of a called service that is what its answer's header had room for: what it did while it
        was sending a body is missing, and its first span is open.
        """
        span = self.current_span()
        segment = latest.get() if span is None else span.segment
        return segment.history() if isinstance(segment, RecordedSegment) else None

    def _decide(
        self,
        trace_id: int,
        service: str,
        name: str,
        resource: str,
        tags: dict[str, Any] | None,
    ) -> Decision:
        """Decide on a trace that begins here. What cannot be decided on, as the app's texts are
        none, is kept."""
        with contained:
            given = {} if tags is None else tags
            return self.sampler.decide(trace_id, service, name, resource, given)
        return Decision(KEEP)

    def keep(self) -> None:
        """Keep the current trace, whatever was decided at its head.

        That goes for whatever comes after it, here and in the services called from now on: spans
        that were not recorded are lost.
        """
        self._wish(WANTED)

    def drop(self) -> None:
        """Keep no more of the current trace, here and in the services called from now on."""
        self._wish(DROP)

    def _wish(self, priority: int) -> None:
        span = self.current_span()
        if span is not None:
            segment = span.segment
            # Not by chance any more, so it stands for no other trace.
            segment.priority, segment.probability = priority, None
            segment.tracestate = without_member(segment.tracestate)

    def _deliver(self, spans: list[Span]) -> None:
        """Hand finished spans to the current writer; `configure` may have changed it."""
        if spans[0].segment.priority <= 0:
            return
        with contained:
            if isinstance(self.sampler, UnitarySampler):
                spans = self.sampler.chosen(spans)
            if spans:
                self.writer.put(spans)

    def wrap(
        self,
        name: str | None = None,
        service: str | None = None,
        resource: str | None = None,
        type: str | None = None,
        tags: dict[str, Any] | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorate a function (`async` or not) so that each call is a span, named after it.

        For a generator function, only the call is measured, not the iteration.
        """
        if callable(name):  # @tracer.wrap without parentheses
            return self.wrap()(name)

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            span_name = name or getattr(function, "__qualname__", "") or to_text(function)
            return wrapped(function, lambda: self.trace(span_name, service, resource, type, tags))

        return decorate

    def current_span(self) -> Span | None:
        """Return the current span of this thread or task, or None."""
        span = current()
        return span if isinstance(span, Span) else None

    def current_context(self) -> Context | None:
        """Return what to send to another service so that it joins the current trace, or None."""
        span = current()
        return span.context if isinstance(span, Span) else span

    @contextmanager
    def activate(self, context: Context | Span | None) -> Iterator[None]:
        """Make spans started within the block children of `context`.

        `context` is one received from another service, or a span of another thread. None or
        anything else changes nothing.
        """
        before = active.get()
        if _can_be_parent(context):
            active.set(context)
        try:
            yield
        finally:
            active.set(before)

    def flush(self, timeout: float = 2.0) -> bool:
        """Send what is finished now; return whether that was done within `timeout` seconds."""
        return self.writer.flush(timeout)

    def shutdown(self, timeout: float = 2.0) -> None:
        """Send what is finished and stop. The end of the program does this by itself."""
        self.writer.close(timeout)


def _can_be_parent(context: object) -> bool:
    if issubclass(type(context), Span):
        return True
    return (
        type(context) is Context
        and type(context.trace_id) is int
        and type(context.span_id) is int
        and (context.priority is None or type(context.priority) is int)
        and type(context.tracestate) is str
    )


tracer = Tracer()
"""The program's tracer."""
