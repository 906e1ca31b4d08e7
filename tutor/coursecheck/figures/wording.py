"""How a figure may be worded, and how exact each wording claims to be.

506 ms, 0.5 s, 29 %, 2.2×, 171, twelve        right to the last digit that is written
about 500 ms, about 3×                         within a tenth
a quarter, two thirds, half a second, twice,
three times, three and a half times            within a tenth, with or without "about"
nearly 500 ms, almost half                     less, by up to 15 %
more than 100 ms, over, at least; less than a third, under, at most
                                               true, and not out by a factor of two or more
12 × 25 ms                                     as exact as the number with the unit
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tutor.coursecheck.figures.expression import UNIT_MS, Quantity

SPACE = r"(?:\n> |\s)+"

NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
}
UNITS = {
    **UNIT_MS,
    "millisecond": 1.0,
    "milliseconds": 1.0,
    "second": 1e3,
    "seconds": 1e3,
    "millionths of a second": 1e-3,
}
"""Milliseconds in each unit of time."""

FRACTIONS = {
    "a twentieth": 1 / 20,
    "a tenth": 1 / 10,
    "an eighth": 1 / 8,
    "a sixth": 1 / 6,
    "a fifth": 1 / 5,
    "a quarter": 1 / 4,
    "a third": 1 / 3,
    "two fifths": 2 / 5,
    "half": 1 / 2,
    "three fifths": 3 / 5,
    "two thirds": 2 / 3,
    "three quarters": 3 / 4,
    "four fifths": 4 / 5,
    "nine tenths": 9 / 10,
}

BELOW = ("less than", "under", "at most")
ABOVE = ("more than", "over", "at least")
JUST_BELOW = ("nearly", "almost")
HEDGES = ("about", *BELOW, *ABOVE, *JUST_BELOW)
TENTH = 0.1


def _any(words: Iterable[str]) -> str:
    """Return a pattern for any of `words`, in which a blank may also be the end of a line."""
    spaced = (re.escape(word).replace(r"\ ", SPACE) for word in words)
    return "|".join(sorted(spaced, key=len, reverse=True))


DIGITS = r"\d[\d,]*(?:\.\d+)?"
NUMBER = rf"{DIGITS}|\b(?:{_any(NUMBERS)})\b"
TIME = rf"(?:{SPACE}|(?<=\d))(?P<unit>{_any(UNITS)})\b"
HEDGE = rf"(?:\b(?P<hedge>{_any(HEDGES)}){SPACE})?"
FRACTION = rf"\b(?P<fraction>{_any(FRACTIONS)})\b(?P<second>{SPACE}(?:of{SPACE})?a{SPACE}second\b)?"
TIMES = rf"\b(?P<times>twice|(?:{NUMBER})(?P<half>{SPACE}and{SPACE}a{SPACE}half)?{SPACE}times)\b"
AMOUNT = (
    rf"(?:(?P<factor>{NUMBER}){SPACE}×{SPACE})?"
    rf"(?<![\w.,])(?P<number>{NUMBER})(?:{TIME}|(?P<share>{SPACE}?%)|(?P<ratio>×))"
)
BARE = rf"(?<![\w.,])(?P<bare>{NUMBER})"
WITH_UNIT = re.compile(rf"{HEDGE}(?:{FRACTION}|{TIMES}|{AMOUNT})", re.IGNORECASE)
WORDING = re.compile(rf"{HEDGE}(?:{FRACTION}|{TIMES}|{AMOUNT}|{BARE})\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Wording:
    """A figure as it is written."""

    match: re.Match[str]

    @property
    def is_time(self) -> bool:
        """Whether it is a length of time."""
        return bool(self._group("unit") or self._group("second"))

    def fits(self, figure: Quantity) -> bool:
        """Return whether these words can be about `figure`: both are times, or neither is. A bare
        number may stand for milliseconds ("126 ms here and 14 there")."""
        return bool(self._group("bare")) or self.is_time == figure.is_time

    def agrees(self, figure: Quantity) -> bool:
        """Return whether that is what the words say."""
        low, high = self._range()
        return self.fits(figure) and low <= figure.value <= high

    def is_said_of(self, figure: Quantity) -> bool:
        """Return whether the number in the words, whatever the hedge before it, is `figure`."""
        value, error = self._said()
        return self.fits(figure) and abs(value - figure.value) <= max(error, value / 1000)

    def is_exactly(self, figure: Quantity) -> bool:
        """Return whether the words are `figure` itself, to the last digit."""
        value, error = self._said()
        return self.is_time == figure.is_time and bool(error) and math.isclose(value, figure.value)

    def updated(self, figure: Quantity) -> str:
        """Return the words for `figure`, in the same style where it allows that."""
        text = self.match[0]
        if self._group("fraction"):
            new = self._fraction(figure)
        elif self._group("times"):
            new = self._times(figure)
        else:
            new = self._number(figure)
        spaces = iter(re.findall(SPACE, text))
        new = re.sub(" ", lambda _: next(spaces, " "), new)
        return new[:1].upper() + new[1:] if text[:1].isupper() else new

    def _group(self, name: str) -> str:
        found = self.match.groupdict().get(name) or ""
        return re.sub(SPACE, " ", found).lower()

    @property
    def _hedge(self) -> str:
        return self._group("hedge")

    @property
    def _scale(self) -> float:
        """What a number in the words is multiplied by: milliseconds in the unit, for example."""
        scale = _value(self._group("factor")) if self._group("factor") else 1.0
        if self._group("unit"):
            scale *= UNITS[self._group("unit")]
        return scale / 100 if self._group("share") else scale

    def _range(self) -> tuple[float, float]:
        """Return between which values the words are true."""
        value, error = self._said()
        if self._hedge in BELOW:
            return value / 2, value
        if self._hedge in ABOVE:
            return value, value * 2
        if self._hedge in JUST_BELOW:
            return value * 0.85, value
        if self._hedge or self._group("fraction") or self._group("times"):
            error = max(error, value * TENTH)
        return value - error, value + error

    def _said(self) -> tuple[float, float]:
        """Return the value in the words, and half of its last digit."""
        if fraction := self._group("fraction"):
            return FRACTIONS[fraction] * (1e3 if self._group("second") else 1), 0
        if times := self._group("times"):
            first = 2.0 if times == "twice" else _value(times.split()[0])
            return first + 0.5 * bool(self._group("half")), 0
        text = self._group("number") or self._group("bare")
        return _value(text) * self._scale, 0.5 * 10 ** -_decimals(text) * self._scale

    def _hedged(self, words: str) -> str:
        return f"{self._hedge} {words}".strip()

    def _fraction(self, figure: Quantity) -> str:
        value, tail = figure.value, ""
        if self._group("second"):
            tail = " a second"
            value /= 1e3
        for words in sorted(FRACTIONS, key=lambda words: abs(FRACTIONS[words] - value)):
            between = " of" * (tail != "" and words != "half")
            new = self._hedged(f"{words}{between}{tail}")
            if (match := WORDING.search(new)) and Wording(match).agrees(figure):
                return new
        return f"{value:.2g} s" if tail else f"{value * 100:.0f} %"

    def _times(self, figure: Quantity) -> str:
        halves = round(figure.value * 2)
        whole = {number: word for word, number in NUMBERS.items()}.get(halves // 2, "")
        words = "twice" if halves == 4 else f"{whole}{' and a half' * (halves % 2)} times"
        if whole and abs(halves / 2 - figure.value) <= halves / 2 * TENTH and not self._hedge:
            return words
        return self._hedged(f"{self._rounded(figure.value)} times")

    def _number(self, figure: Quantity) -> str:
        text = self._group("number") or self._group("bare")
        written = self.match.group("number") or self.match.group("bare")
        value = figure.value / self._scale
        if self._hedge:
            new = self._rounded(value)
        else:
            new = f"{value:,.{_decimals(text)}f}"
            if not _value(new):
                new = f"{value:.2g}"
        words = {str(number): word for word, number in NUMBERS.items()}
        if text in NUMBERS and new in words:
            new = words[new]
        old = re.sub(SPACE, " ", self.match[0])
        start = old.rindex(written)
        return old[:start] + new + old[start + len(written) :]

    def _rounded(self, value: float) -> str:
        """Return a number as short as the hedge before it allows."""
        place = math.floor(math.log10(value)) if value > 0 else 0
        if self._hedge in BELOW:
            short = math.ceil(value / 10**place) * 10**place
        elif self._hedge in ABOVE:
            short = math.floor(value / 10**place) * 10**place
        elif self._hedge in JUST_BELOW:
            short = math.ceil(value / 10 ** (place - 1)) * 10 ** (place - 1)
        else:
            short = round(value, -place)
            if abs(short - value) > value * TENTH / 2:
                short = round(value, 1 - place)
        return f"{short:,.0f}" if place >= 1 else f"{short:.{1 - place}f}".removesuffix(".0")


def _value(text: str) -> float:
    return float(NUMBERS[text]) if text in NUMBERS else float(text.replace(",", ""))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
