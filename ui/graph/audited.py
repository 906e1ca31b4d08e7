"""What the audit (`edges` of `/api/audit`) says of a map's edges: forbidden, or allowed and never
seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ui.graph.drawing import Arrow, Node
from ui.words.wording import counted

Edge = Mapping[str, Any]
FORBIDDEN, NEVER_SEEN = "forbidden", "never_seen"
OUTSIDE = "outside "
"""The key of whoever called without a trace context; no service has a name that ends so."""
UNUSED_WEIGHT = 0.05
"""Thickness of an edge that nobody used, 0 to 1."""


def audited(
    nodes: Sequence[Node],
    arrows: Sequence[Arrow],
    edges: Sequence[Edge],
    evidence: Callable[[Edge], str],
) -> tuple[list[Node], list[Arrow]]:
    """Return nodes and arrows of a map with what the audit found: forbidden edges stand out and
    lead to their evidence, allowed ones that were never seen are added, and so is whoever came from
    outside where nobody may. Edges between services that are not on the map are left out."""
    keys = {node.key for node in nodes}
    drawn = {(arrow.caller, arrow.called): arrow for arrow in arrows}
    from_outside = False
    for edge in edges:
        pair = edge["caller"] or OUTSIDE, edge["called"]
        if not _is_on_map(pair, keys):
            continue
        if edge["verdict"] == FORBIDDEN:
            from_outside = from_outside or pair[0] == OUTSIDE
            drawn[pair] = _forbidden(drawn.get(pair, Arrow(*pair)), edge, evidence(edge))
        elif edge["verdict"] == NEVER_SEEN and pair[0] != OUTSIDE and pair not in drawn:
            drawn[pair] = _never_seen(pair, edge)
    outside = [_outside()] if from_outside else []
    return [*nodes, *outside], list(drawn.values())


def _is_on_map(pair: tuple[str, str], keys: Collection[str]) -> bool:
    return pair[1] in keys and (pair[0] == OUTSIDE or pair[0] in keys)


def _forbidden(arrow: Arrow, edge: Edge, evidence: str) -> Arrow:
    calls = counted(edge["calls"], "call")
    known = f"{arrow.full}; " if arrow.full else ""
    who = "somebody outside" if edge["caller"] is None else edge["caller"]
    return replace(
        arrow,
        label="✗ forbidden",
        under=calls,
        full=f"{known}forbidden by “{edge['rule']}”: {who} → {edge['called']}, {calls}",
        href=evidence,
        verdict=FORBIDDEN,
        dim=False,
    )


def _never_seen(pair: tuple[str, str], edge: Edge) -> Arrow:
    return Arrow(
        *pair,
        label="never seen",
        full=f"{pair[0]} → {pair[1]}: allowed by “{edge['rule']}”, and never seen",
        weight=UNUSED_WEIGHT,
        verdict=NEVER_SEEN,
    )


def _outside() -> Node:
    return Node(
        key=OUTSIDE,
        service="outside",
        title="outside",
        under="by the back door",
        full="outside: calls without a trace context, where only others may call",
        flags=("no context",),
        uninstrumented=True,
    )
