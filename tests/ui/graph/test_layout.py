"""Layouts of graphs of all kinds: nodes do not overlap, edges lead on and reach their ends."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers import ROOT
from ui.graph.layout.back_edges import Edge, back_edges
from ui.graph.layout.coordinates import nondecreasing
from ui.graph.layout.crossings import crossings, uncrossed
from ui.graph.layout.layers import layers
from ui.graph.layout.layout import NODE_GAP, Arrangement, arrange

Graph = tuple[tuple[tuple[str, float], ...], tuple[Edge, ...]]

PAIR = re.compile(r"(-?\d+\.\d) (-?\d+\.\d)")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw any graph: with cycles, loops, several parts, nodes without edges."""
    count = draw(st.integers(1, 14))
    names = [f"n{i}" for i in range(count)]
    heights = draw(st.lists(st.integers(30, 120), min_size=count, max_size=count))
    name = st.sampled_from(names)
    edges = draw(st.lists(st.tuples(name, name), max_size=30, unique=True))
    return tuple((n, float(h)) for n, h in zip(names, heights, strict=True)), tuple(edges)


@given(graphs())
@settings(max_examples=300)
def test_any_graph(graph: Graph) -> None:
    nodes, edges = graph
    layout = arrange(nodes, edges)
    assert set(layout.boxes) == {key for key, _ in nodes}
    assert set(layout.curves) == set(edges)
    nodes_do_not_overlap(layout)
    edges_lead_on(layout)
    edges_reach_their_ends(layout)


def nodes_do_not_overlap(layout: Arrangement) -> None:
    columns: dict[float, list[tuple[float, float]]] = {}
    for box in layout.boxes.values():
        assert box.x >= 0
        assert box.y >= -0.01
        assert box.right <= layout.width + 0.01
        assert box.bottom <= layout.height + 0.01
        columns.setdefault(box.x, []).append((box.y, box.bottom))
    for column in columns.values():
        column.sort()
        for (_, bottom), (top, _) in pairwise(column):
            assert top - bottom >= NODE_GAP - 0.01


def edges_lead_on(layout: Arrangement) -> None:
    """Check that edges lead from left to right, except for those that close a cycle."""
    for (caller, called), curve in layout.curves.items():
        if curve.back:
            assert layout.boxes[caller].x >= layout.boxes[called].x
        else:
            assert layout.boxes[caller].x < layout.boxes[called].x


def edges_reach_their_ends(layout: Arrangement) -> None:
    for (caller, called), curve in layout.curves.items():
        box = layout.boxes[called]
        tip = PAIR.findall(curve.head)[1]
        if caller == called:
            assert float(tip[1]) == pytest.approx(box.bottom, abs=0.06)
            continue
        assert float(tip[0]) == pytest.approx(box.right if curve.back else box.x, abs=0.06)
        assert box.y < float(tip[1]) < box.bottom


def test_a_tree_has_no_crossings_and_keeps_the_order_given() -> None:
    chance = random.Random(5)
    keys = [f"n{i}" for i in range(120)]
    edges = [(keys[chance.randrange(i)], keys[i]) for i in range(1, 120)]
    graph = layers(keys, {edge: edge for edge in edges})
    rows = uncrossed(graph)
    assert crossings(rows, graph.after) == 0
    assert rows[0] == [0]
    children = [number for number in rows[1] if ("n0", keys[number]) in edges]
    assert children == sorted(children)


def test_crossings_are_found_and_undone() -> None:
    edges = {(a, b): (a, b) for a, b in (("a", "y"), ("a", "z"), ("b", "x"), ("b", "y"))}
    graph = layers(["a", "b", "z", "y", "x"], edges)
    assert crossings([[0, 1], [4, 3, 2]], graph.after) == 3
    assert crossings(uncrossed(graph), graph.after) == 0


def test_edges_that_lead_back_are_the_same_for_the_same_input() -> None:
    nodes = ["root", "a", "b", "c"]
    edges = [("root", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("b", "b"), ("b", "a")]
    assert back_edges(nodes, edges) == {("c", "a"), ("b", "b"), ("b", "a")}


def test_an_edge_over_several_layers_passes_between_the_nodes() -> None:
    nodes = tuple((key, 50.0) for key in "abcd")
    layout = arrange(nodes, (("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")))
    bends = [(float(x), float(y)) for x, y in PAIR.findall(layout.curves["a", "d"].path)]
    for key in "bc":
        box = layout.boxes[key]
        passing = [y for x, y in bends if box.x <= x <= box.right]
        assert passing
        assert all(not box.y < y < box.bottom for y in passing)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10)), min_size=1, max_size=12))
def test_nearest_nondecreasing(pairs: list[tuple[float, float]]) -> None:
    wanted, weights = zip(*pairs, strict=True)
    numbers = nondecreasing(wanted, weights)
    assert numbers == sorted(numbers)
    mean = sum(w * v for v, w in pairs) / sum(weights)
    pooled = sum(f * w for f, w in zip(numbers, weights, strict=True)) / sum(weights)
    assert pooled == pytest.approx(mean, abs=1e-6), "least squares keeps the mean"


def test_the_same_picture_in_every_process() -> None:
    """Nothing depends on the order of a set, which changes from process to process."""
    program = (
        "from ui.graph.layout.layout import arrange;"
        "k='abcdefghij';"
        "e=tuple((a,b) for a in k for b in k if (ord(a)*7+ord(b)*5)%11==3);"
        "print(arrange(tuple((x,40.0) for x in k), e))"
    )
    pictures = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(pictures) == 1
    assert "Curve" in pictures.pop()


def test_a_deep_chain_and_a_wide_fan() -> None:
    deep = tuple((f"n{i}", 40.0) for i in range(3000))
    layout = arrange(deep, tuple((f"n{i}", f"n{i + 1}") for i in range(2999)))
    assert len({box.y for box in layout.boxes.values()}) == 1
    fan = arrange(deep[:400], tuple(("n0", f"n{i}") for i in range(1, 400)))
    assert fan.boxes["n0"].middle == pytest.approx(fan.height / 2, abs=1)
