"""What the Compare screen shows of the collector's answer about two sets of traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ui.charts.distribution import Bar, Distribution, distribution
from ui.compare.attribution import Waterfall, waterfall
from ui.compare.moved_paths import with_moves
from ui.compare.path_outline import MAX_LINES, Line, outline
from ui.compare.trace_sets import Route, TraceSet
from ui.links import link
from ui.search_text import MAX_VALUE_CHARACTERS, exactly, root_lasts, tag_key
from ui.words.footnotes import Footnotes
from ui.words.labels import titles
from ui.words.wording import three_digits

Answer = dict[str, Any]

LAYOUTS = {"": "Overlaid", "beside": "Side by side"}
"""How distributions and calling trees are laid out: in the address, in words."""
STRUCTURES = {
    "added": "only in B",
    "removed": "only in A",
    "more": "more calls",
    "less": "fewer calls",
}
"""What became of a path's calls, in words."""
PERCENTILES = ("p50", "p95", "p99")
MAX_CAUSES = 3
"""Paths that the headline names as causes of the difference."""
SEARCH_FIELDS = {"service": "service", "operation": "name", "resource": "resource"}
"""What the search language calls attributes that are not tags."""


class Figure(NamedTuple):
    """A row of the table at the top: a number of both sets."""

    name: str
    note: str
    """The footnote that explains it."""
    a: float | None
    b: float | None
    between_a: Answer | None = None
    """The `duration_between` of the set, if the row is of a percentile."""
    between_b: Answer | None = None


def compare_link(route: Route, a: TraceSet, b: TraceSet, **more: str) -> str:
    """Return the address of the comparison of two sets of a route."""
    return link("/compare", **route.parameters, **a.parameters, **b.parameters, **more)


@dataclass(frozen=True)
class ComparisonView:
    """Two sets of traces compared; `answer` is that of `/api/compare`."""

    answer: Answer
    route: Route
    a: TraceSet
    b: TraceSet
    layout: str
    all_paths: bool
    layouts = LAYOUTS
    structures = STRUCTURES

    @property
    def comparable(self) -> bool:
        """Whether both sets have traces."""
        return bool(self.answer["count_a"] and self.answer["count_b"])

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(compare=self.answer["how"])

    @property
    def figures(self) -> list[Figure]:
        """Mean and percentiles of both sets, ns."""
        a, b = self.answer["a"], self.answer["b"]
        mean = Figure("mean", "difference", a["mean"], b["mean"])
        percentiles = [
            Figure(
                *(name, "duration", a["duration"][name], b["duration"][name]),
                *(a["duration_between"], b["duration_between"]),
            )
            for name in PERCENTILES
        ]
        return [mean, *percentiles]

    @cached_property
    def causes(self) -> list[Answer]:
        """The paths that changed most, beyond chance."""
        shifts = with_moves(self.answer["shifts"])
        return [shift for shift in shifts if shift["verdict"] == "changed"][:MAX_CAUSES]

    @property
    def anything_changed(self) -> bool:
        """Whether any path changed beyond chance."""
        return any(shift["verdict"] == "changed" for shift in self.answer["shifts"])

    @property
    def root(self) -> Answer | None:
        """The path of the traces' roots, which has a typical trace of either set."""
        return next((shift for shift in self.answer["shifts"] if shift["depth"] == 0), None)

    @cached_property
    def chart(self) -> Waterfall:
        """Where the difference comes from."""
        return waterfall(self.answer)

    @property
    def anything_moved(self) -> bool:
        """Whether the chart shows an operation that moved."""
        return any(s.shift and s.shift["structure"] == "moved" for s in self.chart.steps)

    @cached_property
    def distribution(self) -> Distribution:
        """The durations of both sets over the same bars."""
        bars_a, bars_b = self.answer["a"]["histogram"], self.answer["b"]["histogram"]
        return distribution(
            bars_a,
            [bar["traces"] for bar in bars_a],
            [bar["traces"] for bar in bars_b],
            [(in_a["kept"], in_b["kept"]) for in_a, in_b in zip(bars_a, bars_b, strict=True)],
        )

    @cached_property
    def outline(self) -> list[Line]:
        """Both calling trees as one, as far as they are shown."""
        shifts = self.answer["shifts"]
        return outline(shifts, len(shifts) if self.all_paths else MAX_LINES)

    @cached_property
    def attributes(self) -> list[Answer]:
        """Attribute values that are more common in one of the sets."""
        return grouped(self.answer["attributes"])

    @cached_property
    def title(self) -> Callable[[Mapping[str, Any]], str]:
        """A function that returns a path's title."""
        return titles(self.answer["shifts"])

    @property
    def all_paths_link(self) -> str:
        """The address that shows every path."""
        return self._link("paths", view=self.layout, paths="all")

    def layout_link(self, layout: str, fragment: str) -> str:
        """Return the address of a layout."""
        return self._link(fragment, view=layout)

    def traces_link(self, traces: TraceSet, *terms: str) -> str:
        """Return the address of the list of a set's traces, narrowed by more search terms."""
        return link("/", **traces.traces(self.route, *terms))

    def bar_link(self, traces: TraceSet, bar: Bar) -> str:
        """Return the address of the list of a set's traces in a bar of the distributions."""
        return self.traces_link(traces, root_lasts(bar.low, bar.high))

    def attribute_term(self, row: Mapping[str, Any]) -> str:
        """Return the search for traces with an attribute's value; empty if it cannot be written."""
        attribute, value = row["attribute"], row["value"]
        if not attribute or not 0 < len(value) <= MAX_VALUE_CHARACTERS:
            return ""
        return f"{SEARCH_FIELDS.get(attribute) or tag_key(attribute)}:{exactly(value)}"

    def in_words(self, shift: Mapping[str, Any]) -> str:
        """Return how often a path is called, and where: `4 → 6 ×, in web flask.request`."""
        calls_a, calls_b = three_digits(shift["calls_a"]), three_digits(shift["calls_b"])
        both = f"{calls_a} → {calls_b} ×" if calls_a != calls_b else f"{calls_b} ×"
        how_often = {
            "moved": f"moved, {both}",
            "added": f"{STRUCTURES['added']}, {calls_b} ×",
            "removed": f"{STRUCTURES['removed']}, {calls_a} ×",
            "same": f"{calls_b} ×",
        }.get(shift["structure"], f"{calls_a} → {calls_b} ×")
        caller = f", in {shift['path'][-2]}" if len(shift["path"]) > 1 else ""
        return f"{how_often}{caller}"

    def _link(self, fragment: str, **more: str) -> str:
        return compare_link(self.route, self.a, self.b, **more) + f"#{fragment}"


def grouped(rows: Sequence[Answer]) -> list[Answer]:
    """Return attributes with their values: equally common values of one attribute share a row,
    which lists all but the first as `others`."""
    groups: dict[tuple[object, ...], Answer] = {}
    for row in rows:
        alike = row["attribute"], row["share_a"], row["share_b"], row["verdict"]
        if alike in groups:
            groups[alike]["others"].append(row["value"])
        else:
            groups[alike] = {**row, "others": []}
    return list(groups.values())
