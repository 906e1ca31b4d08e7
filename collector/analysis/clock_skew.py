"""Clocks that disagree: suspected, shown, and corrected only where somebody asks for it.

A request cannot arrive before it was sent, nor its answer before it was given. Where a server span
does not lie within its client's, the clock of one of the two machines is wrong. Shifting such spans
silently would hide what was measured (jaegertracing/jaeger#1459), so `build_tree` never does.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

import msgspec

from collector.analysis.anomaly import Oddity
from collector.analysis.asynchronous import SLACK
from collector.analysis.tree import Tree, build_tree
from collector.model import Span

LATE = 1_000_000
"""Nanoseconds by which a server may end after its client without a word: it may tidy up."""


class Skew(NamedTuple):
    """One host's clock against that of a host that calls it."""

    caller: str
    host: str
    """Its name, or its service where spans do not name their host."""
    offset: int
    """Nanoseconds the host's clock is ahead (negative: behind) of the caller's."""
    span_id: int
    """The first server span that cannot be where it is."""


def suspect_skew(tree: Tree) -> list[Skew]:
    """The hosts whose clocks seem to differ from their callers'.

    The offset is NTP's: ((server start - client start) + (server end - client end)) / 2, which
    takes the way there to be as long as the way back. One host has one clock, so it is one offset
    for all calls between two hosts, the median; and it is suspected only where more than half of
    the calls are impossible if the clocks agree.
    """
    servers = [row for row, s in enumerate(tree.spans) if s.tags.get("span.kind") == "server"]
    server_calls = [row for row in servers if is_server_call(tree, row)]
    impossible = {row for row in server_calls if _is_impossible(tree, row)}
    if not impossible:
        return []
    known: dict[int, str] = {}
    calls: dict[tuple[str, str], list[int]] = {}
    for row in server_calls:
        caller, host = _host(tree, tree.parent[row], known), _host(tree, row, known)
        if caller != host:
            calls.setdefault((caller, host), []).append(row)
    skews = []
    for (caller, host), rows in calls.items():
        wrong = [row for row in rows if row in impossible]
        if 2 * len(wrong) > len(rows):
            offset = round(median(_offset(tree, row) for row in rows))
            skews.append(Skew(caller, host, offset, tree.spans[wrong[0]].span_id))
    return skews


def skew_oddities(skews: Iterable[Skew]) -> list[Oddity]:
    """The same for people, to stand beside a tree's own oddities."""
    return [
        Oddity(
            "clock_skew",
            skew.span_id,
            f"clock skew of {abs(skew.offset) / 1e6:.1f} ms suspected on {skew.host}, which seems"
            f" {'ahead of' if skew.offset > 0 else 'behind'} {skew.caller}",
        )
        for skew in skews
    ]


def correct_skew(tree: Tree, skews: Iterable[Skew]) -> Tree:
    """The tree as it might look if the clocks agreed: every span and its events moved by what its
    host's clock, and the clocks of those who called it, are ahead. The given tree stays as it
    is."""
    return build_tree(map(_moved, tree.spans, shifts(tree, skews)))


def shifts(tree: Tree, skews: Iterable[Skew]) -> list[int]:
    """By how many ns each row moves if the clocks shall agree."""
    known: dict[int, str] = {}
    hosts = [_host(tree, row, known) for row in range(len(tree))]
    offset_of = {(skew.caller, skew.host): skew.offset for skew in skews}
    moved: list[int] = []
    for row, parent in enumerate(tree.parent):
        shift = moved[parent] if parent >= 0 else 0
        if parent >= 0:
            shift -= offset_of.get((hosts[parent], hosts[row]), 0)
        moved.append(shift)
    return moved


def is_server_call(tree: Tree, row: int) -> bool:
    """Whether the row is a server's span right under its client's."""
    parent = tree.parent[row]
    if parent < 0 or tree.spans[row].tags.get("span.kind") != "server":
        return False
    return tree.spans[parent].tags.get("span.kind") == "client"


def _host(tree: Tree, row: int, known: dict[int, str]) -> str:
    """Where a span ran. Without a tag it is where its parent ran, unless it is a server's. What is
    found out on the way is added to `known`."""
    way = []
    while row not in known:
        span, parent = tree.spans[row], tree.parent[row]
        tags = span.tags
        named = tags.get("host.name") or tags.get("host.id") or tags.get("_dd.hostname")
        if named or parent < 0 or tags.get("span.kind") == "server":
            known[row] = str(named or span.service)
        else:
            way.append(row)
            row = parent
    known.update(dict.fromkeys(way, known[row]))
    return known[row]


def _is_impossible(tree: Tree, row: int) -> bool:
    """Whether a server span cannot be where it is if its clock agrees with its client's.

    Beginning before the client is impossible. Ending after it is not: the client may have given
    up, or the server tidied up after answering. So that only counts where the client succeeded,
    the server's span would fit, and the overhang is above 1 ms and 1 % of the client's duration.
    """
    client, server = tree.spans[tree.parent[row]], tree.spans[row]
    if server.start < client.start - SLACK:
        return True
    overhang = tree.end[row] - tree.end[tree.parent[row]]
    fits = server.duration <= client.duration and not client.error
    return fits and overhang > max(LATE, client.duration // 100)


def _offset(tree: Tree, row: int) -> float:
    """How far ahead the server's clock is, by one call. Where the server's span is the longer one
    only the start says something."""
    client, server = tree.parent[row], row
    begins = tree.start[server] - tree.start[client]
    if tree.spans[server].duration > tree.spans[client].duration:
        return min(begins, 0)
    return (begins + tree.end[server] - tree.end[client]) / 2


def _moved(span: Span, shift: int) -> Span:
    if not shift:
        return span
    events = tuple(msgspec.structs.replace(e, time=e.time + shift) for e in span.events)
    return msgspec.structs.replace(span, start=span.start + shift, events=events)
