"""Folded traces (`/api/graph` of the collector) as a drawing: who calls what, where time goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ui.graph.drawing import Arrow, Node
from ui.words.labels import full_name, titles
from ui.words.verdicts import finding
from ui.words.wording import duration, number, percent, weighted

Folded = Mapping[str, Any]
"""A node or an edge as the collector gives it."""
Link = Callable[[Folded], str]

MAX_TITLE_CHARACTERS = 24
"""Length of a node's title where only its end distinguishes it from others."""
MAX_FLAGS = 3
"""Flags that fit on a node's upper edge."""
MANY_CALLS = 60
"""Calls of one operation in one trace at which an edge is as thick as edges get."""
CALL_ORDERS = {"sequential": "one after another", "parallel": "side by side"}


def visible(nodes: Sequence[Folded], edges: Sequence[Folded], min_share: float) -> set[str]:
    """Return the keys of the nodes to draw: those with at least `min_share` (0 to 1) of the
    critical path, those with findings, and every caller that leads to one of them."""
    callers: dict[str, list[str]] = {}
    for edge in edges:
        callers.setdefault(edge["called"], []).append(edge["caller"])
    waiting = [n["key"] for n in nodes if n["critical_share"] >= min_share or n.get("findings")]
    kept: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key and key not in kept:
            kept.add(key)
            waiting += callers.get(key, [])
    return kept


def strongest(edges: Sequence[Folded], about: int) -> list[Folded]:
    """Return the `about` edges with the most calls, and more if a node would lose its last
    caller."""
    kept: list[Folded] = []
    reached: set[str] = set()
    for edge in sorted(edges, key=lambda edge: -edge["calls"]):
        if len(kept) < about or edge["called"] not in reached:
            kept.append(edge)
            reached.add(edge["called"])
    return kept


def flow_nodes(
    nodes: Sequence[Folded],
    edges: Sequence[Folded],
    href: Link,
    current: str = "",
    min_cost: float = 0.0,
) -> list[Node]:
    """Return the nodes of a graph of operations as drawn, the one with the key `current`
    highlighted. Findings that cost less than `min_cost` ns per trace get no flag."""
    repeated = {edge["called"] for edge in edges if edge["times"] > 1}
    title = titles(nodes, MAX_TITLE_CHARACTERS)
    return [
        Node(
            key=node["key"],
            service=node["service"],
            title=title(node).removesuffix(" WHERE …"),
            under=_second_line(node),
            left=f"p50 {duration(node['duration']['p50'])}",
            right=percent(node["critical_share"]),
            share=node["critical_share"],
            full=node_in_words(node),
            href=href(node),
            flags=_flags(node, min_cost),
            failing=node["errors"] > 0,
            stacked=node["key"] in repeated,
            dim=node["rare"],
            current=node["key"] == current,
        )
        for node in nodes
    ]


def _second_line(node: Folded) -> str:
    """Return the service, and the operation's name where the title is something else."""
    if node["resource"] in ("", node["name"]):
        return str(node["service"])
    return f"{node['service']} {node['name']}"


def _flags(node: Folded, min_cost: float) -> tuple[str, ...]:
    flags = [finding(f["kind"]) for f in node.get("findings", ()) if f["cost"] >= min_cost]
    if node["rare"]:
        flags.append("rare")
    return tuple(dict.fromkeys(flags))[:MAX_FLAGS]


def flow_arrows(
    edges: Sequence[Folded], names: Mapping[str, str], href: Link, traces: float = 1.0
) -> list[Arrow]:
    """Return the edges of a graph of `traces` traces as drawn; `names` holds each node's name by
    its key."""
    return [
        Arrow(
            caller=edge["caller"],
            called=edge["called"],
            label=edge_label(edge),
            full=edge_in_words(edge, names),
            href=href(edge),
            weight=thickness(edge, traces),
            failing=edge["errors"] > 0,
            dim=edge["probability"] < 0.01,
        )
        for edge in edges
        if edge["caller"]
    ]


def thickness(edge: Folded, traces: float) -> float:
    """Return 0 to 1, by the number of calls per trace: thin for one, thick for many."""
    return math.log1p(edge["calls"] / max(traces, 1e-9)) / math.log1p(MANY_CALLS)


def edge_label(edge: Folded) -> str:
    """Return `40 % ×60`: how likely the call is, and how often it is made if more than once. Empty
    for a call that is always made once."""
    parts = [percent(edge["probability"])] if edge["probability"] < 0.995 else []
    if edge["times"] > 1:
        parts.append(f"×{edge['times']:,}" + (" ∥" if edge["way"] == "parallel" else ""))
    return " ".join(parts)


def edge_in_words(edge: Folded, names: Mapping[str, str]) -> str:
    """Return everything about an edge as one sentence."""
    caller = names.get(edge["caller"], "outside")
    called = names.get(edge["called"], edge["called"])
    facts = [
        f"{weighted(edge['calls'], 'call')}, made in {percent(edge['probability'])} of visits, "
        + _durations(edge)
    ]
    if edge["times"] > 1:
        facts.append(_repeats(edge))
    if edge["network"]:
        facts.append(f"on the network p50 {duration(edge['network']['p50'])}")
    if edge["errors"]:
        facts.append(_failures(edge))
    return f"{caller} → {called}: " + "; ".join(facts)


def node_in_words(node: Folded) -> str:
    """Return everything that a node shows as one sentence."""
    name = full_name(node["service"], node["name"], node["resource"])
    critical = duration(node["critical_mean"])
    facts = [
        f"{percent(node['critical_share'])} of the critical path ({critical} per trace)",
        f"in {percent(node['share'])} of traces",
        weighted(node["calls"], "call"),
        _durations(node),
    ]
    if node["errors"]:
        facts.append(_failures(node))
    findings = dict.fromkeys(finding(f["kind"]) for f in node.get("findings", ()))
    if findings:
        facts.append(f"findings: {', '.join(findings)}")
    return f"{name}: " + ", ".join(facts)


def failure_share(folded: Folded) -> float:
    """Return the share of the calls that failed, 0 to 1; 0 if there were none."""
    return float(folded["errors"]) / folded["calls"] if folded["calls"] else 0.0


def _durations(folded: Folded) -> str:
    return f"p50 {duration(folded['duration']['p50'])}, p95 {duration(folded['duration']['p95'])}"


def _repeats(edge: Folded) -> str:
    order = CALL_ORDERS.get(edge["way"])
    repeats = f"usually {edge['times']:,} each time" + (f", {order}" if order else "")
    return f"{repeats} (an N+1)" if edge["n_plus_one"] else repeats


def _failures(folded: Folded) -> str:
    return f"{number(folded['errors'])} failed ({percent(failure_share(folded))})"
