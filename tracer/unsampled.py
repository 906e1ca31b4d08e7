"""Spans that leave no record. They cost next to nothing and still tell other services so."""

from __future__ import annotations

from typing import Any

from . import ids
from .context import Context, active
from .segment import Segment
from .span import Span


class Ignored(Span):
    """Looks like a span and does nothing. All spans below an unsampled root are this one."""

    __slots__ = ()

    def __init__(self, segment: Segment, span_id: int) -> None:
        self.segment = segment
        self.span_id = span_id
        self.outer = self.token = self.events = self.links = None
        self.name = self.service = self.resource = self.type = ""
        self.parent_id = self.error = self.began = self.duration = 0
        self.tags = {}

    def child(self, name: str, service: str | None, resource: str | None, type: str | None) -> Span:
        """Return this span itself."""
        return self

    def set_tag(self, key: str, value: object = "true") -> None:
        """Do nothing."""

    def set_tags(self, tags: dict[str, Any]) -> None:
        """Do nothing."""

    def set_error(self, error: BaseException) -> None:
        """Do nothing."""

    def add_event(self, name: str, attributes: dict[str, Any] | None = None) -> None:
        """Do nothing."""

    def add_link(self, context: Context) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""

    def __exit__(self, *exc: object) -> None:
        pass


class Unsampled(Ignored):
    """The local root of a trace that is not kept: only it becomes the current span."""

    __slots__ = ("inner",)

    def __init__(self, segment: Segment, outer: Span | Context | None) -> None:
        super().__init__(segment, ids.span_id())
        self.inner = Ignored(segment, self.span_id)
        self.outer = outer
        self.duration = None
        self.token = active.set(self)

    def child(self, name: str, service: str | None, resource: str | None, type: str | None) -> Span:
        """Return the span that stands for all those within."""
        return self.inner

    def finish(self) -> None:
        """End it."""
        if self.duration is None:
            self.duration = 0
            self._leave()

    def __exit__(self, *exc: object) -> None:
        self.finish()
