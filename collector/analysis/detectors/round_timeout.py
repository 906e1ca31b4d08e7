"""Calls that fail after a round number of milliseconds: a timeout guessed rather than measured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.analysis.detectors.finding import CONTENTION_LESSON, Finding, brief, ms
from collector.analysis.detectors.idle_spans import is_idle
from collector.analysis.detectors.round_time import round_time
from collector.analysis.detectors.siblings import ids, total
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.statements import is_datastore_call
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.counted import counted
from collector.model import Span

MAX_LATENESS_NS = 10_000_000
"""How late a call may end that says it timed out, or one of several that ended alike."""
MAX_LATENESS_SHARE = 0.02
"""The same as a share of the timeout: a long one is often noticed late."""
MAX_QUIET_LATENESS_NS = 3_000_000
"""How late a single call may end that does not say why it failed."""
MAX_QUIET_LATENESS_SHARE = 0.005

_TIMEOUT = re.compile(r"time[\s_-]?d?[\s_-]?out|deadline|TimeLimit", re.IGNORECASE)
_OTHER_CAUSE = re.compile(
    r"refused|reset|unreachable|not.?found|integrity|unique|constraint|syntax|denied|forbidden"
    r"|unauthori|no such|does not exist|invalid|unresolved|name resolution|ssl|certificate",
    re.IGNORECASE,
)
_TIMEOUT_STATUSES = ("408", "504")
_CAUSE_TAGS = ("error.type", "error.message", "exception.type", "exception.message", "error.msg")
_STATUS_TAGS = ("http.response.status_code", "http.status_code", "rpc.grpc.status_code")
_GRPC_DEADLINE = "4"


def round_timeout(trace: Trace) -> Iterator[Finding]:
    """Find failed calls that took a round number of ms, from 50 ms to 2 minutes, or a little more.
    How much depends on the evidence: they say that they timed out, or several ended alike, or one
    failed for a reason that it does not say. Silent where calls of the same operation failed after
    other times as well, or took longer and succeeded, or were answered."""
    tree = trace.tree
    if not any(span.error for span in tree.spans):
        return
    failures: dict[Operation, list[int]] = {}
    longest_success: dict[Operation, int] = {}
    for row, span in enumerate(tree.spans):
        if not _is_call(tree, row):
            continue
        operation = operation_of(span)
        if not span.error:
            longest_success[operation] = max(span.duration, longest_success.get(operation, 0))
        elif _may_have_timed_out(tree, row):
            failures.setdefault(operation, []).append(row)
    for operation, rows in failures.items():
        for timeout, timed_out in _timeouts(tree, rows, longest_success.get(operation, 0)).items():
            times = "once" if len(timed_out) == 1 else counted(len(timed_out), "time")
            cost = total(tree, timed_out)
            what = (
                f"{brief(operation)} failed {times} after {ms(timeout)}, a"
                f" timeout that looks guessed; that is {ms(cost)} of {ms(trace.duration)}"
            )
            yield Finding("round_timeout", what, cost, ids(tree, timed_out), CONTENTION_LESSON)


def _is_call(tree: Tree, row: int) -> bool:
    """Tell whether a span waits for somebody else, or says that it timed out."""
    span = tree.spans[row]
    waits = span.tags.get("span.kind") == "client" or is_datastore_call(span)
    return waits or (bool(span.error) and bool(_TIMEOUT.search(_cause(span))))


def _may_have_timed_out(tree: Tree, row: int) -> bool:
    """Tell whether nothing speaks against a timeout of this call: an answer, another cause, a call
    within it that failed as late, or that it waits for something to come."""
    span = tree.spans[row]
    cause = _cause(span)
    says_so = bool(_TIMEOUT.search(cause)) or _status(span) in _TIMEOUT_STATUSES
    if is_idle(span) or (not says_so and (_OTHER_CAUSE.search(cause) or _was_answered(span))):
        return False
    return not any(
        tree.spans[child].error
        and tree.spans[child].tags.get("span.kind") != "server"
        and 10 * tree.spans[child].duration >= 9 * span.duration
        for child in tree.children(row)
    )


def _timeouts(tree: Tree, rows: list[int], longest_success: int) -> dict[int, list[int]]:
    """Return those calls that timed out, by the timeout."""
    loud: dict[int, list[int]] = {}
    quiet: dict[int, list[int]] = {}
    silent = 0
    for row in rows:
        span = tree.spans[row]
        if _TIMEOUT.search(_cause(span)) or _status(span) in _TIMEOUT_STATUSES:
            timeout = round_time(span.duration, MAX_LATENESS_NS, MAX_LATENESS_SHARE)
            if timeout:
                loud.setdefault(timeout, []).append(row)
            continue
        silent += 1
        timeout = round_time(span.duration, MAX_QUIET_LATENESS_NS, MAX_QUIET_LATENESS_SHARE)
        if timeout > longest_success:
            quiet.setdefault(timeout, []).append(row)
    quiet = {timeout: alike for timeout, alike in quiet.items() if 3 * len(alike) >= 2 * silent}
    quiet = quiet or _alike(tree, rows, longest_success)
    for timeout, alike in quiet.items():
        loud.setdefault(timeout, []).extend(row for row in alike if row not in loud[timeout])
    return loud


def _alike(tree: Tree, rows: list[int], longest_success: int) -> dict[int, list[int]]:
    """Return all the calls by the one timeout that they have in common, if there are several."""
    timeouts = {
        round_time(tree.spans[row].duration, MAX_LATENESS_NS, MAX_LATENESS_SHARE) for row in rows
    }
    if len(rows) > 1 and len(timeouts) == 1 and min(timeouts) > longest_success:
        return {timeouts.pop(): rows}
    return {}


def _cause(span: Span) -> str:
    return " ".join(str(span.tags[tag])[:1_000] for tag in _CAUSE_TAGS if tag in span.tags)


def _status(span: Span) -> str:
    found = next((str(span.tags[tag]) for tag in _STATUS_TAGS if tag in span.tags), "")
    return "504" if found == _GRPC_DEADLINE else found


def _was_answered(span: Span) -> bool:
    return bool(_status(span)) and _status(span) not in _TIMEOUT_STATUSES
