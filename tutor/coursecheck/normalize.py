"""Comparing what a lesson shows with what was printed now, apart from times, ids and the like.

Those differ from run to run, so they are replaced by a word on both sides before the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ELLIPSIS = "…"
"""A line of a lesson that stands for any number of lines."""

COST = (
    "<time> more per request, give or take <time>"
    "|too small to measure here: at most <time> more per request"
)
"""The two things that `./workshop cost` may say of the time, as the patterns before leave them."""

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
        (COST, "<cost>"),
        (r"\b0\.\d{3} 0\.\d{3} \d+\b", "<precision, recall and right ones>"),
    )
]
"""What differs from run to run, and the word that replaces it."""

IDS = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b")


def normalized(line: str) -> str:
    """Return `line` with a word in place of all that differs from run to run."""
    for pattern, word in PATTERNS:
        line = pattern.sub(word, line)
    return line.strip()


def matches(shown: Sequence[str], printed: Sequence[str], in_order: bool = True) -> bool:
    """Return whether what a lesson shows is what was printed. Without `in_order`, the lines may be
    in any order: two things that ran at the same time printed them."""
    expected, seen = [normalized(line) for line in shown], [normalized(line) for line in printed]
    head, tail, has_ellipsis = split_at_ellipsis(expected)
    if not has_ellipsis:
        return head == seen or (not in_order and sorted(head) == sorted(seen))
    if len(head) + len(tail) > len(seen):
        return False
    return seen[: len(head)] == head and seen[len(seen) - len(tail) :] == tail


def split_at_ellipsis(shown: Sequence[str]) -> tuple[list[str], list[str], bool]:
    """Return the lines before and after a line `…`, and whether there is one (at most one is)."""
    lines = list(shown)
    if ELLIPSIS not in lines:
        return lines, [], False
    index = lines.index(ELLIPSIS)
    return lines[:index], lines[index + 1 :], True


def id_replacements(shown: Sequence[str], printed: Sequence[str]) -> dict[str, str]:
    """Return, for each id that a lesson shows, the one that was printed in its place. After a line
    `…` nobody knows which that is."""
    head, _, has_ellipsis = split_at_ellipsis(shown)
    beginning = printed[: len(head)] if has_ellipsis else printed
    pairs = zip(IDS.findall("\n".join(head)), IDS.findall("\n".join(beginning)), strict=False)
    return dict(pairs)
