"""A small tracing client: it makes spans, carries them over HTTP, sends them to a collector.

    from tracer import tracer, TraceMiddleware, patch

    tracer.configure(service="web")
    TraceMiddleware(app, tracer)
    patch(sqlalchemy=True, redis=True, requests=True)

    with tracer.trace("match", resource="ipa") as span:
        span.set_tag("candidates", 12)

Read it in this order; no module imports a later one: `ids`, `context`, `containment`, `text`,
`errors`, `segment`, `span`, `logical_clock`, `unsampled_span`, `connection`, `sampling`,
`encoding`, `history`, `environment`, `wrap`, `writer`, `memory`, `settings`, `tracer`,
`propagation`, `http_method`, `flask`, `sql`, `patch`. Whatever goes wrong in here, the app does not
notice.
"""

from __future__ import annotations

from . import propagation
from .context import Context
from .flask import TraceMiddleware
from .memory import InMemoryWriter, NoopWriter
from .patch import patch, unpatch
from .span import Link, Span
from .tracer import Tracer, tracer
from .writer import HttpWriter, Writer

__all__ = [
    "Context",
    "HttpWriter",
    "InMemoryWriter",
    "Link",
    "NoopWriter",
    "Span",
    "TraceMiddleware",
    "Tracer",
    "Writer",
    "patch",
    "propagation",
    "tracer",
    "unpatch",
]
