"""The HTTP status that a span answered or got."""

from __future__ import annotations

from collector.model import Span, number_text

_TAG = "http.response.status_code"
_OLD_TAG = "http.status_code"
STATUS_TAGS = (_TAG, _OLD_TAG)
"""The tags that hold it, OpenTelemetry's new name and the one it had until 2023."""


def status_of(span: Span) -> str:
    """Return the HTTP status code in the span's tags; "" if there is none."""
    tags = span.tags
    if _TAG in tags:
        return number_text(tags[_TAG])
    if _OLD_TAG in tags:
        return number_text(tags[_OLD_TAG])
    return ""
