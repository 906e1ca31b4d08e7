"""What was kept, as bars."""

from __future__ import annotations

from typing import Any

from ui.charts.kept_bars import REST, kept_bars

MINUTE_NS = 60 * 10**9


def answer(*kept: dict[str, int]) -> dict[str, Any]:
    return {
        "bucket_s": 60,
        "buckets": [
            {
                "start": str(number * MINUTE_NS),
                "seen": 2 * sum(each.values()),
                "kept": each,
                "bytes": {reason: 100 * count for reason, count in each.items()},
            }
            for number, each in enumerate(kept)
        ],
    }


def test_nothing_decided_draws_nothing() -> None:
    assert kept_bars(answer()) is None


def test_heights_add_up_and_sums_are_told() -> None:
    drawn = kept_bars(answer({"error": 3, "sample": 1}, {}, {"sample": 2}))
    assert drawn is not None
    assert (drawn.kept, drawn.seen) == (6, 12)
    assert [(each.name, each.kept, each.share) for each in drawn.reasons] == [
        ("error", 3, 0.5),
        ("sample", 3, 0.5),
    ]
    first, above, last = drawn.pieces
    assert (first.x, first.y) == (above.x, above.y + above.height)
    assert first.height > last.height > above.height
    assert last.x > first.x
    assert "kept 4 of 8 (50 %)" in first.words


def test_many_names_share_a_colour_and_none_is_lost() -> None:
    drawn = kept_bars(answer({f"reason-{number}": 10 - number for number in range(6)}))
    assert drawn is not None
    assert len(drawn.reasons) == 3
    assert drawn.reasons[-1].name == REST
    assert not drawn.reasons[-1].is_searchable
    assert sum(each.kept for each in drawn.reasons) == 45
    assert len({piece.hue for piece in drawn.pieces}) == len(drawn.pieces) == 3


def test_only_what_nothing_was_kept_of_is_drawn_without_bars() -> None:
    drawn = kept_bars(
        {"bucket_s": 60, "buckets": [{"start": "0", "seen": 4, "kept": {}, "bytes": {}}]}
    )
    assert drawn is not None
    assert (drawn.kept, drawn.seen, drawn.pieces) == (0, 4, [])
