"""Nodes in layers, and edges cut into pieces that each lead from one layer to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ui.graph.layout.back_edges import Edge


@dataclass(frozen=True)
class Layers:
    """A graph in layers.

    Vertices are numbers: first the nodes, in their order, then the bends at which a longer edge
    passes a layer in between.
    """

    rows: list[list[int]]
    """The vertices of each layer, in order."""
    before: list[list[int]]
    """For each vertex its neighbours in the previous layer."""
    after: list[list[int]]
    """For each vertex its neighbours in the next layer."""
    chains: dict[Edge, list[int]]
    """For each edge the vertices that it passes, from the earlier layer to the later one."""


def layers(nodes: Sequence[str], forward: Mapping[Edge, Edge]) -> Layers:
    """Put every node one layer after the last of those that lead to it.

    `forward` gives the ends of each edge in the direction of the layers; they must form no cycle.
    """
    number = {node: index for index, node in enumerate(nodes)}
    follow = _followers(nodes, forward)
    layer = _longest_paths(nodes, follow)
    rows: list[list[int]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in _reading_order(nodes, follow):
        rows[layer[node]].append(number[node])
    before: list[list[int]] = [[] for _ in nodes]
    after: list[list[int]] = [[] for _ in nodes]
    chains: dict[Edge, list[int]] = {}
    for edge, (first, last) in forward.items():
        chain = [number[first]]
        for between in range(layer[first] + 1, layer[last]):
            chain.append(len(before))
            rows[between].append(len(before))
            before.append([])
            after.append([])
        chain.append(number[last])
        for one, following in pairwise(chain):
            after[one].append(following)
            before[following].append(one)
        chains[edge] = chain
    return Layers(rows, before, after, chains)


def _followers(nodes: Sequence[str], forward: Mapping[Edge, Edge]) -> dict[str, list[str]]:
    follow: dict[str, list[str]] = {node: [] for node in nodes}
    for first, last in forward.values():
        follow[first].append(last)
    return follow


def _longest_paths(nodes: Sequence[str], follow: Mapping[str, Sequence[str]]) -> dict[str, int]:
    missing = dict.fromkeys(nodes, 0)
    for followers in follow.values():
        for node in followers:
            missing[node] += 1
    layer = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not missing[node]]
    for node in ready:
        for following in follow[node]:
            layer[following] = max(layer[following], layer[node] + 1)
            missing[following] -= 1
            if not missing[following]:
                ready.append(following)
    return layer


def _reading_order(nodes: Sequence[str], follow: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes depth first: in this order no two edges of a tree cross."""
    targets = {node for followers in follow.values() for node in followers}
    waiting = [node for node in reversed(nodes) if node not in targets]
    order: dict[str, None] = {}
    while waiting:
        node = waiting.pop()
        if node not in order:
            order[node] = None
            waiting += reversed(follow[node])
    return list(order)
