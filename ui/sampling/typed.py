"""What was typed into the form of a rule or a policy, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

Item = dict[str, object]
"""A rule or a policy, as the collector takes it."""

FIELD_AT = re.compile(r" - at (?:`key` in )?`\$\.(?:rules\[\d+\]|policies\[\d+\]|)\.?(\w*)\S*`$")
"""Where a refusal of the collector names the field that is meant."""
SAID_FIRST = re.compile(
    r"^(?:these are no sampling (?:rules|policies): |policy \d+ \([\w.-]*\): )", re.IGNORECASE
)

BOUND = re.compile(r"Expected `(\w+)`( of length)? ([<>]=?) ([\d.]+)")
COMPARISONS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}

MAX_EXPONENT = 15
"""Numbers with more digits are mistakes, and some would take ages to write down."""


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
        return None if number is None else float(number / 100)

    def number(self, name: str) -> int | float | None:
        """Return a number, as a whole one if it is; None if nothing or no number was typed."""
        number = self._number(name, self.text(name))
        if number is None:
            return None
        return int(number) if number == number.to_integral_value() else float(number)

    def _number(self, name: str, text: str) -> Decimal | None:
        """Return a number exactly as it was typed, so that 7 % is 0.07 and not nearly so."""
        if not text:
            return None
        try:
            number = Decimal(text.replace(",", "."))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number.adjusted() > MAX_EXPONENT:
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
    return _written(Decimal(str(share)) * 100)


def plain_number(number: object) -> str:
    """Return a number as it is typed; empty if there is none."""
    return "" if number is None else _written(Decimal(str(number)))


def _written(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def typed_from(form: Mapping[str, str], names: tuple[str, ...]) -> Typed:
    """Return what a form holds under these names."""
    return Typed({name: form.get(name, "") for name in names})
