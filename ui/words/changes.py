"""What one might do to operations, as it stands in the address, in a form and in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ui.form_lists import texts
from ui.words.wording import three_digits

WAYS = {
    "scale": "times as fast",
    "parallel": "side by side",
    "batch": "in one call",
    "cache": "from a cache",
}
FASTEST = 1000.0
WIDEST = 1000
"""So many at a time are all at once."""
USUAL = {"scale": 2.0, "parallel": 8.0}
"""What a way is given where the form says no number."""

Operation = tuple[str, str, str]
"""Service, name and resource."""


@dataclass(frozen=True)
class Change:
    """One of the collector's changes (`/api/what-if`)."""

    operation: Operation
    way: str
    factor: float = 1.0
    """How long its own time takes, as a share of what it took: 0.5 is twice as fast."""
    width: int = WIDEST

    @property
    def by(self) -> float | None:
        """The number that belongs to it: how many times as fast, or how many at a time."""
        if self.way == "scale":
            return 1 / self.factor if self.factor else FASTEST
        return self.width if self.way == "parallel" else None

    @property
    def words(self) -> str:
        """`2 × as fast`, `4 at a time`, `in one call`, `from a cache`."""
        if self.way == "scale":
            return f"{three_digits(self.by or 0)} × as fast"
        if self.way == "parallel":
            return "all at once" if self.width >= WIDEST else f"{self.width} at a time"
        return WAYS[self.way]

    @property
    def mark(self) -> str:
        """The same where there is little room: `2× speed`, `4 wide`, `batched`, `cached`."""
        if self.way == "scale":
            return f"{three_digits(self.by or 0)}× speed"
        if self.way == "parallel":
            return "parallel" if self.width >= WIDEST else f"{self.width} wide"
        return {"batch": "batched", "cache": "cached"}[self.way]

    @property
    def nothing(self) -> bool:
        """Whether it leaves everything as it is."""
        return self.way == "scale" and self.factor == 1

    def json(self) -> str:
        """As the address and the collector have it."""
        service, name, resource = self.operation
        told: dict[str, Any] = {"service": service, "name": name, "resource": resource}
        told["way"] = self.way
        if self.way == "scale":
            told["factor"] = self.factor
        if self.way == "parallel":
            told["width"] = self.width
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def echoed(answer: Mapping[str, Any]) -> Change:
    """A change as the collector gives it back."""
    operation = answer["service"], answer["name"], answer["resource"]
    return Change(operation, answer["way"], answer["factor"], answer["width"])


def composed(
    operations: Iterable[str], ways: Iterable[str], numbers: Iterable[str]
) -> list[Change]:
    """The changes that a form's rows stand for; rows that change nothing are left out."""
    rows = zip(operations, ways, numbers, strict=False)
    found = [_change(operation, way, by) for operation, way, by in rows if way in WAYS]
    return [change for change in found if change and not change.nothing]


def _change(operation: str, way: str, by: str) -> Change | None:
    found = texts(operation, 3)
    if found is None:
        return None
    service, name, resource = found
    number = _number(by) or USUAL.get(way, 1.0)
    return Change(
        (service, name, resource),
        way,
        factor=round(1 / min(number, FASTEST), 6) if way == "scale" else 1.0,
        width=max(1, min(round(number), WIDEST)) if way == "parallel" else WIDEST,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number > 0 else None
