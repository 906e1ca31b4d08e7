"""The edges of a fold that lead back to where they came from."""

from __future__ import annotations

from collector.analysis.fold import OUTSIDE, Fold


def back_edges(fold: Fold) -> set[tuple[str, str]]:
    """Return the edges, as (caller, called), without which the graph has no cycle.

    They lead to a node on the way to them. The search is depth first, from where requests come in,
    and follows the most frequent calls first.
    """
    callees = fold.callees()
    for caller, keys in callees.items():
        keys.sort(key=lambda called: (-fold.nodes[called].callers[caller].calls, called))

    back = set()
    under_way: set[str] = set()
    done: set[str] = set()
    for start in (OUTSIDE, *sorted(fold.nodes)):
        stack = [] if start in done else [(start, iter(callees.get(start, [])))]
        under_way.add(start)
        while stack:
            caller, rest = stack[-1]
            for called in rest:
                if called in under_way:
                    back.add((caller, called))
                elif called not in done:
                    under_way.add(called)
                    stack.append((called, iter(callees.get(called, []))))
                    break
            else:
                stack.pop()
                done.add(caller)
                under_way.discard(caller)
        under_way.clear()
    return back
