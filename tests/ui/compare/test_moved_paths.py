"""Work that moved from one path to another."""

from __future__ import annotations

from typing import Any

from ui.compare.moved_paths import with_moves

TASTE = {"service": "taster", "name": "taste", "resource": "taste"}


def path(
    structure: str, calls: tuple[float, float], critical: tuple[float, float]
) -> dict[str, Any]:
    difference = round(critical[1] - critical[0])
    return {
        **TASTE,
        "key": f"{structure} {critical}",
        "structure": structure,
        "path": ["web", structure, "taste"],
        "calls_a": calls[0],
        "calls_b": calls[1],
        "critical_a": critical[0],
        "critical_b": critical[1],
        "difference": difference,
        "calls_effect": difference,
        "per_call_effect": 0,
        "verdict": "changed",
    }


def test_an_operation_only_here_and_only_there_is_one_that_moved() -> None:
    removed = path("removed", (12, 0), (1200, 0))
    added = path("added", (0, 6), (0, 480))
    [moved] = with_moves([removed, added])
    assert (moved["structure"], moved["verdict"], moved["paths"]) == ("moved", "moved", 2)
    assert moved["difference"] == -720
    assert moved["calls_effect"] == -6 * (100 + 80) / 2
    assert moved["per_call_effect"] == -180
    assert moved["path"] == added["path"]
    assert moved["from"] == [removed["path"]]


def test_all_differences_stay_and_the_largest_comes_first() -> None:
    shifts = [
        path("removed", (12, 0), (1200, 0)),
        path("added", (0, 12), (0, 1150)),
        path("more", (1, 2), (100, 300)),
        path("added", (0, 1), (0, 10)),
        {**path("added", (0, 1), (0, 90)), "resource": "another"},
    ]
    merged = with_moves(shifts)
    assert sum(each["difference"] for each in merged) == sum(each["difference"] for each in shifts)
    assert [each["structure"] for each in merged] == ["more", "added", "moved"]
    assert merged[2]["paths"] == 3


def test_what_did_not_move_is_left_as_it_is() -> None:
    shifts = [path("more", (1, 2), (100, 300)), path("removed", (3, 0), (30, 0))]
    assert with_moves(shifts) == shifts
