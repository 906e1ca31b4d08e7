"""Spans that are not recorded. They cost next to nothing and still tell other services so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import ids
from .context import Context
from .segment import Segment
from .span import Span, active


class NonRecordingSpan(Span):
    """Looks like a span and does nothing (OpenTelemetry's `NonRecordingSpan`).

    All spans below an unsampled root are this one, unless the app decides to keep the trace.
    """

    __slots__ = ()

    is_recording = False

    def __init__(self, segment: Segment, span_id: int, service: str = "") -> None:
        self.segment = segment
        self.span_id = span_id
        self.previous = self.token = self.events = self.links = None
        self.name = self.resource = self.type = ""
        self.service = service
        self.parent_id = self.error = self.monotonic_start = self.duration = 0
        self.tags = {}

    def start_child(
        self, name: str, service: str | None, resource: str | None, type: str | None
    ) -> Span:
        """Return this span itself, unless the trace is to be kept from now on."""
        if self.segment.priority > 0:
            return super().start_child(name, service, resource, type)
        return self

    def set_tag(self, key: str, value: object = "true") -> None:
        """Ignore the tag."""

    def set_tags(self, tags: dict[str, Any] | None) -> None:
        """Ignore the tags."""

    def set_error(self, error: BaseException) -> None:
        """Ignore the error."""

    def add_event(self, name: str, attributes: dict[str, Any] | None = None) -> None:
        """Ignore the event."""

    def add_link(self, context: Context, attributes: dict[str, Any] | None = None) -> None:
        """Ignore the link."""

    def add_submitters(self, submitters: Context | Sequence[Context | None] | None) -> None:
        """Ignore the submitters."""

    def finish(self) -> None:
        """Change nothing: the span was never current."""

    def __exit__(self, *exc: object) -> None:
        pass


class UnsampledRoot(NonRecordingSpan):
    """The local root of a trace that is not kept: the only span of it that becomes current."""

    __slots__ = ("descendant",)

    def __init__(self, segment: Segment, previous: Span | Context | None, service: str) -> None:
        super().__init__(segment, ids.span_id(), service)
        self.descendant = NonRecordingSpan(segment, self.span_id, service)
        """Stands for all spans below."""
        self.previous = previous
        self.duration = None
        self.token = active.set(self)

    def start_child(
        self, name: str, service: str | None, resource: str | None, type: str | None
    ) -> Span:
        """Return the span that stands for all those below, unless the trace is to be kept from now
        on."""
        if self.segment.priority > 0:
            return self.descendant.start_child(name, service, resource, type)
        return self.descendant

    def finish(self) -> None:
        """End the span, which is only to stop being current."""
        if self.duration is None:
            self.duration = 0
            self.leave()

    def __exit__(self, *exc: object) -> None:
        self.finish()
