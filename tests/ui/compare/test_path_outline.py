"""The calling trees of two sets as one outline."""

from __future__ import annotations

from typing import Any

from ui.compare.path_outline import outline


def shift(*path: str, difference: int = 0, critical: float = 1, depth: int = -1) -> dict[str, Any]:
    """Return a path as `/api/compare` gives it: at most its last 40 names, after an ellipsis."""
    names = list(path) if len(path) <= 40 else ["…", *path[-40:]]
    return {
        "path": names,
        "depth": len(path) - 1 if depth < 0 else depth,
        "difference": difference,
        "critical_a": critical,
        "critical_b": 0,
    }


def shown(lines: list[Any]) -> list[tuple[int, str]]:
    return [(line.depth, line.shift["path"][-1]) for line in lines]


def test_callers_come_first_and_of_siblings_the_slowest_with_all_beneath() -> None:
    shifts = [
        shift("web", "quick", critical=5),
        shift("web", "slow", "db", critical=90),
        shift("web"),
        shift("web", "slow", critical=1),
    ]
    assert shown(outline(shifts)) == [(0, "web"), (1, "slow"), (2, "db"), (1, "quick")]


def test_of_many_the_largest_differences_are_shown_with_what_leads_to_them() -> None:
    shifts = [shift("web", "batch", f"item {at}", difference=100 - at) for at in range(30)]
    shifts += [shift("web"), shift("web", "batch"), shift("web", "other", critical=0.5)]
    lines = outline(shifts, max_lines=6)
    assert shown(lines) == [
        (0, "web"),
        (1, "batch"),
        *((2, f"item {at}") for at in range(4)[::-1]),
    ]
    assert sum(line.hidden for line in lines) == len(shifts) - 6


def test_paths_of_one_name_are_all_there() -> None:
    assert len(outline([shift("a"), shift("a"), shift("a", "b")])) == 3


def test_a_deep_chain_stays_in_order() -> None:
    names = [f"level {at}" for at in range(300)]
    shifts = [shift(*names[: at + 1], difference=at) for at in range(300)]
    lines = outline(shifts[::-1], max_lines=300)
    assert shown(lines) == list(enumerate(names))
    assert outline(shifts[::-1], max_lines=20), "too deep to lead to, and still something to see"


def test_nothing_is_an_empty_outline() -> None:
    assert outline([]) == []
