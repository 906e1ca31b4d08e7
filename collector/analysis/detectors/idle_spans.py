"""Spans that wait on purpose, by their names: open as long as there may be something to come."""

from __future__ import annotations

import re

from collector.model import Span

_IDLE_WORDS = frozenset(
    """wait sleep backoff delay pause throttle poll polling longpoll heartbeat subscribe watch
    stream streaming events sse ws websocket receive recv""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_]+")
_MAX_READ_CHARS = 500


def is_idle(span: Span) -> bool:
    """Tell whether a span says by its name or resource that it waits for something to come."""
    text = f"{span.name[:_MAX_READ_CHARS]} {span.resource[:_MAX_READ_CHARS]}"
    return not _IDLE_WORDS.isdisjoint(word.lower() for word in _WORD.findall(text))


def is_wait(span: Span) -> bool:
    """Tell whether a span is the wait for a turn, for a lock or for a connection."""
    return span.name.endswith((".wait", ".acquire", "_wait", "_acquire"))
