"""What the traces say: where the time went, and what the what-if had foretold."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tutor import http
from tutor.compare.lesson_changes import PAIRING, Cure
from tutor.errors import NotReadyError

PATIENCE = 30.0
"""Seconds for the collector to have read all traces of a set."""


@dataclass(frozen=True)
class Shift:
    """One operation on which time was saved or lost: ns per request, and calls per request, on all
    paths to it together (a call that moved to another place is neither lost nor new)."""

    what: str
    difference: float
    calls: tuple[float, float]


@dataclass(frozen=True)
class Attribution:
    """Where the time of one set of traces went, against another: means in ns, which differ by
    exactly the sum of `shifts` and `rest`."""

    before: float
    after: float
    traces: tuple[float, float]
    shifts: Sequence[Shift]
    rest: float
    others: int
    """How many more operations `rest` is the sum of."""

    @property
    def difference(self) -> float:
        """ns per request; below 0 where time was saved."""
        return self.after - self.before


class Insight:
    """Asks the collector about the traces of one comparison."""

    def __init__(self, collector: str) -> None:
        self._url = collector

    def attribution(self, mark: str, a: str, b: str, most: int = 5) -> Attribution | None:
        """Where the time went from deploy `a` to deploy `b`; None where there are no traces.

        Raises `NotReadyError` if the collector does not say.
        """
        sets = {"a_q": _of(mark, a), "b_q": _of(mark, b)}
        found = self._ask("/api/compare", [*sets.items(), *_on(PAIRING)])
        if not found["count_a"] or not found["count_b"]:
            return None
        shifts = _by_operation(found["shifts"])
        shown = [shift for shift in shifts[:most] if shift.difference]
        return Attribution(
            found["mean_a"],
            found["mean_b"],
            (found["a"]["sample"]["folded"], found["b"]["sample"]["folded"]),
            shown,
            found["mean_b"] - found["mean_a"] - sum(shift.difference for shift in shown),
            len(shifts) - len(shown),
        )

    def what_if(self, mark: str, version: str, cure: Cure) -> float | None:
        """How many times as fast the traces of `version` would be with a cure, by their p50; None
        where it finds nothing to change.

        Raises `NotReadyError` if the collector does not say.
        """
        asked = [("q", _of(mark, version)), *_on(cure.route)]
        changes = cure.changes(self._ask("/api/what-if", asked)["operations"])
        if not changes:
            return None
        asked += [("change", json.dumps(change)) for change in changes]
        found = self._ask("/api/what-if", asked)
        if not found["measured"] or not found["predicted"]["p50"]:
            return None
        return float(found["measured"]["p50"] / found["predicted"]["p50"])

    def _ask(self, path: str, asked: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The answer, once all traces of the set are in it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = http.get(f"{self._url}{path}?{urlencode(asked)}", timeout=PATIENCE)
            if answer.status != 200:
                raise NotReadyError(
                    f"the collector does not answer {path}: {answer.status} {answer.text[:200]}"
                )
            found: dict[str, Any] = answer.json()
            if not _pending(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.2)


def _by_operation(shifts: Sequence[dict[str, Any]]) -> list[Shift]:
    """The collector's shifts, path by path, added up by operation; the largest first."""
    found: dict[str, Shift] = {}
    for each in shifts:
        names = (each["service"], each["name"], _short(each["resource"]))
        what = " ".join(dict.fromkeys(names))
        known = found.get(what, Shift(what, 0, (0, 0)))
        calls = (known.calls[0] + each["calls_a"], known.calls[1] + each["calls_b"])
        found[what] = Shift(what, known.difference + each["difference"], calls)
    return sorted(found.values(), key=lambda shift: -abs(shift.difference))


def _on(route: str) -> list[tuple[str, str]]:
    """The parameters that leave only the traces of a route of web."""
    return [("route_service", "web"), ("route", route)]


def _of(mark: str, version: str) -> str:
    """The search for the traces of one deploy in one part of a comparison."""
    return f"load.mark:{mark} version:{version}"


def _pending(found: dict[str, Any]) -> bool:
    """Whether some traces of a set have not been read yet."""
    samples = [each.get("sample") or {} for each in (found, found.get("a", {}), found.get("b", {}))]
    return any(sample.get("pending") for sample in samples)


def _short(resource: str, most: int = 46) -> str:
    """A resource in one line; of a query its table is what tells it from others."""
    line = " ".join(resource.split())
    if line.startswith("SELECT "):
        line = re.sub("^SELECT .*? FROM ", "SELECT … FROM ", line)
    return line if len(line) <= most else f"{line[: most - 1]}…"
