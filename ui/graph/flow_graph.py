"""Folded traces (`/api/graph` of the collector) as a drawing: who calls what, where time goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ui.graph.drawing import Arrow, Node
from ui.words.labels import operation
from ui.words.titles import titles
from ui.words.wording import duration, number, percent

Found = Mapping[str, Any]
"""A node or an edge as the collector gives it."""
Link = Callable[[Found], str]

LONGEST = 24
"""Letters of a node's title, where its end is what tells it from others."""
MANY_CALLS = 60
"""Of one operation in one trace: its edge is as thick as edges get."""
ONE_BY_ONE = {"sequential": "one after another", "parallel": "side by side"}
KINDS = {
    "n_plus_one": "N+1",
    "sequential_fan_out": "staircase",
    "wait_before_work": "wait",
    "queue_at_server": "queue",
    "retry_storm": "retries",
    "round_timeout": "timeout",
    "childless_work": "one piece",
    "fat_query": "fat query",
    "never_cached": "never cached",
    "stampede": "stampede",
}
"""What detectors find, in a word."""


def visible(nodes: Sequence[Found], edges: Sequence[Found], least: float) -> set[str]:
    """The nodes to draw: those with at least `least` (0 to 1) of the critical path, those with
    findings, and whoever leads to one of them."""
    callers: dict[str, list[str]] = {}
    for edge in edges:
        callers.setdefault(edge["called"], []).append(edge["caller"])
    waiting = [n["key"] for n in nodes if n["critical_share"] >= least or n.get("findings")]
    kept: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key and key not in kept:
            kept.add(key)
            waiting += callers.get(key, [])
    return kept


def strongest(edges: Sequence[Found], most: int) -> list[Found]:
    """The edges with the most calls, about `most` of them: nobody loses its last caller."""
    kept: list[Found] = []
    reached: set[str] = set()
    for edge in sorted(edges, key=lambda edge: -edge["calls"]):
        if len(kept) < most or edge["called"] not in reached:
            kept.append(edge)
            reached.add(edge["called"])
    return kept


def flow_nodes(
    nodes: Sequence[Found],
    edges: Sequence[Found],
    href: Link,
    current: str = "",
    worth: float = 0.0,
) -> list[Node]:
    """The nodes of a graph of operations; findings with less than `worth` ns a trace at stake get
    no flag."""
    repeated = {edge["called"] for edge in edges if edge["times"] > 1}
    title = titles(nodes, LONGEST)
    return [
        _node(node, title(node), node["key"] in repeated, href(node), current, worth)
        for node in nodes
    ]


def _node(node: Found, title: str, stacked: bool, href: str, current: str, worth: float) -> Node:
    under = [node["service"]] if node["resource"] in ("", node["name"]) else []
    under = under or [node["service"], node["name"]]
    flags = [
        KINDS.get(each["kind"], each["kind"])
        for each in node.get("findings", ())
        if each["cost"] >= worth
    ]
    return Node(
        key=node["key"],
        service=node["service"],
        title=title.removesuffix(" WHERE …"),
        under=" ".join(under),
        left=f"p50 {duration(node['duration']['p50'])}",
        right=percent(node["critical_share"]),
        share=node["critical_share"],
        full=node_in_words(node),
        href=href,
        flags=tuple(dict.fromkeys([*flags, *(["rare"] if node["rare"] else [])]))[:3],
        failing=node["errors"] > 0,
        stacked=stacked,
        dim=node["rare"],
        current=node["key"] == current,
    )


def flow_arrows(
    edges: Sequence[Found], names: Mapping[str, str], href: Link, traces: float = 1.0
) -> list[Arrow]:
    """The edges of a graph of so many traces; `names` says what the nodes are called."""
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


def thickness(edge: Found, traces: float) -> float:
    """0 to 1, by the calls in one trace: thin for one, thick for many."""
    return math.log1p(edge["calls"] / max(traces, 1e-9)) / math.log1p(MANY_CALLS)


def edge_label(edge: Found) -> str:
    """`40 % ×60`: how likely, and how often where more than once. Empty for always and once."""
    parts = [percent(edge["probability"])] if edge["probability"] < 0.995 else []
    if edge["times"] > 1:
        parts.append(f"×{edge['times']:,}" + (" ∥" if edge["way"] == "parallel" else ""))
    return " ".join(parts)


def edge_in_words(edge: Found, names: Mapping[str, str]) -> str:
    """Everything about an edge as one sentence."""
    said = [
        f"{names.get(edge['caller'], 'outside')} → {names.get(edge['called'], edge['called'])}:",
        f"{number(edge['calls'])} calls, made in {percent(edge['probability'])} of the visits,",
        f"p50 {duration(edge['duration']['p50'])}, p95 {duration(edge['duration']['p95'])}",
    ]
    if edge["times"] > 1:
        way = ONE_BY_ONE.get(edge["way"], "")
        said.append(f"; usually {edge['times']:,} each time{', ' + way if way else ''}")
    if edge["n_plus_one"]:
        said.append("(an N+1)")
    if edge["network"]:
        said.append(f"; on the network p50 {duration(edge['network']['p50'])}")
    if edge["errors"]:
        said.append(f"; {number(edge['errors'])} failed ({percent(failing(edge))})")
    return " ".join(said).replace(" ;", ";")


def node_in_words(node: Found) -> str:
    """Everything that a node shows as one sentence."""
    said = [
        f"{operation(node['service'], node['name'], node['resource'])}:",
        f"{percent(node['critical_share'])} of the critical path",
        f"({duration(node['critical_mean'])} a trace),",
        f"in {percent(node['share'])} of the traces, {number(node['calls'])} calls,",
        f"p50 {duration(node['duration']['p50'])}, p95 {duration(node['duration']['p95'])}",
    ]
    if node["errors"]:
        said.append(f", {number(node['errors'])} failed ({percent(failing(node))})")
    found = [KINDS.get(each["kind"], each["kind"]) for each in node.get("findings", ())]
    if found:
        said.append(f", found: {', '.join(dict.fromkeys(found))}")
    return " ".join(said).replace(" ,", ",")


def failing(found: Found) -> float:
    """The share of its calls that failed."""
    return float(found["errors"]) / found["calls"] if found["calls"] else 0.0
