"""The Map screen: which service calls which, how often and how well; who pays for whom; what
happens without one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, render_template, request

from ui import payers
from ui.client import RefusedError
from ui.graph.audited import FORBIDDEN, NEVER_SEEN, audited
from ui.graph.drawing import Arrow, Node, Picture, draw
from ui.graph.flow_graph import edge_in_words, failure_share, node_in_words, thickness
from ui.graph.layout.edge_curves import Text
from ui.graph.uninstrumented import uninstrumented
from ui.links import link, link_here
from ui.scope import Scope, scope_from
from ui.screen import Answer, ask, bad_query_page, scope_context
from ui.words.footnotes import Footnotes
from ui.words.verdicts import OUTAGE_SIGNS, OUTAGES
from ui.words.wording import duration, percent, rate

EDGE_TEXT = Text(width=124.0, lines=2)
"""Room for the text on an edge: rate and errors above, durations below."""
MAX_COLUMNS = 8
"""Services with a column of their own in the table of who pays for whom; the others share one."""

blueprint = Blueprint("map", __name__)


@dataclass(frozen=True)
class MapView:
    """The services of a set of traces as the page shows them."""

    scope: Scope
    answer: Answer
    """The answer of `/api/map`."""
    chosen: str = ""
    """The service that is selected."""
    outage: Answer | None = None
    """The answer of `/api/away` about that service."""
    audit: Answer | None = None
    """The answer of `/api/audit`; None if there are no rules."""
    verdicts = OUTAGES
    signs = OUTAGE_SIGNS

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(
            map=self.answer["how"],
            away=self.outage["how"] if self.outage else {},
            audit=self.audit["how"] if self.audit else {},
        )

    @cached_property
    def picture(self) -> Picture:
        """The map as drawn. If a service is selected, those it has nothing to do with are dim."""
        nodes = [self._node(node) for node in self.answer["nodes"]]
        arrows = [self._arrow(edge) for edge in self.answer["edges"]]
        far_nodes, far_arrows = uninstrumented(
            self.answer, self._names, self.edge_link, self._dimmed
        )
        nodes, arrows = audited(
            nodes + far_nodes,
            arrows + far_arrows,
            self.audit["edges"] if self.audit else [],
            self.evidence_link,
        )
        return draw(nodes, arrows, text=EDGE_TEXT)

    @property
    def verdicts_drawn(self) -> set[str]:
        """What the audit says of the edges in the picture."""
        return {line.arrow.verdict for line in self.picture.lines} - {""}

    @property
    def audit_rows(self) -> list[dict[str, Any]]:
        """What the audit's table shows: forbidden edges, forbidden runs of spans, and allowed edges
        that were never seen."""
        if not self.audit:
            return []
        edges = [edge | {"verb": "call"} for edge in self.audit["edges"]]
        runs = [
            {
                "verb": "run",
                "verdict": FORBIDDEN,
                "caller": rule["evidence"][0]["subject"],
                "called": rule["evidence"][0]["object"],
                "calls": rule["violations"],
                "rule": rule["rule"],
                "evidence": rule["evidence"][0],
            }
            for rule in self.audit["rules"]
            if rule["evidence"] and rule["evidence"][0]["verb"] == "run"
        ]
        return [
            *(edge for edge in edges if edge["verdict"] == FORBIDDEN),
            *runs,
            *(edge for edge in edges if edge["verdict"] == NEVER_SEEN),
        ]

    def evidence_link(self, found: Mapping[str, Any]) -> str:
        """Return the address of the span that shows an edge to be forbidden."""
        evidence = found["evidence"]
        return link(f"/trace/{evidence['trace_id']}", span=evidence["span_id"])

    @property
    def edges(self) -> list[Answer]:
        """The calls between services, the most frequent first."""
        return sorted(self.answer["edges"], key=lambda edge: -edge["calls"])

    @cached_property
    def columns(self) -> list[str]:
        """The services with a column of their own: those with most time on the critical path."""
        return [node["service"] for node in self.answer["nodes"][:MAX_COLUMNS]]

    @property
    def close_link(self) -> str:
        """The address of the map without a selection."""
        payer = payers.in_address(self.answer["payer"])
        return link_here(self.scope, "picture", payer=payer)

    @property
    def defers(self) -> bool:
        """Whether there is deferred work, so that it matters who pays."""
        return bool(self.answer["deferred"])

    @property
    def by_submitter(self) -> bool:
        """Whether deferred work is paid for by its submitters. Bills are of self time then: time on
        the critical path is the trigger's."""
        return bool(self.answer["payer"] == payers.SUBMITTER)

    @property
    def payer_switch(self) -> list[payers.Position]:
        """The switch between trigger and submitter."""
        return payers.switch(self.answer["payer"])

    def paid(self, bill: Mapping[str, Any], service: str) -> float:
        """Return what a bill has for one service, ns: the mean time on the critical path, or all
        self time."""
        part = bill["services"][service]
        if self.by_submitter:
            return float(part["own_share"] * payers.self_time(bill))
        return float(part["critical"])

    def other_columns(self, bill: Mapping[str, Any]) -> float:
        """Return what the services without a column add up to on one bill, ns."""
        if self.by_submitter:
            listed = sum(self.paid(bill, name) for name in self.columns if name in bill["services"])
            return max(0.0, payers.self_time(bill) - listed)
        own = self.columns
        services = bill["services"].items()
        listed = sum(share["critical"] for name, share in services if name not in own)
        return float(listed + bill["critical_left_out"])

    def service_link(self, service: str) -> str:
        """Return the address that selects a service."""
        payer = payers.in_address(self.answer["payer"])
        return link_here(self.scope, "chosen", chosen=service, payer=payer)

    def route_link(self, route: Mapping[str, Any]) -> str:
        """Return the address of a route's screen."""
        return link(
            "/route",
            service=route["service"],
            resource=route["resource"],
            **self.scope.search_and_time,
        )

    def edge_link(self, edge: Mapping[str, Any]) -> str:
        """Return the address of the list of traces in which a call was made."""
        return link("/", **self.scope.traces(edge["q"]))

    @cached_property
    def _dimmed(self) -> set[str]:
        if not self.chosen:
            return set()
        needs, needed_by = self.answer["dependencies"], self.answer["dependants"]
        near = {self.chosen, *needs.get(self.chosen, ()), *needed_by.get(self.chosen, ())}
        return set(needs) - near

    @cached_property
    def _call_rates(self) -> dict[str, float]:
        """Calls per second to each service."""
        rates: dict[str, float] = {}
        for edge in self.answer["edges"]:
            rates[edge["called"]] = rates.get(edge["called"], 0.0) + edge["rate"]
        return rates

    @cached_property
    def _names(self) -> dict[str, str]:
        return {node["key"]: node["service"] for node in self.answer["nodes"]}

    def _node(self, node: Mapping[str, Any]) -> Node:
        key = node["key"]
        return Node(
            key=key,
            service=node["service"],
            title=node["service"] or "(no name)",
            under=rate(self._call_rates.get(key, 0.0)),
            left=f"p50 {duration(node['duration']['p50'])}",
            right=percent(node["critical_share"]),
            share=node["critical_share"],
            full=node_in_words(node),
            href=self.service_link(key),
            failing=node["errors"] > 0,
            dim=key in self._dimmed,
            current=key == self.chosen,
        )

    def _arrow(self, edge: Mapping[str, Any]) -> Arrow:
        per_second = rate(edge["rate"])
        quantiles = edge["duration"]
        return Arrow(
            caller=edge["caller"],
            called=edge["called"],
            label=f"{per_second} ◆ {percent(failure_share(edge))}"
            if edge["errors"]
            else per_second,
            under=f"{duration(quantiles['p50'])} · {duration(quantiles['p95'])}",
            full=f"{edge_in_words(edge, self._names)}; {per_second}",
            href=self.edge_link(edge),
            weight=thickness(edge, self.answer["traces"]),
            failing=edge["errors"] > 0,
            dim=bool({edge["caller"], edge["called"]} & self._dimmed),
        )


@blueprint.get("/map")
def page() -> str | tuple[str, int]:
    """Show the services of a set of traces; with `chosen`, what one does and for whom."""
    scope = scope_from(request.args)
    chosen = request.args.get("chosen", "")
    try:
        answer = ask("/api/map", scope, payer=payers.payer_from(request.args))
        found = ask("/api/audit")
        audit = found if found["rules"] or found["problem"] else None
        if chosen in answer["dependencies"]:
            outage = ask("/api/away", scope, service=chosen)
            view = MapView(scope, answer, chosen, outage, audit)
        else:
            view = MapView(scope, answer, audit=audit)
    except RefusedError as refusal:
        return bad_query_page(scope, "/map", refusal)
    return render_template("map.html", view=view, **scope_context(scope))
