"""The screens that compare what was inferred from logs with what was traced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, abort, render_template, request

from ui.client import RefusedError
from ui.graph.drawing import Arrow, Node, Picture, draw
from ui.links import link
from ui.scope import Scope, scope_from
from ui.screen import Answer, ask, ask_or_abort, bad_query_page, scope_context, services
from ui.words.footnotes import Footnotes
from ui.words.wording import percent

VERDICTS = {
    "right": "right",
    "wrong": "there is no such call",
    "missing": "not found",
    "unknown": "not traced, so nobody knows",
}
"""What is said of an inferred edge or call."""

blueprint = Blueprint("inferred", __name__)


@dataclass(frozen=True)
class SetView:
    """A set of inferred traces beside the truth."""

    scope: Scope
    answer: Answer
    """The answer of `/api/inferred`."""
    verdicts = VERDICTS

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(inferred=self.answer.get("how", {}))

    @cached_property
    def picture(self) -> Picture:
        """The graph: what was inferred is dashed, what is missing is dim."""
        edges = self.answer["edges"]
        names = dict.fromkeys(name for edge in edges for name in (edge["caller"], edge["called"]))
        shares = {share["service"]: share["inferred"] for share in self.answer["shares"]}
        nodes = [
            Node(
                key=name,
                service=name,
                title=name,
                under=name,
                left="of the time",
                right=percent(shares.get(name, 0.0)),
                share=shares.get(name, 0.0),
            )
            for name in names
        ]
        return draw(nodes, [self._arrow(edge) for edge in edges])

    def _arrow(self, edge: dict[str, Any]) -> Arrow:
        said = VERDICTS[edge["verdict"]]
        sure = "" if edge["confidence"] is None else f"{percent(edge['confidence'])} sure"
        calls = f"{edge['calls']:,} inferred"
        return Arrow(
            caller=edge["caller"],
            called=edge["called"],
            label=sure or said,
            full=f"{edge['caller']} → {edge['called']}: {calls}, {sure or 'no guess'}; {said}",
            weight=0.3,
            failing=edge["verdict"] == "wrong",
            dim=edge["verdict"] == "missing",
        )


@blueprint.get("/inferred")
def of_set() -> str | tuple[str, int]:
    """Show how right a set of inferred traces is."""
    scope = scope_from(request.args)
    try:
        view = SetView(scope, ask("/api/inferred", scope))
    except RefusedError as refusal:
        return bad_query_page(scope, "/inferred", refusal)
    return render_template("inferred.html", view=view, **scope_context(scope))


@blueprint.get("/trace/<trace_id>/inferred")
def of_trace(trace_id: str) -> str:
    """Show an inferred trace call by call, beside what was traced."""
    if not trace_id.isascii() or not trace_id.isalnum():
        abort(404, "A trace id has 32 hex digits; this address has none.")
    try:
        answer = ask(f"/api/trace/{trace_id}/inferred")
    except RefusedError as refusal:
        abort(404, str(refusal))
    return render_template(
        "inferred-trace.html",
        answer=answer,
        trace_id=answer["trace_id"],
        summary=ask_or_abort(f"/api/trace/{trace_id}/summary"),
        services=services(),
        verdicts=VERDICTS,
        view=TraceView(answer),
        its_set=link("/inferred", q="inferred:1"),
    )


@dataclass(frozen=True)
class TraceView:
    """One inferred trace beside the truth."""

    answer: Answer

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(inferred=self.answer["how"])
