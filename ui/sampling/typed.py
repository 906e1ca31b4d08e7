"""What was typed into the form of a rule or a policy, and what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Item = dict[str, object]
"""A rule or a policy, as the collector takes it."""

FIELD_AT = re.compile(r" - at (?:`key` in )?`\$\.(?:rules\[\d+\]|policies\[\d+\]|)\.?(\w*)\S*`$")
"""Where a refusal of the collector names the field that is meant."""
SAID_FIRST = re.compile(
    r"^(?:these are no sampling (?:rules|policies): |policy \d+ \([\w.-]*\): )", re.IGNORECASE
)

BOUND = re.compile(r"Expected `(\w+)`( of length)? ([<>]=?) ([\d.]+)")
COMPARISONS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}


@dataclass
class Typed:
    """The fields of a form by name, as they were typed, and errors by field."""

    values: dict[str, str]
    tags: list[tuple[str, str]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    """"" is for what is wrong with no field in particular."""

    def text(self, name: str, default: str = "") -> str:
        """Return what was typed, without blanks around it."""
        return self.values.get(name, "").strip() or default

    def share(self, name: str) -> float | None:
        """Return a percentage as a share; None if nothing or no number was typed."""
        number = self._number(name, self.text(name).removesuffix("%").strip())
        return None if number is None else number / 100

    def number(self, name: str) -> float | None:
        """Return a number; None if nothing or no number was typed."""
        return self._number(name, self.text(name))

    def whole(self, name: str) -> int | float | None:
        """Return a number, as a whole one if it is."""
        number = self.number(name)
        return int(number) if number is not None and number == int(number) else number

    def _number(self, name: str, text: str) -> float | None:
        if not text:
            return None
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.errors[name] = f"“{self.text(name)}” is not a number."
            return None
        return number

    def refuse(self, message: str) -> None:
        """Note what the collector has against it, beside the field that it names."""
        found = FIELD_AT.search(message)
        words = SAID_FIRST.sub("", FIELD_AT.sub("", message))
        name = found[1] if found else "query" if words.startswith("the query") else ""
        if name not in (*self.values, "tags"):
            name = ""
        self.errors[name] = _plain(words, name)


def _plain(words: str, name: str) -> str:
    """Return a refusal in the page's words; rates are percentages there."""
    if name == "rate":
        return "A rate is from 0 to 100 %."
    if name == "name" and "regex" in words:
        return "A name has letters, digits, dots, hyphens and underscores only."
    if bound := BOUND.fullmatch(words):
        _, of_length, comparison, number = bound.groups()
        limit = f"{COMPARISONS[comparison]} {number.removesuffix('.0')}"
        return f"It must have {limit} characters." if of_length else f"It must be {limit}."
    if words.startswith("Expected `int"):
        return "It must be a whole number."
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")


def percentage(share: object) -> str:
    """Return a share as it is typed: 0.07 as `7`."""
    return f"{float(str(share)) * 100:.12g}"


def plain_number(number: object) -> str:
    """Return a number as it is typed; empty if there is none."""
    return "" if number is None else f"{float(str(number)):.12g}"


def typed_from(form: Mapping[str, str], names: tuple[str, ...]) -> Typed:
    """Return what a form holds under these names."""
    return Typed({name: form.get(name, "") for name in names})
