"""Retries without a pause: the same call again at once, though it has just failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from collector.analysis.cache_lookups import says_what
from collector.analysis.detectors.finding import CONTENTION_LESSON, Finding, brief, ms
from collector.analysis.detectors.siblings import ADDRESS_TAGS, ids, same_calls, total
from collector.analysis.span_keys import operation_of
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.counted import counted
from collector.http_status import status_of
from collector.model import Span

MAX_PAUSE_NS = 15_000_000
"""Time that a program takes to notice a failure and to try again."""
MAX_PAUSE_SHARE = 0.05
"""The same as a share of the failed call's duration, for a busy machine."""
MAX_LATE_PAUSE_NS = 50_000_000
"""The longest of these. Anything longer is a pause that somebody has chosen."""
MIN_GROWTH = 1.5
"""How many times as long as the one before each pause is where somebody backs off."""
MIN_LAST_PAUSE_NS = 10_000_000
MIN_RUN_AMONG_OTHERS = 3
"""Failures in a row among calls that look the same and succeed: two may be neighbours by chance."""

_ATTEMPT = re.compile(r"attempt|retry|retries|resend|\btry", re.IGNORECASE)
_NUMBERED_ATTEMPT = re.compile(
    r"\b(?:attempt|retry|retries|try)[\W_]{0,3}\d+|\d+\W{0,3}(?:attempt|retry|try)\b", re.IGNORECASE
)
_INSTANCE = re.compile(r"request.?id|correlation|idempotency|trace|timestamp|deadline|elapsed")
"""Keys of tags that differ with each attempt."""
_FINAL_STATUSES = frozenset(str(status) for status in range(400, 500)) - {
    *("408", "409", "423", "425", "429")
}
"""Answers that will be the same next time."""


def retry_storm(trace: Trace) -> Iterator[Finding]:
    """Find two or more calls that asked for the same under one parent (or each in a span of its own
    there) and failed in a row, most of them begun at once after the one before: within 15 ms, or
    5 % of its duration up to 50 ms. Pauses that grow each time are none."""
    tree = trace.tree
    if not any(span.error for span in tree.spans):
        return
    calls = [row for row in range(len(tree)) if not _failed_within(tree, row)]
    for family in same_calls(tree, calls, at_least=2):
        if not any(tree.spans[row].error for row in family):
            continue
        for rows in _by_what_is_asked(tree, family):
            for run in _storms(tree, rows):
                yield _finding(trace, run)


def _finding(trace: Trace, run: list[int]) -> Finding:
    tree = trace.tree
    operation = operation_of(tree.spans[run[0]])
    cost = total(tree, run)
    each_time = " each time" if _immediate(tree, run) == len(run) - 1 else ""
    what = (
        f"{brief(operation)} failed {counted(len(run), 'time')} in a"
        f" row, tried again at once{each_time}, for {ms(cost)} of {ms(trace.duration)}"
    )
    return Finding("retry_storm", what, cost, ids(tree, run), CONTENTION_LESSON)


def _failed_within(tree: Tree, row: int) -> bool:
    """Tell whether a span failed because of a call in it, which is what was tried again."""
    if not tree.spans[row].error:
        return False
    return any(
        tree.spans[child].error and tree.spans[child].tags.get("span.kind") != "server"
        for child in tree.children(row)
    )


def _by_what_is_asked(tree: Tree, rows: list[int]) -> list[list[int]]:
    """Return the rows in groups that ask for the same, as far as names and tags tell."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        groups.setdefault(_asked(tree.spans[row]), []).append(row)
    return list(groups.values())


def _asked(span: Span) -> tuple[object, ...]:
    tags = [
        (key, value)
        for key, value in span.tags.items()
        if (says_what(key, value) or key in ADDRESS_TAGS or key.startswith("db.query.parameter"))
        and not (_ATTEMPT.search(key) or _INSTANCE.search(key))
    ]
    name, resource = (_NUMBERED_ATTEMPT.sub("", text) for text in (span.name, span.resource))
    return (name, resource, *sorted(tags))


def _storms(tree: Tree, rows: list[int]) -> Iterator[list[int]]:
    """Yield the runs of failed calls of which most follow the one before at once."""
    for run, following in _failing_runs(tree, rows):
        succeeded = sum(not tree.spans[row].error for row in rows)
        others = succeeded - (following is not None)
        numbered = any(_ATTEMPT.search(key) for row in run for key in tree.spans[row].tags)
        if len(run) < (MIN_RUN_AMONG_OTHERS if others and not numbered else 2):
            continue
        tries = run if following is None else [*run, following]
        if 2 * _immediate(tree, tries) > len(tries) - 1 and not _backs_off(tree, tries):
            yield run


def _failing_runs(tree: Tree, rows: list[int]) -> Iterator[tuple[list[int], int | None]]:
    """Yield each run of calls that failed one after another, and the one that then succeeded."""
    run: list[int] = []
    for row in rows:
        span = tree.spans[row]
        follows = bool(run) and tree.start[row] >= tree.end[run[-1]]
        fails = bool(span.error) and status_of(span) not in _FINAL_STATUSES
        if fails and follows:
            run.append(row)
            continue
        if run:
            yield run, (row if follows and not span.error else None)
        run = [row] if fails else []
    if run:
        yield run, None


def _immediate(tree: Tree, tries: list[int]) -> int:
    """Return how many of these calls began at once after the one before."""
    return sum(_at_once(tree, before, row) for before, row in pairwise(tries))


def _backs_off(tree: Tree, tries: list[int]) -> bool:
    """Tell whether each pause is longer than the one before, and the last one is one."""
    pauses = [tree.start[row] - tree.end[before] for before, row in pairwise(tries)]
    grows = all(later >= MIN_GROWTH * pause for pause, later in pairwise(pauses))
    return len(pauses) > 1 and grows and pauses[-1] >= MIN_LAST_PAUSE_NS


def _at_once(tree: Tree, before: int, row: int) -> bool:
    late = min(MAX_LATE_PAUSE_NS, MAX_PAUSE_SHARE * tree.spans[before].duration)
    return tree.start[row] - tree.end[before] <= max(MAX_PAUSE_NS, late)
