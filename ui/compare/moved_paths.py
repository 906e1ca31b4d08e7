"""Work that merely moved: paths only in A and only in B that end in the same operation.

Told apart they would be a large saving and a large loss. Together they are what the move is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Shift = dict[str, Any]
"""A path as /api/compare gives it."""

TOGETHER = ("calls_a", "calls_b", "critical_a", "critical_b", "difference")


def with_moves(shifts: Sequence[Shift]) -> list[Shift]:
    """The same differences, the largest first, those of an operation that moved as one: its
    structure and its verdict are `moved`, and it has the paths that it had in `from`."""
    apart: dict[tuple[str, str, str], dict[str, list[Shift]]] = {}
    for shift in shifts:
        if shift["structure"] in ("added", "removed"):
            of = apart.setdefault((shift["service"], shift["name"], shift["resource"]), {})
            of.setdefault(shift["structure"], []).append(shift)
    moved = [of["removed"] + of["added"] for of in apart.values() if len(of) == 2]
    gone = {shift["key"] for paths in moved for shift in paths}
    kept = [shift for shift in shifts if shift["key"] not in gone]
    return sorted([*kept, *map(_one, moved)], key=lambda shift: -abs(shift["difference"]))


def _one(paths: list[Shift]) -> Shift:
    """Several paths of one operation as one, split into calls and cost anew."""
    total = {name: sum(shift[name] for shift in paths) for name in TOGETHER}
    each_a = total["critical_a"] / total["calls_a"]
    each_b = total["critical_b"] / total["calls_b"]
    calls = round((total["calls_b"] - total["calls_a"]) * (each_a + each_b) / 2)
    return {
        **paths[-1],
        **total,
        "calls_effect": calls,
        "per_call_effect": total["difference"] - calls,
        "structure": "moved",
        "verdict": "moved",
        "from": [shift["path"] for shift in paths if shift["structure"] == "removed"],
        "paths": len(paths),
    }
