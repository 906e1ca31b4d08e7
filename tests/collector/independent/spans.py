"""A span as this check sees it, and as it is sent to the collector.

Nothing in this folder but the test itself knows the collector: it is written from docs/analysis.md
alone, slow and obvious on purpose, so that the two can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """One span; times are ns since 1970."""

    trace: int
    id: int
    parent: int
    service: str
    name: str
    resource: str
    start: int
    duration: int
    error: int = 0
    kind: str = ""
    status: str = ""
    rates: dict[str, float] = field(default_factory=dict, hash=False)
    """Tags that say with which probability the trace was kept."""
    samplers: dict[str, str] = field(default_factory=dict, hash=False)
    """The same in texts, as OpenTelemetry's and Jaeger's samplers write it."""
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    """Tags that the check searches for."""
    triggered: bool = False
    """Whether a link says that something else triggered it."""
    claims: tuple[int, int] | None = None
    """Start and duration as they are sent, if those cannot be."""
    upper_half: int = 0
    """That of the trace's id; 0 for a client that knows 64 bits only."""

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def operation(self) -> tuple[str, str, str]:
        return self.service, self.name, self.resource

    @property
    def failed(self) -> bool:
        return bool(self.error) or self.status.startswith("5")

    def as_sent(self) -> dict[str, object]:
        """Return the span as a client sends it, in v0.4."""
        meta = self.labels | self.samplers
        if self.upper_half:
            meta["_dd.p.tid"] = f"{self.upper_half:016x}"
        start, duration = self.claims or (self.start, self.duration)
        if self.kind:
            meta["span.kind"] = self.kind
        if self.status:
            meta["http.response.status_code"] = self.status
        link = {"trace_id": 1, "span_id": 1, "attributes": {"kind": "trigger"}}
        return {
            "trace_id": self.trace,
            "span_id": self.id,
            "parent_id": self.parent,
            "service": self.service,
            "name": self.name,
            "resource": self.resource,
            "type": "",
            "start": start,
            "duration": duration,
            "error": self.error,
            "meta": meta,
            "metrics": self.rates,
            "span_links": [link] if self.triggered else [],
        }
