"""Reading a log whatever form it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from collector.infer.readers import (
    access_log,
    flows,
    nginx_log,
    request_log,
    timing_log,
)
from collector.infer.readers.lines import Line, LineError, Source, numbered_lines
from collector.infer.readers.pattern import Pattern
from collector.infer.readers.pattern_fields import PatternError
from collector.infer.readers.settings import Settings
from collector.infer.records import Record
from collector.infer.rejects import Rejects, excerpt

Parse = Callable[[str, Settings], Record]
"""Returns the record of a line, or raises `LineError`."""
Reader = Callable[[Iterable[Line], Settings, Rejects], Iterator[Record]]
"""Yields the records of a log; lines that it cannot read are rejects."""

SAMPLE_LINES = 100
"""The first lines of a log, which tell its form."""


def by_line(parse: Parse) -> Reader:
    """Return a reader of logs whose lines `parse` can read."""

    def read(lines: Iterable[Line], settings: Settings, rejects: Rejects) -> Iterator[Record]:
        for number, text in lines:
            try:
                record = parse(text, settings)
            except LineError as problem:
                rejects.add(number, str(problem), text)
            else:
                yield record

    return read


_PARSERS: dict[str, Parse] = {
    "requests": request_log.parse,
    "timing": timing_log.parse,
    "nginx": nginx_log.parse,
    "access": access_log.parse,
}
FORMS: dict[str, Reader] = {
    **{form: by_line(parse) for form, parse in _PARSERS.items()},
    "flows": flows.read,
}
"""Readers by the names of their forms."""


class LogFormError(ValueError):
    """A log whose form nobody knows, or a pattern that makes no sense; the message says what to do
    about it."""


def read_records(
    source: Source,
    rejects: Rejects,
    form: str | None = None,
    patterns: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    service: str | None = None,
) -> Iterator[Record]:
    """Yield the records of a log as it is read; lines that cannot be read become `rejects`.

    `form` is one of `FORMS`, by default that which fits the first lines best. With `patterns` each
    line is read by the first of them that fits. `names` says which service is at an address,
    and `service` whose lines they are if they do not say: by default it is the file's name, up to
    the first dot.

    Raises `LogFormError` if the form is unknown, and `OSError` if the file cannot be read.
    """
    if service is None:
        service = source.name.partition(".")[0] if isinstance(source, Path) else ""
    settings = Settings(service or "app", names or {})
    lines: Iterator[Line] = numbered_lines(source, rejects)
    if patterns:
        reader = by_line(_any_of(patterns))
    else:
        first = list(islice(lines, SAMPLE_LINES))
        lines = chain(first, lines)
        reader = _reader(form, source, first, settings)
    yield from reader(lines, settings, rejects)


def form_of(lines: Sequence[Line], settings: Settings) -> str | None:
    """Return the form that most of a log's first lines are in; None if none of them is in any."""
    if any(flows.columns_of([cell.strip() for cell in text.split(",")]) for _, text in lines[:1]):
        return "flows"
    fitting = {
        form: sum(_fits(parse, text, settings) for _, text in lines)
        for form, parse in _PARSERS.items()
    }
    best = max(fitting, key=lambda form: fitting[form])
    return best if fitting[best] else None


def _reader(form: str | None, source: Source, first: Sequence[Line], settings: Settings) -> Reader:
    if form is not None:
        if form not in FORMS:
            raise LogFormError(f"there is no form {form!r}; there are {', '.join(FORMS)}")
        return FORMS[form]
    found = form_of(first, settings)
    if found is None and first:
        what = source.name if isinstance(source, Path) else "the log"
        raise LogFormError(
            f"{what} is in no form known here ({', '.join(FORMS)}). It begins:"
            f" {excerpt(first[0][1])}. Say how its lines are built, with --pattern"
        )
    return FORMS[found or "requests"]


def _fits(parse: Parse, text: str, settings: Settings) -> bool:
    try:
        parse(text, settings)
    except LineError:
        return False
    return True


def _any_of(patterns: Sequence[str]) -> Parse:
    try:
        compiled = [Pattern(pattern) for pattern in patterns]
    except PatternError as problem:
        raise LogFormError(f"the pattern makes no sense: {problem}") from None

    def parse(text: str, settings: Settings) -> Record:
        problems = []
        for pattern in compiled:
            try:
                return pattern.parse(text, settings)
            except LineError as problem:
                problems.append(problem)
        raise problems[0]

    return parse
