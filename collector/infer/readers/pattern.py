"""A small language that says how the lines of any log are built.

    {time:iso} {service} {request_id} {duration:ms} ms {name}

Names in braces are fields, all else is text that must be there. Moments and durations are read by
their type. A text ends at the first place where what follows it fits, and a last one goes on to
the end of the line, so that reading takes linear time. A run of blanks counts as one blank.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from collector.infer.readers import times
from collector.infer.readers.lines import LineError
from collector.infer.readers.names import given, name, request_name
from collector.infer.readers.settings import Settings
from collector.infer.records import Record
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


class Pattern:
    """The form of a log's lines. Raises `PatternError` if the pattern makes no sense."""

    def __init__(self, pattern: str) -> None:
        self._before, self._fields = _compiled(pattern)

    def parse(self, line: str, settings: Settings) -> Record:
        """Return the record of a line. Raises `LineError` if it does not fit."""
        texts, moments = self._match(" ".join(line.split()))
        start, end, resolution = _start_and_end(moments)
        callee, caller = given(texts.get("callee")), given(texts.get("caller"))
        return Record(
            name(texts.get("service") or settings.service),
            name(texts.get("name") or request_name(texts.get("request", ""))),
            start,
            end,
            given(texts.get("request_id")),
            settings.name_of(caller) or caller,
            given(texts.get("thread")),
            callee=settings.name_of(callee) or callee,
            resolution=resolution,
            has_duration=len(moments) > 1,
        )

    def _match(self, line: str) -> tuple[dict[str, str], dict[str, times.Time]]:
        """Return the texts and the times that a line has for the fields."""
        texts: dict[str, str] = {}
        moments: dict[str, times.Time] = {}
        if not line.startswith(self._before):
            raise LineError(f"it does not begin with {self._before!r}")
        place = len(self._before)
        for field, following in zip(self._fields, [*self._fields[1:], None], strict=True):
            end = (
                field.end_in(line, place)
                if field.value
                else _text_end(field, following, line, place)
            )
            if end < 0:
                raise LineError(f"{{{field.name}}} is not there as the pattern has it")
            if field.value:
                moments[field.name] = field.value(line[place:end])
            else:
                texts[field.name] = line[place:end]
            place = end + len(field.after)
        if place < len(line):
            raise LineError("it goes on where the pattern ends")
        return texts, moments


def _text_end(field: Field, following: Field | None, line: str, place: int) -> int:
    """Return where a text ends that begins at `place` and is not empty; -1 if nowhere."""
    if following is None:
        end = len(line) - len(field.after)
        return end if end > place and line.endswith(field.after) else -1
    end = line.find(field.after, place + 1)
    while end >= 0 and following.value and following.end_in(line, end + len(field.after)) < 0:
        end = line.find(field.after, end + 1)
    return end


def _start_and_end(moments: dict[str, times.Time]) -> tuple[int, int, int]:
    """Return start, end and resolution. One moment without a duration is both."""
    duration = moments.get(DURATION, (0, 0))[0]
    given_end = moments.get("end") or moments.get("time")
    start, resolution = moments.get("start") or (0, 0)
    if given_end is None:
        return start, start + duration, resolution
    end, end_resolution = given_end
    if "start" not in moments:
        return max(0, end - duration), end, end_resolution
    if end < start:
        raise LineError("it ends before it starts")
    return start, end, max(resolution, end_resolution)


def _compiled(pattern: str) -> tuple[str, list[Field]]:
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
