"""Work that merely moved: paths only in A and only in B that end in the same operation.

Kept apart they would look like a large saving and a large loss. Together they show what the move
is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Shift = dict[str, Any]
"""A path as `/api/compare` gives it."""

SUMMED = ("calls_a", "calls_b", "critical_a", "critical_b", "difference")


def with_moves(shifts: Sequence[Shift]) -> list[Shift]:
    """Return the shifts, largest difference first, with those of an operation that moved as one.

    The structure and the verdict of that one are `moved`; `from` holds the paths it had in A.
    """
    one_sided: dict[tuple[str, str, str], dict[str, list[Shift]]] = {}
    for shift in shifts:
        if shift["structure"] in ("added", "removed"):
            operation = (shift["service"], shift["name"], shift["resource"])
            one_sided.setdefault(operation, {}).setdefault(shift["structure"], []).append(shift)
    moved = [by["removed"] + by["added"] for by in one_sided.values() if len(by) == 2]
    merged_keys = {shift["key"] for paths in moved for shift in paths}
    kept = [shift for shift in shifts if shift["key"] not in merged_keys]
    return sorted([*kept, *map(_merged, moved)], key=lambda shift: -abs(shift["difference"]))


def _merged(paths: list[Shift]) -> Shift:
    """Return several paths of one operation as one, with its difference split into the effects of
    calls and of cost as `collector/analysis/compare.py` splits a single path's."""
    total = {name: sum(shift[name] for shift in paths) for name in SUMMED}
    per_call_a = total["critical_a"] / total["calls_a"]
    per_call_b = total["critical_b"] / total["calls_b"]
    calls = round((total["calls_b"] - total["calls_a"]) * (per_call_a + per_call_b) / 2)
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
