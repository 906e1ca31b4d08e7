"""What the traces say: where the time went, and what the what-if predicts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tutor import http
from tutor.compare.lesson_changes import PAIRING, LessonChange
from tutor.errors import NotReadyError

TIMEOUT_S = 30.0
"""How long the collector may take to read all traces of a set."""


@dataclass(frozen=True)
class Shift:
    """An operation on which time was saved or lost.

    `difference` (ns) and `calls` (before and after) are per request, on all paths to the operation
    together, so a call that moved to another place is neither lost nor new.
    """

    operation: str
    difference: float
    calls: tuple[float, float]


@dataclass(frozen=True)
class Attribution:
    """Where the time of one set of traces went, compared with another.

    `before` and `after` are means in ns; they differ by exactly the sum of `shifts` and `rest`.
    """

    before: float
    after: float
    traces: tuple[float, float]
    shifts: Sequence[Shift]
    rest: float
    others: int
    """The number of operations that `rest` is the sum of."""

    @property
    def difference(self) -> float:
        """ns per request; negative if time was saved."""
        return self.after - self.before


class TraceAnalysis:
    """The collector's analysis of the traces of one comparison."""

    def __init__(self, collector: str) -> None:
        self._url = collector

    def attribution(self, mark: str, a: str, b: str, max_shifts: int = 5) -> Attribution | None:
        """Return where the time went from deploy `a` to deploy `b`, or None if one of them has no
        traces with `mark`.

        Raises `NotReadyError` if the collector can't say.
        """
        sets = {"a_q": search(mark, a), "b_q": search(mark, b)}
        answer = self._ask("/api/compare", [*sets.items(), *_on_route(PAIRING)])
        if not answer["count_a"] or not answer["count_b"]:
            return None
        shifts = _by_operation(answer["shifts"])
        shown = [shift for shift in shifts[:max_shifts] if shift.difference]
        return Attribution(
            answer["mean_a"],
            answer["mean_b"],
            (answer["a"]["sample"]["folded"], answer["b"]["sample"]["folded"]),
            shown,
            answer["mean_b"] - answer["mean_a"] - sum(shift.difference for shift in shown),
            len(shifts) - len(shown),
        )

    def what_if(self, mark: str, version: str, lesson: LessonChange) -> float | None:
        """Return how many times as fast the traces of `version` would be, by their p50, after what
        `lesson` changes, or None if there is nothing to change.

        Raises `NotReadyError` if the collector can't say.
        """
        parameters = [("q", search(mark, version)), *_on_route(lesson.route)]
        changes = lesson.changes(self._ask("/api/what-if", parameters)["operations"])
        if not changes:
            return None
        parameters += [("change", json.dumps(change)) for change in changes]
        answer = self._ask("/api/what-if", parameters)
        if not answer["measured"] or not answer["predicted"]["p50"]:
            return None
        return float(answer["measured"]["p50"] / answer["predicted"]["p50"])

    def _ask(self, path: str, parameters: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Return the answer once all traces of the set are in it, or `TIMEOUT_S` have passed."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            answer = http.get(f"{self._url}{path}?{urlencode(parameters)}", timeout=TIMEOUT_S)
            if answer.status != 200:
                raise NotReadyError(
                    f"the collector's answer to {path} was {answer.status}: {answer.text[:200]}"
                )
            body: dict[str, Any] = answer.json()
            if not _pending(body) or time.monotonic() > deadline:
                return body
            time.sleep(0.2)


def _by_operation(shifts: Sequence[dict[str, Any]]) -> list[Shift]:
    """Return the collector's shifts (one per path) added up by operation, largest first."""
    sums: dict[str, Shift] = {}
    for shift in shifts:
        names = (shift["service"], shift["name"], _short(shift["resource"]))
        operation = " ".join(dict.fromkeys(names))
        so_far = sums.get(operation, Shift(operation, 0, (0, 0)))
        calls = (so_far.calls[0] + shift["calls_a"], so_far.calls[1] + shift["calls_b"])
        sums[operation] = Shift(operation, so_far.difference + shift["difference"], calls)
    return sorted(sums.values(), key=lambda shift: -abs(shift.difference))


def _on_route(route: str) -> list[tuple[str, str]]:
    """Return the parameters that select the traces of a route of web."""
    return [("route_service", "web"), ("route", route)]


def search(mark: str, version: str) -> str:
    """Return the search for the traces of one deploy in one part of a comparison."""
    return f"load.mark:{mark} version:{version}"


def _pending(answer: dict[str, Any]) -> bool:
    """Return whether some traces of a set have not been read yet."""
    sets = (answer, answer.get("a", {}), answer.get("b", {}))
    samples = [traces.get("sample") or {} for traces in sets]
    return any(sample.get("pending") for sample in samples)


def _short(resource: str, max_length: int = 46) -> str:
    """Return a resource in one line; of a query, the table matters more than the columns."""
    line = " ".join(resource.split())
    if line.startswith("SELECT "):
        line = re.sub("^SELECT .*? FROM ", "SELECT … FROM ", line)
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"
