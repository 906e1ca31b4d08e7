"""The language of `<!-- figure: … -->`: which number of an output is meant.

    match                         the first number with a unit after `match` on the first line that
                                  has it, or else the first on that line
    "/pair/beer" 2                the second one after it (a name with blanks needs quotes)
    last pair, least pair, most pair, sum taste_one
                                  of all lines of that output that have it: the last, the shortest,
                                  the longest, all together
    count baker.id                how many there are; a line with `×60` counts as 60
    number "spans in"             the bare number before it, or else after it
    donuts.query of pair          the one divided by the other
    a + b, a - b, a * b, a / b    with other figures or with numbers (`12 * taste_one`, `a - 25ms`);
                                  `of` comes last: `a - b of c` is the share of the difference
    pair in 2                     the same in the outputs of lesson 2

A name is whole words of a line. It is looked for in the outputs above the figure, from the nearest
to the farthest, and then in those below it; and if no line has it, in the commands: the lines that
the nearest command with that text printed are meant. Tables and `text` blocks are outputs, too. A
line without any digit is no output. In another lesson the last output is the nearest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

UNIT_MS = {"ns": 1e-6, "µs": 1e-3, "us": 1e-3, "ms": 1.0, "s": 1e3}

QUANTITY = re.compile(
    r"(?<![\w.])(?P<number>\d[\d,]*(?:\.\d+)?)"
    r"(?: ?(?P<time>ns|µs|us|ms|s)\b| ?(?P<share>%)|(?P<ratio>×))"
)
BARE_BEFORE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*$")
BARE_AFTER = re.compile(r"\W*?(\d[\d,]*(?:\.\d+)?)")
REPEATED = re.compile(r"×(\d+)")
TOKEN = re.compile(r'\s*("[^"]*"|\S+)')
SELECTORS = ("last", "least", "most", "sum", "count", "number")


class FigureError(Exception):
    """A figure that can't be worked out; the message says why."""


@dataclass(frozen=True)
class Quantity:
    """A number; of milliseconds if `is_time`, of nothing otherwise (a share of 29 % is 0.29)."""

    value: float
    is_time: bool = False


Find = Callable[[str, int | None], Sequence[str]]
"""Returns the lines of an output that have a name, of this lesson (None) or another; not none.
Raises `FigureError` if there are none."""


def evaluate(expression: str, find: Find) -> Quantity:
    """Return the number that is meant. Raises `FigureError` if there is none."""
    return _Reader(TOKEN.findall(expression), find).whole()


def quantities(text: str) -> list[Quantity]:
    """Return the times, shares and ratios in a text, from left to right."""
    return [_quantity(match) for match in QUANTITY.finditer(text)]


def _quantity(match: re.Match[str]) -> Quantity:
    value = _number(match["number"])
    if match["time"]:
        return Quantity(value * UNIT_MS[match["time"]], is_time=True)
    return Quantity(value / 100 if match["share"] else value)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, tokens: list[str], find: Find) -> None:
        self._tokens = tokens
        self._find = find

    def whole(self) -> Quantity:
        value = self._sum()
        if self._takes("of"):
            value = _divided(value, self._sum())
        if self._tokens:
            raise FigureError(f"{self._tokens[0]!r} makes no sense here")
        return value

    def _sum(self) -> Quantity:
        value = self._product()
        while sign := self._takes("+", "-"):
            other = self._product()
            if value.is_time != other.is_time:
                raise FigureError("a time can't be added to something else, or taken from it")
            change = other.value if sign == "+" else -other.value
            value = Quantity(value.value + change, value.is_time)
        return value

    def _product(self) -> Quantity:
        value = self._value()
        while sign := self._takes("*", "/"):
            other = self._value()
            if sign == "/":
                value = _divided(value, other)
            elif value.is_time and other.is_time:
                raise FigureError("a time can't be multiplied by a time")
            else:
                value = Quantity(value.value * other.value, value.is_time or other.is_time)
        return value

    def _value(self) -> Quantity:
        selector = self._takes(*SELECTORS)
        if not self._tokens:
            raise FigureError("a name is missing")
        word = self._tokens.pop(0)
        if not selector and re.fullmatch(r"\d+(\.\d+)?", word):
            return Quantity(float(word))
        if not selector and (time := QUANTITY.fullmatch(word)):
            return _quantity(time)
        name = word.strip('"')
        nth = 1
        if self._tokens and re.fullmatch(r"[1-9]", self._tokens[0]):
            nth = int(self._tokens.pop(0))
        lesson = None
        if self._takes("in"):
            lesson = self._lesson()
        return selected(selector, name, nth, self._find(name, lesson))

    def _lesson(self) -> int:
        if not self._tokens or not self._tokens[0].isdigit():
            raise FigureError("`in` must be followed by the number of a lesson")
        return int(self._tokens.pop(0))

    def _takes(self, *words: str) -> str:
        """Return the next token and move on if it is one of `words`; else an empty string."""
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in words else ""


def _divided(value: Quantity, by: Quantity) -> Quantity:
    if by.is_time and not value.is_time:
        raise FigureError("only a time can be divided by a time")
    if not by.value:
        raise FigureError("that would be divided by 0")
    return Quantity(value.value / by.value, value.is_time and not by.is_time)


def selected(selector: str, name: str, nth: int, lines: Sequence[str]) -> Quantity:
    """Return what `selector` makes of the lines that have `name`, with the `nth` quantity of each.

    Raises `FigureError` if they have no such number.
    """
    if selector == "count":
        repeated = [REPEATED.search(line) for line in lines]
        return Quantity(sum(int(match[1]) if match else 1 for match in repeated))
    if selector == "number":
        return Quantity(_bare_number(name, lines[0]))
    if selector in ("", "last"):
        return _after(name, nth, lines[-1 if selector else 0])
    all_of_them = [_after(name, nth, line) for line in lines]
    values = [each.value for each in all_of_them]
    chosen = {"least": min(values), "most": max(values), "sum": sum(values)}[selector]
    return Quantity(chosen, all_of_them[0].is_time)


def _after(name: str, nth: int, line: str) -> Quantity:
    before, _, after = line.partition(name)
    found = quantities(after) or quantities(before)
    if len(found) < nth:
        raise FigureError(f"{line.strip()!r} has no number {nth} with a unit beside {name!r}")
    return found[nth - 1]


def _bare_number(name: str, line: str) -> float:
    before, _, after = line.partition(name)
    match = BARE_BEFORE.search(before) or BARE_AFTER.match(after)
    if not match:
        raise FigureError(f"{line.strip()!r} has no number beside {name!r}")
    return _number(match[1])
