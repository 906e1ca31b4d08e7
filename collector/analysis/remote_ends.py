"""What services call that sends no spans of its own: known only by what its callers say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from collector.analysis.calls import Calls
from collector.analysis.fold import add_calls
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Span, TagValue

CALLING_KINDS = frozenset(("client", "producer"))
MAX_NAME_CHARS = 200

_SERVICE = ("peer.service", "peer.service.name")
_HOST = (
    "server.address",
    "net.peer.name",
    "out.host",
    "peer.hostname",
    "peer.address",
    "network.peer.address",
    "net.peer.ip",
    "peer.ipv4",
    "peer.ipv6",
    "http.host",
)
_PORT = ("server.port", "net.peer.port", "out.port", "network.destination.port", "peer.port")
_URL = ("url.full", "http.url")
_SYSTEM = (
    "db.system.name",
    "db.system",
    "db.type",
    "messaging.system",
    "messaging.destination.name",
    "rpc.service",
)
"""Tags that name a remote end, the best names first; by OpenTelemetry's conventions, new and old,
OpenTracing's, and Datadog's."""
_NAMED_AFTER_ITS_END = "aws.xray.namespace"
"""The tag of X-Ray's calls, whose name is that of what they call."""


class RemoteEnd(msgspec.Struct, array_like=True):
    """Something that is called and sends nothing."""

    type: str = ""
    """Type of the calls: `http`, `redis`."""
    search: str = ""
    """The part of a search that finds the calls."""
    callers: dict[str, Calls] = {}
    """The calls, by the key of the calling service."""

    def add(self, other: RemoteEnd) -> None:
        """Add the calls of others."""
        self.type = max(self.type, other.type)
        self.search = max(self.search, other.search)
        for caller, calls in other.callers.items():
            self.callers.setdefault(caller, Calls()).add_all([calls])


class RemoteEnds(msgspec.Struct, array_like=True):
    """The remote ends in some traces. Sums of sums are the sum of the whole."""

    silent: dict[str, RemoteEnd] = {}
    """Those of calls that nobody is seen to answer, by name."""
    heard: set[str] = set()
    """Names of those that a service of the trace answered for: in other traces its spans may be
    missing, as when it is down."""

    def add_all(self, others: Sequence[RemoteEnds]) -> None:
        """Add the remote ends of other traces."""
        for other in others:
            self.heard |= other.heard
            for name, end in other.silent.items():
                self.silent.setdefault(name, RemoteEnd()).add(end)

    def uninstrumented(self) -> dict[str, RemoteEnd]:
        """Return those that never answered with a span, by name."""
        return {name: end for name, end in self.silent.items() if name not in self.heard}


def remote_ends(trace: Trace, keys: Sequence[str]) -> RemoteEnds:
    """Return the remote ends in a trace; `keys` are those of each row's service."""
    tree = trace.tree
    answered, forwarded = _answered(tree)
    ends = RemoteEnds()
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, span in enumerate(tree.spans):
        if span.tags.get("span.kind") not in CALLING_KINDS or row in forwarded:
            continue
        name, search = name_of(span)
        if not name or _is_named_after_its_end(tree, row):
            continue
        if row in answered:
            ends.heard.add(name)
            continue
        end = ends.silent.setdefault(name, RemoteEnd())
        end.type, end.search = max(end.type, span.type), max(end.search, search)
        rows_of.setdefault((name, keys[row]), []).append(row)
    for (name, caller), rows in rows_of.items():
        calls = ends.silent[name].callers[caller] = Calls()
        add_calls(calls, trace, rows)
    return ends


def name_of(span: Span) -> tuple[str, str]:
    """Return what a call says of whom it calls, with the part of a search that finds such calls;
    "" and "" if it says nothing."""
    tags = span.tags
    if found := _first(tags, _SERVICE):
        return found[1], _term(*found)
    if found := _first(tags, _HOST):
        key, host = found
        port = _first(tags, _PORT)
        has_port = host.count(":") == 1 or "]:" in host
        if port is None or has_port:
            return host, _term(key, host)
        name = f"[{host}]:{port[1]}" if ":" in host else f"{host}:{port[1]}"
        return name, f"{_term(key, host)} {_term(*port)}"
    if (found := _first(tags, _URL)) and (host := _host_of(found[1])):
        return host, "span.kind:client"
    found = _first(tags, _SYSTEM)
    if found is None and _NAMED_AFTER_ITS_END in tags:
        found = "name", span.name
    return (found[1], _term(*found)) if found else ("", "")


def _answered(tree: Tree) -> tuple[set[int], set[int]]:
    """Return the rows below which another service has spans, and those below which the same service
    makes the call that counts: a client in a client."""
    answered: set[int] = set()
    forwarded: set[int] = set()
    for span, parent in zip(tree.spans, tree.parent, strict=True):
        if parent < 0:
            continue
        kind = span.tags.get("span.kind")
        if kind in ("server", "consumer") or span.service != tree.spans[parent].service:
            answered.add(parent)
        elif kind in CALLING_KINDS:
            forwarded.add(parent)
    return answered, forwarded


def _is_named_after_its_end(tree: Tree, row: int) -> bool:
    """Tell whether the span's service is the remote end: `db`, by Datadog's convention and ours."""
    parent = tree.parent[row]
    return parent >= 0 and tree.spans[parent].service != tree.spans[row].service


def _first(tags: Mapping[str, TagValue], keys: tuple[str, ...]) -> tuple[str, str] | None:
    for key in keys:
        if text := str(tags.get(key, "")).strip()[:MAX_NAME_CHARS]:
            return key, text
    return None


def _host_of(url: str) -> str:
    """Return host and port of a URL, without a password; "" if it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _term(key: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}:"{escaped}"'
