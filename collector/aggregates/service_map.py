"""The services, who calls whom, and who pays for whom."""

from __future__ import annotations

from collector.aggregates import flow_graph, who_pays
from collector.aggregates.answer_parts import Json, sample_json, seconds_covered
from collector.aggregates.digest import Sum
from collector.aggregates.flow_graph import nodes_and_edges
from collector.aggregates.trace_set import Sample
from collector.aggregates.who_pays import Accounts, accounts_json
from collector.analysis.graph_summary import costliest, summarize_fold
from collector.analysis.payers import dependants, dependencies
from collector.analysis.percentiles import percentiles
from collector.analysis.weight import WEIGHT_UNIT
from collector.store.trace_store import KnownServices

MAX_SERVICES = 200
"""Services of an answer, those with most time on the critical path."""
MAX_REMOTE_CALLS = 200
"""Edges of an answer to what sends nothing, those with the most calls."""

HOW_COMPUTED = (
    flow_graph.HOW_COMPUTED
    | who_pays.HOW_COMPUTED
    | {
        "rate": "weighted calls per second, from the first to the last start in the sample",
        "q": "a search for traces in which both services are",
        "uninstrumented": "what client and producer spans call, by their tags, where no service"
        " answers with a span in the sample (collector.analysis.remote_ends.remote_ends)",
        "dependencies": "services that it calls, and how many calls away they are"
        " (collector.analysis.payers.dependencies)",
        "dependants": "services that call it, and how many calls away they are"
        " (collector.analysis.payers.dependants)",
    }
)
del HOW_COMPUTED["findings"]


def service_map(catalog: KnownServices, sample: Sample, total: Sum, accounts: Accounts) -> Json:
    """Return the answer of /api/map. `total` is by service, `accounts` say who pays for whom."""
    fold = total.fold
    shown = costliest(fold, MAX_SERVICES)
    summary = summarize_fold(fold, shown)
    answer = nodes_and_edges(summary, fold, shown, [])
    seconds = seconds_covered(sample.cards)
    service_of = {node.key: node.service for node in summary.nodes}
    for edge in answer["edges"]:
        edge["rate"] = edge["calls"] / seconds
        edge["q"] = _search(service_of.get(edge["caller"]), service_of[edge["called"]])
    remote = _remote_calls(total, shown, seconds)
    services = [service_of[key] for key in sorted(shown)]
    return answer | {
        "count": summary.count,
        "traces": summary.traces,
        "mean": summary.mean,
        "uninstrumented": remote[:MAX_REMOTE_CALLS],
        "uninstrumented_left_out": max(0, len(remote) - MAX_REMOTE_CALLS),
        "services": {
            name: dict(zip(("color", "kind"), catalog.color_and_kind(name), strict=True))
            for name in services
        },
        **accounts_json(accounts),
        "dependencies": {key: _among(shown, dependencies(fold, key)) for key in sorted(shown)},
        "dependants": {key: _among(shown, dependants(fold, key)) for key in sorted(shown)},
        "sample": sample_json(sample),
        "how": HOW_COMPUTED,
    }


def _remote_calls(total: Sum, shown: set[str], seconds: float) -> list[Json]:
    """Return the calls from services that are shown to what sends nothing, the most first."""
    rows = [
        {
            "caller": caller,
            "name": name,
            "type": end.type,
            "calls": calls.calls / WEIGHT_UNIT,
            "errors": calls.errors / WEIGHT_UNIT,
            "rate": calls.calls / WEIGHT_UNIT / seconds,
            "duration": percentiles(calls.durations),
            "q": f"service:{_quoted(total.fold.nodes[caller].operation.service)} {end.search}",
        }
        for name, end in total.remote_ends.uninstrumented().items()
        if name not in total.fold.nodes
        for caller, calls in end.callers.items()
        if caller in shown
    ]
    return sorted(rows, key=lambda row: (-float(row["calls"]), row["name"], row["caller"]))


def _among(shown: set[str], steps: dict[str, int]) -> dict[str, int]:
    """Return those that are shown, the nearest first."""
    in_order = sorted(steps, key=lambda key: (steps[key], key))
    return {key: steps[key] for key in in_order if key in shown}


def _search(caller: str | None, called: str) -> str:
    """Return a search that finds the traces of an edge; without a caller, those that begin
    there."""
    if caller is None:
        return f"root.service:{_quoted(called)}"
    return f"service:{_quoted(caller)} service:{_quoted(called)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
