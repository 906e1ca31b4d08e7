"""What makes spans of different traces belong together: three keys, three pictures.

By the path of their ancestors, spans fold into a calling-context tree; by operation, into the graph
that requests flow through; by service, into a map.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from collector.analysis.tree import Tree
from collector.model import Span
from collector.name_template import template_of

MAX_KEPT_KEYS = 20_000
"""Keys that stay in memory, with what they were made of: most traces are made of the same few."""
MAX_KEPT_CHARS = 500
"""Length of the longest resource whose keys stay in memory."""


class Operation(NamedTuple):
    """A kind of work: what a service does, and to what. A span's name in OpenTelemetry is the
    operation, too, but without service and resource. Ids and literals in name and resource are `?`
    (`collector.name_template`)."""

    service: str
    name: str = ""
    resource: str = ""


class Keying(NamedTuple):
    """A rule that says which spans belong to the same node."""

    keys: Callable[[Tree], list[str]]
    """Returns the key of each row."""
    operation: Callable[[Span], Operation]
    """Returns what a node is called, given any of its spans."""
    visits_merge: bool
    """Whether a child under its parent's key belongs to the same visit: a service that calls its
    own functions is entered once."""


def operation_of(span: Span) -> Operation:
    """Return service, name and resource of a span: `web`, `sqlalchemy.query`, `SELECT …`."""
    return operation_named(span.service, span.name, span.resource)


def operation_named(service: str, name: str, resource: str) -> Operation:
    """Return the operation of a span with this service, name and resource."""
    if len(resource) > MAX_KEPT_CHARS:
        return _kept_operation.__wrapped__(service, name, resource)
    return _kept_operation(service, name, resource)


@lru_cache(maxsize=MAX_KEPT_KEYS)
def _kept_operation(service: str, name: str, resource: str) -> Operation:
    return Operation(service, template_of(name), template_of(resource))


def _service_of(span: Span) -> Operation:
    return Operation(span.service)


def _digest(parent_key: str, service: str, name: str, resource: str) -> str:
    """Return 16 hex digits for an operation under a parent. A path spelled out would grow with its
    depth, and all paths of a deep trace together with its square."""
    if len(resource) > MAX_KEPT_CHARS:
        return _kept_digest.__wrapped__(parent_key, service, name, resource)
    return _kept_digest(parent_key, service, name, resource)


@lru_cache(maxsize=MAX_KEPT_KEYS)
def _kept_digest(parent_key: str, service: str, name: str, resource: str) -> str:
    text = "\x1f".join((parent_key, *operation_named(service, name, resource)))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _path_keys(tree: Tree) -> list[str]:
    keys: list[str] = []
    for span, parent in zip(tree.spans, tree.parent, strict=True):
        above = keys[parent] if parent >= 0 else ""
        keys.append(_digest(above, span.service, span.name, span.resource))
    return keys


def _operation_keys(tree: Tree) -> list[str]:
    return [_digest("", span.service, span.name, span.resource) for span in tree.spans]


def _service_keys(tree: Tree) -> list[str]:
    return [span.service or "(no name)" for span in tree.spans]


BY_PATH = Keying(_path_keys, operation_of, visits_merge=False)
BY_OPERATION = Keying(_operation_keys, operation_of, visits_merge=False)
BY_SERVICE = Keying(_service_keys, _service_of, visits_merge=True)
