"""Which edges lead back. Without them a graph has layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Edge = tuple[str, str]


def back_edges(nodes: Sequence[str], edges: Sequence[Edge]) -> set[Edge]:
    """The edges without which no cycle is left, an edge from a node to itself among them.

    A walk in depth begins at the nodes that nobody calls, then at what it has not reached, in the
    order given; an edge to a node that the walk is still inside of leads back. So the answer is the
    same for the same input.
    """
    called_by: dict[str, list[str]] = {node: [] for node in nodes}
    for caller, called in edges:
        called_by[caller].append(called)
    targets = {called for caller, called in edges if called != caller}
    entrances = [node for node in nodes if node not in targets]

    back: set[Edge] = set()
    inside: set[str] = set()
    seen: set[str] = set()
    for entrance in [*entrances, *nodes]:
        if entrance not in seen:
            _walk(entrance, called_by, inside, seen, back)
    return back


def _walk(
    entrance: str,
    called_by: dict[str, list[str]],
    inside: set[str],
    seen: set[str],
    back: set[Edge],
) -> None:
    path: list[tuple[str, Iterator[str]]] = [(entrance, iter(called_by[entrance]))]
    inside.add(entrance)
    seen.add(entrance)
    while path:
        caller, rest = path[-1]
        called = next(rest, None)
        if called is None:
            inside.discard(caller)
            path.pop()
        elif called in inside:
            back.add((caller, called))
        elif called not in seen:
            seen.add(called)
            inside.add(called)
            path.append((called, iter(called_by[called])))
