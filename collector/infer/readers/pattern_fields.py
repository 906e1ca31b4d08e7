"""The fields of a pattern, as `collector.infer.readers.pattern` describes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from collector.infer.readers import times
from collector.printable import printable

MOMENTS = ("time", "start", "end")
"""Fields that are moments; `time` is when the line was written, which is the end."""
DURATION = "duration"
TEXTS = ("service", "name", "request", "request_id", "caller", "callee", "thread", "_")
"""Fields that are text. `request` is `GET /beers?x=1 HTTP/1.1`, and `_` is left out."""
FIELDS = (*MOMENTS, DURATION, *TEXTS)
MAX_PATTERN_CHARS = 1_000

_TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_COUNT = re.compile(times.NUMBER)
_COUNTS: dict[str, tuple[re.Pattern[str], Callable[[str], times.Time]]] = {
    unit: (_COUNT, partial(times.count, unit=unit)) for unit in times.UNITS
}
_TYPES = {
    "iso": (re.compile(times.ISO), times.iso),
    "clf": (re.compile(times.CLF), times.clf),
    **_COUNTS,
}


class PatternError(ValueError):
    """A pattern that makes no sense; the message says where, why, and what would."""


@dataclass
class Field:
    """One field of a pattern."""

    name: str
    matches: re.Pattern[str] | None
    """What its value looks like; None for a text."""
    value: Callable[[str], times.Time] | None
    after: str = ""
    """The text between it and the next field, or the end of the line."""

    def end_in(self, line: str, place: int) -> int:
        """Return where a value that begins at `place` ends, if it is a moment or a duration that
        is followed by the right text; -1 otherwise."""
        found = self.matches.match(line, place) if self.matches else None
        return found.end() if found and line.startswith(self.after, found.end()) else -1


def compiled(pattern: str) -> tuple[str, list[Field]]:
    """Return the text in front of the first field, and the fields."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN_CHARS:,} characters")
    texts, fields = [""], list[Field]()
    for token in _TOKEN.finditer(pattern):
        place = token.start() + 1
        if token[0] in ("{", "}"):
            raise PatternError(
                f"character {place}: a brace without its other one;"
                f" write {token[0] * 2} for one that is in the log"
            )
        if token[0] in ("{{", "}}"):
            texts[-1] += token[0][0]
        elif token[0][0] == "{":
            if fields and not texts[-1]:
                raise PatternError(
                    f"character {place}: {{{fields[-1].name}}} and {token[0]} touch each other;"
                    " write the text that is between them in the log"
                )
            fields.append(_field(token[0][1:-1], place, fields))
            texts.append("")
        else:
            texts[-1] += re.sub(r"\s+", " ", token[0])
    texts = [re.sub(" +", " ", text) for text in texts]
    _require_time(fields)
    texts[0], texts[-1] = texts[0].lstrip(), texts[-1].rstrip()
    for field, text in zip(fields, texts[1:], strict=True):
        field.after = text
    return texts[0], fields


def _field(text: str, place: int, before: list[Field]) -> Field:
    title, _, type_name = text.partition(":")
    if title not in FIELDS:
        near = difflib.get_close_matches(title, FIELDS, n=1)
        advice = f"did you mean {{{near[0]}}}?" if near else f"fields are {', '.join(FIELDS)}"
        raise PatternError(f"character {place}: no field is called {_quoted(title)}; {advice}")
    if title != "_" and any(field.name == title for field in before):
        raise PatternError(
            f"character {place}: {{{title}}} is there twice; {{_}} stands for what does not matter"
        )
    if title in TEXTS:
        if type_name:
            raise PatternError(
                f"character {place}: {{{title}}} is text and has no type; write {{{title}}}"
            )
        return Field(title, None, None)
    possible = list(_COUNTS) if title == DURATION else list(_TYPES)
    if type_name not in possible:
        raise PatternError(
            f"character {place}: {{{title}}} needs a type, one of {', '.join(possible)},"
            f" as in {{{title}:{possible[0]}}}"
        )
    return Field(title, *_TYPES[type_name])


def _require_time(fields: list[Field]) -> None:
    names = {field.name for field in fields}
    if not names & {*MOMENTS}:
        raise PatternError(
            "the pattern has no moment: add {time:iso}, {start:iso} or {end:iso}, wherever it is in"
            " the log"
        )
    if {"time", "end"} <= names:
        raise PatternError("{time} and {end} are the same moment: leave one of them out")
    if {"start", DURATION} <= names and names & {"time", "end"}:
        raise PatternError("start, end and duration are one too many: make one of them {_}")


def _quoted(text: str) -> str:
    return f"{{{printable(text[:40])}}}"
