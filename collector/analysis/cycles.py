"""Which edges of a fold lead back to where they came from."""

from __future__ import annotations

from collector.analysis.fold import OUTSIDE, Fold


def back_edges(fold: Fold) -> set[tuple[str, str]]:
    """The edges, as caller and called, without which the graph has no circle: those that lead to a
    node on the way to them, found depth first from where requests come in, the most frequent calls
    first."""
    called_by: dict[str, list[str]] = {}
    for called, node in fold.nodes.items():
        for caller in node.callers:
            called_by.setdefault(caller, []).append(called)
    for caller, names in called_by.items():
        names.sort(key=lambda called: (-fold.nodes[called].callers[caller].calls, called))

    back = set()
    under_way: set[str] = set()
    done: set[str] = set()
    for start in (OUTSIDE, *sorted(fold.nodes)):
        stack = [] if start in done else [(start, iter(called_by.get(start, [])))]
        under_way.add(start)
        while stack:
            caller, rest = stack[-1]
            for called in rest:
                if called in under_way:
                    back.add((caller, called))
                elif called not in done:
                    under_way.add(called)
                    stack.append((called, iter(called_by.get(called, []))))
                    break
            else:
                stack.pop()
                done.add(caller)
                under_way.discard(caller)
        under_way.clear()
    return back
