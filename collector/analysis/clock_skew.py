"""Clocks that disagree: suspected, shown, and corrected only on request.

A request cannot arrive before it was sent, nor its answer before it was given. Where a server span
is not within its client's, the clock of one of the two machines is wrong. Shifting such spans
silently would hide what was measured (jaegertracing/jaeger#1459), so `build_tree` never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median
from typing import NamedTuple

import msgspec

from collector.analysis.anomaly import Anomaly
from collector.analysis.asynchronous import CLOCK_SLACK_NS
from collector.analysis.tree import Tree, build_tree
from collector.model import Span

TOLERATED_OVERHANG_NS = 1_000_000
"""How long after its client a server may end without suspicion: it may be tidying up."""


class Skew(NamedTuple):
    """How far one host's clock is off, compared with that of a host that calls it."""

    caller: str
    host: str
    """Name of the host, or its service where spans do not name their host."""
    offset: int
    """Nanoseconds by which the host's clock is ahead of the caller's (negative: behind)."""
    span_id: int
    """The first server span that cannot be where it is."""


def suspect_skew(tree: Tree) -> list[Skew]:
    """Return the hosts whose clocks seem to differ from their callers'.

    The offset is NTP's: ((server start - client start) + (server end - client end)) / 2, which
    assumes that the way there takes as long as the way back. One host has one clock, so there is
    one offset for all calls between two hosts, the median; and it is suspected only if more than
    half of the calls would be impossible with clocks that agree.
    """
    server_calls = list(rows_of_server_calls(tree))
    impossible = {row for row in server_calls if _is_impossible(tree, row)}
    if not impossible:
        return []
    hosts = host_of_rows(tree)
    calls: dict[tuple[str, str], list[int]] = {}
    for row in server_calls:
        caller, host = hosts[tree.parent[row]], hosts[row]
        if caller != host:
            calls.setdefault((caller, host), []).append(row)
    skews = []
    for (caller, host), rows in calls.items():
        wrong = [row for row in rows if row in impossible]
        if 2 * len(wrong) > len(rows):
            offset = round(median(_offset(tree, row) for row in rows))
            skews.append(Skew(caller, host, offset, tree.spans[wrong[0]].span_id))
    return skews


def skew_anomalies(skews: Iterable[Skew]) -> list[Anomaly]:
    """Return suspected skews in the form of a tree's anomalies, described for people."""
    return [
        Anomaly(
            "clock_skew",
            skew.span_id,
            f"clock skew of {abs(skew.offset) / 1e6:.1f} ms suspected on {skew.host}, which seems"
            f" {'ahead of' if skew.offset > 0 else 'behind'} {skew.caller}",
        )
        for skew in skews
    ]


def correct_skew(tree: Tree, skews: Iterable[Skew]) -> Tree:
    """Return the tree as it might look if the clocks agreed: every span and its events moved by
    what its host's clock, and the clocks of those who called it, are ahead. The given tree is not
    changed."""
    return build_tree(map(_moved, tree.spans, shifts(tree, skews)))


def shifts(tree: Tree, skews: Iterable[Skew]) -> list[int]:
    """Return by how many ns to move each row to make the clocks agree."""
    hosts = host_of_rows(tree)
    offset_of = {(skew.caller, skew.host): skew.offset for skew in skews}
    moved: list[int] = []
    for row, parent in enumerate(tree.parent):
        shift = moved[parent] if parent >= 0 else 0
        if parent >= 0:
            shift -= offset_of.get((hosts[parent], hosts[row]), 0)
        moved.append(shift)
    return moved


def rows_of_server_calls(tree: Tree) -> Iterator[int]:
    """Yield the rows of server spans directly under their client spans."""
    for row, kind in enumerate(tree.kinds):
        if kind == "server" and is_server_call(tree, row):
            yield row


def is_server_call(tree: Tree, row: int) -> bool:
    """Tell whether the row is a server span directly under its client span, both with possible
    times."""
    parent = tree.parent[row]
    if parent < 0 or tree.kinds[row] != "server" or tree.kinds[parent] != "client":
        return False
    return tree.spans[row].timed and tree.spans[parent].timed


def host_of_rows(tree: Tree) -> list[str]:
    """Return where each span ran. If no tag says so it is where its parent ran; for a root or a
    server span, its service stands for its host."""
    hosts: list[str] = []
    for span, parent in zip(tree.spans, tree.parent, strict=True):
        tags = span.tags
        named = tags.get("host.name") or tags.get("host.id") or tags.get("_dd.hostname")
        if named or parent < 0 or tags.get("span.kind") == "server":
            hosts.append(str(named or span.service))
        else:
            hosts.append(hosts[parent])
    return hosts


def _is_impossible(tree: Tree, row: int) -> bool:
    """Tell whether a server span cannot be where it is if its clock agrees with its client's.

    Beginning before the client is impossible. Ending after it is not: the client may have given
    up, or the server may have tidied up after answering. So that only counts if the client
    succeeded, the server's span would fit, and the overhang is above 1 ms and 1 % of the client's
    duration.
    """
    client, server = tree.spans[tree.parent[row]], tree.spans[row]
    if server.start < client.start - CLOCK_SLACK_NS:
        return True
    overhang = tree.end[row] - tree.end[tree.parent[row]]
    fits = server.duration <= client.duration and not client.error
    return fits and overhang > max(TOLERATED_OVERHANG_NS, client.duration // 100)


def _offset(tree: Tree, row: int) -> float:
    """Return how far ahead the server's clock is according to one call, ns. If the server's span is
    longer than its client's, only the starts are compared."""
    client, server = tree.parent[row], row
    begins = tree.start[server] - tree.start[client]
    if tree.spans[server].duration > tree.spans[client].duration:
        return min(begins, 0)
    return (begins + tree.end[server] - tree.end[client]) / 2


def _moved(span: Span, shift: int) -> Span:
    if not shift:
        return span
    events = tuple(msgspec.structs.replace(event, time=event.time + shift) for event in span.events)
    return msgspec.structs.replace(span, start=span.start + shift, events=events)
