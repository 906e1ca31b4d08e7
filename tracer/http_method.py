"""HTTP methods as OpenTelemetry's semantic conventions write them: the known ones as they are, any
other as `_OTHER`, so that somebody who makes methods up does not make up operations, too."""

from __future__ import annotations

from .text import to_text

KNOWN_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
)
"""Those of RFC 9110, and PATCH (RFC 5789)."""
OTHER = "_OTHER"
METHOD = "http.request.method"
ORIGINAL = "http.request.method_original"


def method_tags(method: object) -> dict[str, str]:
    """Return a request's method as tags: its name, and how it was written if that is another."""
    if type(method) is str and method in KNOWN_METHODS:
        return {METHOD: method}
    original = to_text(method)
    name = original.upper()
    tags = {METHOD: name if name in KNOWN_METHODS else OTHER}
    if tags[METHOD] != original:
        tags[ORIGINAL] = original
    return tags


def method_in_resource(method: object) -> str:
    """Return what a resource begins with: the method, or `HTTP` for one that is not known."""
    if type(method) is str and method in KNOWN_METHODS:
        return method
    name = method_tags(method)[METHOD]
    return "HTTP" if name == OTHER else name
