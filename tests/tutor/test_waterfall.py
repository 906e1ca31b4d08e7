"""A trace as text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tutor.waterfall import BAR_WIDTH, bar, lines, render

MS = 1_000_000


def trace(*spans: tuple[int, str, int, int]) -> dict[str, Any]:
    """A trace of (parent row, operation, start in ms, duration in ms), as the collector answers."""
    strings = sorted({name for _, name, _, _ in spans} | {"web"})
    return {
        "duration": max(start + length for _, _, start, length in spans) * MS,
        "strings": strings,
        "templates": [],
        "untimed": [],
        "columns": {
            "parent": [parent for parent, _, _, _ in spans],
            "service": [strings.index("web")] * len(spans),
            "name": [strings.index(name) for _, name, _, _ in spans],
            "resource": [strings.index(name) for _, name, _, _ in spans],
            "start": [start * MS for _, _, start, _ in spans],
            "duration": [length * MS for _, _, _, length in spans],
            "error": [0] * len(spans),
        },
    }


COMB = trace(
    (-1, "request", 0, 100), (0, "query", 0, 10), (0, "query", 20, 10), (0, "cook", 50, 50)
)


def test_like_calls_share_a_line():
    assert [line.rstrip() for line in render(COMB, fold=True, width=100)] == [
        f"  100 ms {'█' * 28}      web request",
        f"   20 ms {'███··████' + '·' * 19}   ×2   web query",
        f"   50 ms {'·' * 14 + '█' * 14}        web cook",
    ]


def test_calls_of_one_operation_do_whatever_their_ids():
    tastes = trace((-1, "request", 0, 100), (0, "GET /7", 0, 10), (0, "GET /8", 20, 10))
    tastes["strings"].append("GET /?")
    tastes["templates"] = [[tastes["strings"].index(name), 4] for name in ("GET /7", "GET /8")]
    together = render(tastes, fold=True, width=100)
    assert together[1].endswith("×2   web GET /?")
    assert render(tastes, fold=False, width=100)[1].endswith("web GET /7")


def test_impossible_times_are_no_numbers():
    odd = COMB | {"untimed": [2, 3]}
    assert [line.rstrip() for line in render(odd, fold=True, width=100)] == [
        f"  100 ms {'█' * 28}      web request",
        f"   10 ms {'███' + '·' * 25}   ×2   web query",
        f"       – {'·' * 5} time impossible {'·' * 6}        web cook",
    ]


def test_or_have_one_each():
    assert len(render(COMB, fold=False, width=100)) == 4


def test_errors_are_counted():
    failing = trace((-1, "request", 0, 100), (0, "query", 0, 10), (0, "query", 20, 10))
    failing["columns"]["error"] = [0, 1, 0]
    assert render(failing, fold=True, width=100)[1].endswith("  ×2   ✗ 1 failed: web query")


def test_a_line_fits_the_terminal():
    assert all(len(line) <= 50 for line in render(COMB, fold=True, width=50))


@st.composite
def traces(draw):
    """Trees whose parents come before their children."""
    count = draw(st.integers(1, 30))
    return trace(
        *(
            (
                draw(st.integers(-1, row - 1)),
                draw(st.sampled_from("abc")),
                draw(st.integers(0, 50)),
                draw(st.integers(0, 50)),
            )
            for row in range(count)
        )
    )


@given(traces(), st.booleans())
def test_every_span_is_in_exactly_one_line_below_its_parents(made, fold):
    columns = made["columns"]
    shown = list(lines(made, fold))
    assert sorted(span for line in shown for span in line.spans) == list(
        range(len(columns["name"]))
    )
    depths = {span: line.depth for line in shown for span in line.spans}
    for span, parent in enumerate(columns["parent"]):
        assert depths[span] == (0 if parent == -1 else depths[parent] + 1)


@given(traces())
def test_the_bar_of_everything_has_its_full_width(made):
    spans = range(len(made["columns"]["name"]))
    assert len(bar(made, spans)) == BAR_WIDTH
    assert all("█" in bar(made, [span]) for span in spans)


def test_a_very_deep_trace():
    deep = trace(*((row - 1, f"call {row}", 0, 1) for row in range(5000)))
    assert len(render(deep, fold=True, width=100)) == 5000
