"""Folded traces as a drawing."""

from __future__ import annotations

from typing import Any

import pytest

from ui.graph.drawing import Arrow, Node, draw
from ui.graph.flow_graph import edge_label, flow_arrows, flow_nodes, strongest, thickness, visible
from ui.graph.layout.edge_curves import Text

QUANTILES = {"p50": 1_000_000, "p95": 2_000_000, "p99": 3_000_000}


def node(key: str, share: float, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "service": "web",
        "name": key,
        "resource": key,
        "critical_share": share,
        "critical_mean": share * 1e6,
        "share": 1.0,
        "rare": False,
        "calls": 10.0,
        "errors": 0.0,
        "duration": QUANTILES,
        "findings": [],
    } | more


def edge(caller: str, called: str, **more: Any) -> dict[str, Any]:
    return {
        "caller": caller,
        "called": called,
        "calls": 10.0,
        "errors": 0.0,
        "probability": 1.0,
        "times": 1,
        "way": "single",
        "n_plus_one": False,
        "duration": QUANTILES,
        "network": None,
    } | more


NODES = [node("root", 0.004), node("wrap", 0.0), node("work", 0.9), node("idle", 0.001)]
EDGES = [edge("", "root"), edge("root", "wrap"), edge("wrap", "work"), edge("root", "idle")]


def test_small_nodes_are_hidden_but_not_callers_of_large_ones() -> None:
    assert visible(NODES, EDGES, 0.05) == {"root", "wrap", "work"}
    assert visible(NODES, EDGES, 0.0) == {"root", "wrap", "work", "idle"}
    with_finding = [*NODES[:3], node("idle", 0.001, findings=[{"kind": "n_plus_one"}])]
    assert "idle" in visible(with_finding, EDGES, 0.05)


def test_recursion_does_not_make_the_search_for_callers_endless() -> None:
    assert visible(NODES, [*EDGES, edge("work", "root")], 0.5) == {"root", "wrap", "work"}


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({}, ""),
        ({"probability": 0.4}, "40 %"),
        ({"probability": 0.004}, "0.4 %"),
        ({"times": 60, "way": "sequential"}, "×60"),
        ({"probability": 0.5, "times": 1200, "way": "parallel"}, "50 % ×1,200 ∥"),
    ],
)
def test_an_edge_says_how_likely_and_how_often(more: dict[str, Any], label: str) -> None:
    assert edge_label(edge("a", "b", **more)) == label


def test_nodes_say_what_they_are() -> None:
    finding = {"kind": "n_plus_one", "cost": 5.0}
    nodes = [
        node("root", 0.1),
        node("query", 0.8, errors=5.0, findings=[finding, {"kind": "fat_query", "cost": 1.0}]),
        node("odd", 0.1, rare=True),
    ]
    edges = [edge("root", "query", times=60, n_plus_one=True, errors=5.0)]
    root, query, odd = flow_nodes(nodes, edges, lambda node: f"/{node['key']}", "root", min_cost=2)
    assert root.current
    assert root.href == "/root"
    assert (query.flags, query.stacked, query.failing, query.share) == (("N+1",), True, True, 0.8)
    assert "80 % of the critical path" in query.full
    assert "5 failed (50 %)" in query.full
    assert odd.dim
    assert odd.flags == ("rare",)
    [arrow] = flow_arrows(edges, {"root": "web root", "query": "db query"}, lambda _: "", 10)
    assert arrow.full.startswith("web root → db query: 10 calls, made in 100 % of visits")
    assert "usually 60 each time" in arrow.full
    assert "(an N+1)" in arrow.full
    assert arrow.failing


def test_statements_on_one_table_get_different_titles() -> None:
    statement = "SELECT baker.id, baker.name FROM baker WHERE baker."
    queries = [node(key, 0.1, resource=f"{statement}{key} = ?") for key in ("id", "name")]
    one, other = flow_nodes(queries, [], lambda _: "")
    assert one.title != other.title
    [alone] = flow_nodes(queries[:1], [], lambda _: "")
    assert alone.title == "SELECT … FROM baker", "and where there is one, its table is enough"


def test_of_too_many_edges_the_strongest_stay_and_every_node_keeps_a_caller() -> None:
    edges = [edge("a", f"n{i}", calls=float(i)) for i in range(10)] + [
        edge("b", f"n{i}", calls=100.0 + i) for i in range(5)
    ]
    kept = strongest(edges, 5)
    assert {each["called"] for each in kept} == {f"n{i}" for i in range(10)}
    assert len(kept) == 10
    assert [each["caller"] for each in kept[:5]] == ["b"] * 5


def test_thickness_grows_with_the_calls_of_a_trace() -> None:
    once, often = (thickness(edge("a", "b", calls=calls), 10) for calls in (10.0, 600.0))
    assert 0.1 < once < 0.3
    assert often == pytest.approx(1)


def test_a_drawing_keeps_to_what_it_was_given() -> None:
    nodes = [Node("a", "web", "x" * 400), Node("b", "db", "y", under="z" * 400)]
    picture = draw(nodes, [Arrow("a", "b", "1" * 90), Arrow("", "a"), Arrow("a", "gone")])
    assert [shape.node.key for shape in picture.shapes] == ["a", "b"]
    assert all(len(shape.title) < 40 and len(shape.under) < 40 for shape in picture.shapes)
    [line] = picture.lines
    assert len(line.label) < 20
    assert draw([], []).shapes == []


def test_a_node_grows_for_arriving_edges_until_there_are_too_many_to_label() -> None:
    def arriving(many: int, text: Text) -> tuple[float, list[str]]:
        nodes = [Node("x", "", ""), *(Node(f"n{i}", "", "") for i in range(many))]
        arrows = [Arrow(f"n{i}", "x", "40 %") for i in range(many)]
        picture = draw(nodes, arrows, text=text)
        height = next(shape.box.height for shape in picture.shapes if shape.node.key == "x")
        return height, [line.label for line in picture.lines]

    low, labels = arriving(2, Text())
    high, _ = arriving(6, Text())
    assert low < high
    assert labels == ["40 %"] * 2
    assert arriving(6, Text(lines=2))[0] > high
    capped, labels = arriving(30, Text())
    assert capped < 2 * high
    assert labels == [""] * 30
