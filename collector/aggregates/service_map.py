"""The services, who calls whom, and who pays for whom."""

from __future__ import annotations

from collector.aggregates.answer_parts import Json, sample, seconds
from collector.aggregates.digest import Sum
from collector.aggregates.flow_graph import HOW as HOW_GRAPH
from collector.aggregates.flow_graph import nodes_and_edges
from collector.aggregates.sum_cache import Picked
from collector.analysis.graph_summary import summarize
from collector.analysis.payers import Bill, dependants, dependencies
from collector.analysis.route import Route
from collector.analysis.weight import UNIT
from collector.store.service_catalog import ServiceCatalog

MOST = 200
"""Services told, and routes."""

HOW = HOW_GRAPH | {
    "rate": "weighted calls per second, from the first to the last start in the sample",
    "q": "a search for traces in which both services are",
    "bills": "for each route the time on the critical path, and the self time, of every service"
    " (collector.analysis.payers.bills)",
    "dependencies": "services that it calls, and over how many calls"
    " (collector.analysis.payers.dependencies)",
    "dependants": "services that call it, and over how many calls"
    " (collector.analysis.payers.dependants)",
}
del HOW["findings"]


def service_map(catalog: ServiceCatalog, picked: Picked, total: Sum) -> Json:
    """The answer of /api/map."""
    fold = total.fold
    summary = summarize(fold)
    shown = {node.key for node in summary.nodes[:MOST]}
    answer = nodes_and_edges(summary, fold, shown, [])
    lasted = seconds(picked.cards)
    service_of = {node.key: node.service for node in summary.nodes}
    for edge in answer["edges"]:
        edge["rate"] = edge["calls"] / lasted
        edge["q"] = _search(service_of.get(edge["caller"]), service_of[edge["called"]])
    services = [service_of[key] for key in sorted(shown)]
    bills = sorted(total.bills.routes.items(), key=lambda each: (-each[1].duration, each[0]))
    return answer | {
        "count": summary.count,
        "traces": summary.traces,
        "mean": summary.mean,
        "services": {
            name: dict(zip(("color", "kind"), catalog.color_and_kind(name), strict=True))
            for name in services
        },
        "bills": [_bill(route, bill) for route, bill in bills[:MOST]],
        "dependencies": {key: _among(shown, dependencies(fold, key)) for key in sorted(shown)},
        "dependants": {key: _among(shown, dependants(fold, key)) for key in sorted(shown)},
        "sample": sample(picked),
        "how": HOW,
    }


def _among(shown: set[str], steps: dict[str, int]) -> dict[str, int]:
    return {key: number for key, number in steps.items() if key in shown}


def _bill(route: Route, bill: Bill) -> Json:
    traces = max(1, bill.traces)
    return {
        "service": route.service,
        "resource": route.resource,
        "traces": bill.traces / UNIT,
        "duration": bill.duration / traces,
        "services": {
            name: {
                "critical": share.critical / traces,
                "share": share.critical / max(1, bill.duration),
                "own": share.own / traces,
            }
            for name, share in sorted(
                bill.services.items(), key=lambda each: (-each[1].critical, each[0])
            )
        },
    }


def _search(caller: str | None, called: str) -> str:
    """A search that finds the traces of an edge; without a caller, those that begin there."""
    if caller is None:
        return f"root.service:{_quoted(called)}"
    return f"service:{_quoted(caller)} service:{_quoted(called)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
