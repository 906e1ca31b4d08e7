"""Comparing what a lesson shows with what was printed now: all but times, ids and the like.

Those differ from run to run, so both sides have them replaced by a word before they are compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ELLIPSIS = "…"
"""A line of a lesson that stands for any number of lines."""

PATTERNS = [
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "<when>"),
        (r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?", "<when>"),
        (r"\b\d\d:\d\d:\d\d\b", "<when>"),
        (r"\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b", "<id>"),
        (r"\b\d{15,20}\b", "<number>"),
        (r'("(?:duration|start|self|t0|bytes)": )\d+', r"\1<number>"),
        (r"-?\b\d+(?:[.,]\d+)* ?(?:ns|µs|us|ms|s|seconds)\b", "<time>"),
        (r"-?\b\d+(?:\.\d+)? ?%", "<share>"),
        (r"\b\d+(?:\.\d+)?×", "<ratio>"),
        (r"\b[\d,]+ (bytes|requests|pairings)\b", r"<number> \1"),
        (r"\(process \d+\)", "(process <number>)"),
        (r"[█·]{4,}", "<bar>"),
        (r"[ \t]+", " "),
    )
]
"""What differs from run to run, and the word that it is replaced by."""

IDS = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b")


def still(line: str) -> str:
    """`line` without what differs from run to run."""
    for pattern, word in PATTERNS:
        line = pattern.sub(word, line)
    return line.strip()


def agree(shown: Sequence[str], printed: Sequence[str], in_order: bool = True) -> bool:
    """Whether what a lesson shows is what was printed. Not `in_order`: two things that ran at the
    same time may have printed their lines in any order."""
    expected, seen = [still(line) for line in shown], [still(line) for line in printed]
    head, tail, has_gap = around_gap(expected)
    if not has_gap:
        return head == seen or (not in_order and sorted(head) == sorted(seen))
    if len(head) + len(tail) > len(seen):
        return False
    return seen[: len(head)] == head and seen[len(seen) - len(tail) :] == tail


def around_gap(shown: Sequence[str]) -> tuple[list[str], list[str], bool]:
    """The lines before and after a line `…`, and whether there is one. (There is at most one.)"""
    lines = list(shown)
    if ELLIPSIS not in lines:
        return lines, [], False
    gap = lines.index(ELLIPSIS)
    return lines[:gap], lines[gap + 1 :], True


def renewed(shown: Sequence[str], printed: Sequence[str]) -> list[str]:
    """What a lesson should show now: `printed`, with as many lines left out as in `shown`."""
    head, tail, has_gap = around_gap(shown)
    if not has_gap or len(head) + len(tail) >= len(printed):
        return list(shown) if has_gap and not (head or tail) else list(printed)
    return [*printed[: len(head)], ELLIPSIS, *printed[len(printed) - len(tail) :]]


def same_ids(shown: Sequence[str], printed: Sequence[str]) -> dict[str, str]:
    """For each id that a lesson shows the one that was printed in its place."""
    pairs = zip(IDS.findall("\n".join(shown)), IDS.findall("\n".join(printed)), strict=False)
    return dict(pairs) if ELLIPSIS not in shown else {}
