"""A small language that says how the lines of any log are built.

    {time:iso} {service} {request_id} {duration:ms} ms {name}

Names in braces are fields, all else is text that must be there. Moments and durations are read by
their type. A text ends at the first place where what follows it fits, and a last one goes on to
the end of the line, so that reading takes linear time. A run of blanks counts as one blank.
"""

from __future__ import annotations

from collector.infer.readers import times
from collector.infer.readers.lines import LineError
from collector.infer.readers.names import given, name, request_name
from collector.infer.readers.pattern_fields import DURATION, Field, compiled
from collector.infer.readers.settings import Settings
from collector.infer.records import Record


class Pattern:
    """The form of a log's lines. Raises `PatternError` if the pattern makes no sense."""

    def __init__(self, pattern: str) -> None:
        self._before, self._fields = compiled(pattern)

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
            end = _end(field, following, line, place)
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


def _end(field: Field, following: Field | None, line: str, place: int) -> int:
    """Return where the value of a field ends that begins at `place`; -1 if it does not fit."""
    if field.value:
        return field.end_in(line, place)
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
