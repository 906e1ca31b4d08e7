"""The edges that lead back; without them a graph has layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Edge = tuple[str, str]


def back_edges(nodes: Sequence[str], edges: Sequence[Edge]) -> set[Edge]:
    """Return edges without which no cycle is left, including edges from a node to itself.

    A depth-first search starts at the nodes without callers, then at those not yet reached, in the
    given order; an edge to a node that is still on the search's path leads back. The same input
    always gives the same result.
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
