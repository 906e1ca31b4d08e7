"""What the audit says of a map's edges, as drawn."""

from __future__ import annotations

from typing import Any

from ui.graph.audited import OUTSIDE, audited
from ui.graph.drawing import Arrow, Node, draw

NODES = [Node(key=name, service=name, title=name) for name in ("web", "taster", "printer")]
ARROWS = [Arrow("web", "taster", label="3 /s", full="web → taster: 3 calls", href="/traces")]


def edge(caller: str | None, called: str, verdict: str, calls: int = 2) -> dict[str, Any]:
    rule = "only web may call taster"
    return {"caller": caller, "called": called, "verdict": verdict, "calls": calls, "rule": rule}


def drawn(*edges: dict[str, Any]) -> tuple[list[str], dict[tuple[str, str], Arrow]]:
    nodes, arrows = audited(NODES, ARROWS, edges, lambda found: f"/trace/{found['called']}")
    draw(nodes, arrows)
    return [node.key for node in nodes], {(a.caller, a.called): a for a in arrows}


def test_without_an_audit_a_map_is_what_it_was() -> None:
    assert audited(NODES, ARROWS, [], lambda found: "") == (NODES, ARROWS)


def test_a_forbidden_edge_leads_to_its_evidence_and_keeps_what_was_said_of_it() -> None:
    _, arrows = drawn(edge("web", "taster", "forbidden"), edge("printer", "taster", "forbidden", 1))
    known, new = arrows["web", "taster"], arrows["printer", "taster"]
    assert known.full == (
        "web → taster: 3 calls; forbidden by “only web may call taster”: web → taster, 2 calls"
    )
    assert (known.href, known.verdict) == ("/trace/taster", "forbidden")
    assert (new.label, new.under) == ("✗ forbidden", "1 call")


def test_whoever_comes_from_outside_has_a_node_if_nobody_may() -> None:
    keys, arrows = drawn(edge(None, "taster", "forbidden"))
    assert keys[-1] == OUTSIDE
    assert "somebody outside → taster" in arrows[OUTSIDE, "taster"].full
    assert OUTSIDE not in drawn(edge(None, "web", "never_seen"))[0]


def test_an_allowed_edge_that_nobody_used_is_added_between_services_on_the_map() -> None:
    _, arrows = drawn(
        edge("printer", "web", "never_seen", 0),
        edge("web", "taster", "never_seen", 0),
        edge("web", "redis", "never_seen", 0),
        edge("web", "printer", "allowed", 0),
    )
    assert arrows.keys() == {("web", "taster"), ("printer", "web")}
    assert arrows["printer", "web"].full.endswith("and never seen")
    assert not arrows["web", "taster"].verdict, "it is in these traces, so it was seen"
