"""A what-if change to an operation: in the address, in the form, and in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ui.form_lists import texts_from_form
from ui.words.wording import three_digits

WAYS = {
    "scale": "times as fast",
    "parallel": "side by side",
    "batch": "in one call",
    "cache": "from a cache, %",
}
"""The choices, with what their number counts."""
MAX_SPEED_UP = 1000.0
MAX_WIDTH = 1000
"""This many calls at a time counts as all at once."""
ALL_HIT = 100.0
"""The percentage of a cache that every call hits."""
DEFAULT_NUMBERS = {"scale": 2.0, "parallel": 8.0, "cache": ALL_HIT}
"""The number for a way if the form gives none."""

Operation = tuple[str, str, str]
"""Service, name and resource."""


@dataclass(frozen=True)
class Change:
    """A change as the collector knows it (`/api/what-if`)."""

    operation: Operation
    way: str
    factor: float = 1.0
    """Its own time afterwards, as a share of what it was: 0.5 is twice as fast."""
    width: int = MAX_WIDTH
    """How many calls run at a time."""
    hit_ratio: float = 1.0
    """The probability, 0 to 1, that a call finds its answer in the cache."""

    @property
    def number(self) -> float | None:
        """How many times as fast, how many calls at a time, or how many percent hit; None for a
        batch."""
        if self.way == "scale":
            return 1 / self.factor if self.factor else MAX_SPEED_UP
        if self.way == "cache":
            return 100 * self.hit_ratio
        return self.width if self.way == "parallel" else None

    @property
    def words(self) -> str:
        """The change in words: `2 × as fast`, `4 at a time`, `in one call`, `from a cache`, `80 %
        from a cache`."""
        if self.way == "scale":
            return f"{three_digits(self.number or 0)} × as fast"
        if self.way == "parallel":
            return "all at once" if self.width >= MAX_WIDTH else f"{self.width} at a time"
        if self.way == "cache":
            share = "" if self.hit_ratio == 1 else f"{three_digits(self.number or 0)} % "
            return f"{share}from a cache"
        return WAYS[self.way]

    @property
    def mark(self) -> str:
        """The change where there is little room: `2× speed`, `4 wide`, `batched`, `80 % cached`."""
        if self.way == "scale":
            return f"{three_digits(self.number or 0)}× speed"
        if self.way == "parallel":
            return "parallel" if self.width >= MAX_WIDTH else f"{self.width} wide"
        if self.way == "cache" and self.hit_ratio < 1:
            return f"{three_digits(self.number or 0)} % cached"
        return {"batch": "batched", "cache": "cached"}[self.way]

    @property
    def changes_nothing(self) -> bool:
        """Whether everything stays as it is."""
        return self.way == "scale" and self.factor == 1

    def json(self) -> str:
        """Return the change as the address and the collector write it."""
        service, name, resource = self.operation
        fields: dict[str, Any] = {"service": service, "name": name, "resource": resource}
        fields["way"] = self.way
        if self.way == "scale":
            fields["factor"] = self.factor
        if self.way == "parallel":
            fields["width"] = self.width
        if self.way == "cache" and self.hit_ratio < 1:
            fields["hit_ratio"] = self.hit_ratio
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def change_from_answer(answer: Mapping[str, Any]) -> Change:
    """Return a change as the collector's answer repeats it."""
    operation = answer["service"], answer["name"], answer["resource"]
    numbers = answer["factor"], answer["width"], answer["hit_ratio"]
    return Change(operation, answer["way"], *numbers)


def changes_from_form(
    operations: Iterable[str], ways: Iterable[str], numbers: Iterable[str]
) -> list[Change]:
    """Return the changes that the form's rows describe, without rows that change nothing or cannot
    be read."""
    rows = zip(operations, ways, numbers, strict=False)
    changes = [_change(operation, way, number) for operation, way, number in rows if way in WAYS]
    return [change for change in changes if change and not change.changes_nothing]


def _change(operation: str, way: str, number_text: str) -> Change | None:
    names = texts_from_form(operation, 3)
    if names is None:
        return None
    service, name, resource = names
    number = _not_negative(number_text)
    if number is None or (number == 0 and way != "cache"):
        number = DEFAULT_NUMBERS.get(way, 1.0)
    return Change(
        (service, name, resource),
        way,
        factor=round(1 / min(number, MAX_SPEED_UP), 6) if way == "scale" else 1.0,
        width=max(1, min(round(number), MAX_WIDTH)) if way == "parallel" else MAX_WIDTH,
        hit_ratio=round(min(number, ALL_HIT) / 100, 6) if way == "cache" else 1.0,
    )


def _not_negative(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None
