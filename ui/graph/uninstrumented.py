"""What services call that sends no spans (`uninstrumented` of `/api/map`), as a map draws it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ui.graph.drawing import Arrow, Node
from ui.graph.flow_graph import Folded, Link, failure_share, thickness
from ui.words.wording import duration, number, percent, rate, weighted

FLAG = "no spans"


def uninstrumented(
    answer: Mapping[str, Any], names: Mapping[str, str], href: Link, dimmed: Collection[str]
) -> tuple[list[Node], list[Arrow]]:
    """Return the nodes of a map's answer that send no spans, and the edges to them. `names` holds
    each service's name by its key; edges from services in `dimmed` are dim."""
    calls_to: dict[str, list[Folded]] = {}
    for calls in answer["uninstrumented"]:
        calls_to.setdefault(calls["name"], []).append(calls)
    nodes = [_node(name, calls, dimmed) for name, calls in calls_to.items()]
    arrows = [
        _arrow(calls, names, href, answer["traces"], dimmed) for calls in answer["uninstrumented"]
    ]
    return nodes, arrows


def _key(name: str) -> str:
    """Return a key that no service has: theirs are names without a space at the end."""
    return f"{name} "


def _node(name: str, calls: list[Folded], dimmed: Collection[str]) -> Node:
    failed = sum(each["errors"] for each in calls)
    facts = [
        "uninstrumented: it is called, but sends no spans",
        weighted(sum(each["calls"] for each in calls), "call"),
    ]
    if failed:
        facts.append(f"{number(failed)} failed")
    return Node(
        key=_key(name),
        service=name,
        title=name,
        under=" · ".join(filter(None, (rate(sum(c["rate"] for c in calls)), calls[0]["type"]))),
        left=f"p50 {duration(calls[0]['duration']['p50'])}" if len(calls) == 1 else "",
        full=f"{name}: {', '.join(facts)}",
        flags=(FLAG,),
        failing=failed > 0,
        dim=all(each["caller"] in dimmed for each in calls),
        uninstrumented=True,
    )


def _arrow(
    calls: Folded,
    names: Mapping[str, str],
    href: Link,
    traces: float,
    dimmed: Collection[str],
) -> Arrow:
    per_second = rate(calls["rate"])
    quantiles = calls["duration"]
    p50, p95 = duration(quantiles["p50"]), duration(quantiles["p95"])
    facts = [weighted(calls["calls"], "call"), f"p50 {p50}, p95 {p95}", per_second]
    if calls["errors"]:
        facts.append(f"{number(calls['errors'])} failed ({percent(failure_share(calls))})")
    return Arrow(
        caller=calls["caller"],
        called=_key(calls["name"]),
        label=f"{per_second} ◆ {percent(failure_share(calls))}" if calls["errors"] else per_second,
        under=f"{p50} · {p95}",
        full=f"{names[calls['caller']]} → {calls['name']}: {'; '.join(facts)}",
        href=href(calls),
        weight=thickness(calls, traces),
        failing=calls["errors"] > 0,
        dim=calls["caller"] in dimmed,
    )
