"""A staircase: independent calls, each made only after the previous one has been answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.analysis.detectors.finding import PARALLELIZE_LESSON, Finding, brief, ms
from collector.analysis.detectors.idle_spans import is_idle, is_wait
from collector.analysis.detectors.siblings import (
    ADDRESS_TAGS,
    ids,
    is_timed,
    longest,
    one_after_another,
    same_siblings,
    total,
)
from collector.analysis.span_keys import operation_of
from collector.analysis.statements import is_datastore_call
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Span

MIN_CALLS = 3
MIN_SHARE = 0.1
"""Share of the trace's duration that must be at stake."""
MAX_DATASTORE_SHARE = 0.5
"""Share of the calls' time that databases and caches beneath them take: with more, it is those that
are asked one by one."""

_PAGING_WORDS = frozenset(("page", "cursor", "next", "scroll", "continuation"))
_PAGING_PARAMETERS = frozenset(
    """page pages pagetoken nextpage pagenumber cursor nextcursor after before next nexttoken offset
    marker continuation continuationtoken continue scroll scrollid startkey startafter
    startingafter endingbefore skip since sincetoken synctoken""".split()  # noqa: SIM905
)
_PARAMETER = re.compile(r"[?&;]([\w.\-\[\]%]{1,40})=")
_MESSAGE_KINDS = ("producer", "consumer")
_NO_LETTER = re.compile(r"[\W_]+")


def sequential_fan_out(trace: Trace) -> Iterator[Finding]:
    """Find three or more calls of one operation, not of a database or cache and not failed (they
    may be retries), one after another under one parent, if running them side by side (as long as
    the longest) would save 10 % of the trace. Calls that continue each other (pages, messages), and
    those that a timer sets off, are left out."""
    tree = trace.tree
    for siblings in same_siblings(tree, at_least=MIN_CALLS):
        rows = [row for row in siblings if not _has_failed(tree, row)]
        if len(rows) < MIN_CALLS:
            continue
        cost = total(tree, rows) - longest(tree, rows)
        if cost >= MIN_SHARE * trace.duration and _is_staircase(tree, rows):
            operation = operation_of(tree.spans[rows[0]])
            what = (
                f"{brief(operation)} × {len(rows)}, one after another,"
                f" takes {ms(total(tree, rows))} of {ms(trace.duration)}; side by side it would"
                f" take {ms(longest(tree, rows))}, as long as the longest"
            )
            yield Finding("sequential_fan_out", what, cost, ids(tree, rows), PARALLELIZE_LESSON)


def _is_staircase(tree: Tree, rows: list[int]) -> bool:
    span = tree.spans[rows[0]]
    is_other = is_datastore_call(span) or is_idle(span) or is_wait(span)
    if is_other or span.tags.get("span.kind") in _MESSAGE_KINDS:
        return False
    pages = sum(_continues(tree.spans[row]) for row in rows)
    if 2 * pages >= len(rows) - 1 or is_timed(tree, rows):  # the first page has no cursor
        return False
    return one_after_another(tree, rows) and not _asks_datastores(tree, rows)


def _continues(span: Span) -> bool:
    """Tell whether a call says that it asks for what comes after something."""
    addresses = [span.resource, *(str(span.tags.get(tag, "")) for tag in ADDRESS_TAGS)]
    parameters = [key for address in addresses for key in _PARAMETER.findall(f"?{address}")]
    if any(
        _NO_LETTER.sub("", key).lower() in _PAGING_PARAMETERS
        for key in (*parameters, *_last_words(span.tags))
    ):
        return True
    words = _NO_LETTER.split(f"{span.name} {span.resource.partition('?')[0]}".lower())
    return not _PAGING_WORDS.isdisjoint(words)


def _last_words(tags: dict[str, str | int | float]) -> Iterator[str]:
    """Yield what tags are about, without their namespaces."""
    for key in tags:
        yield key.rpartition(".")[2]
        if key.endswith((".token", ".number", ".key")):
            yield key.split(".")[-2]


def _asks_datastores(tree: Tree, rows: list[int]) -> bool:
    """Tell whether most of the time in these spans is spent asking databases and caches, without
    another server in between."""
    asking = 0
    todo = list(rows)
    while todo:
        for child in tree.children(todo.pop()):
            if is_datastore_call(tree.spans[child]):
                asking += tree.spans[child].duration
            elif tree.spans[child].tags.get("span.kind") != "server":
                todo.append(child)
    return asking > MAX_DATASTORE_SHARE * total(tree, rows)


def _has_failed(tree: Tree, row: int) -> bool:
    """Tell whether a call failed, or consists of an attempt that did."""
    return bool(tree.spans[row].error) or any(tree.spans[c].error for c in tree.children(row))
