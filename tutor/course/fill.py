"""Filling a paragraph of Markdown to a width, with colour for what is marked in it."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from tutor.terminal import has_colour, paint

MARKED = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`")
MIN_WIDTH = 20


def fill(text: str, width: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Yield the lines of a paragraph, each at most `width` characters long (or one word): the first
    one after the prefix `first`, the others after `rest`, which is as long. Marks that colour takes
    the place of do not count."""
    pieces = list(coloured_pieces(re.sub(r"[ \n]+", " ", text.strip())))
    plain = "".join(piece for piece, _ in pieces)
    colours = [colour for piece, colour in pieces for _ in piece]
    start = 0
    for line in textwrap.wrap(
        plain,
        max(width - len(first), MIN_WIDTH),
        break_long_words=False,
        break_on_hyphens=False,
    ):
        runs = groupby(zip(line, colours[start:], strict=False), key=itemgetter(1))
        prefix = rest if start else first
        yield prefix + "".join(
            painted("".join(char for char, _ in run), colour) for colour, run in runs
        )
        start += len(line) + len(" ")


def coloured(text: str) -> str:
    """Return `text` with colour in place of its marks."""
    return "".join(painted(piece, colour) for piece, colour in coloured_pieces(text))


def coloured_pieces(text: str, colour: str = "") -> Iterator[tuple[str, str]]:
    """Yield the pieces of `text` without its marks, each with its colour: `colour` where nothing is
    marked ("" for none). Where nothing is coloured, code keeps its marks: it is to be typed."""
    start = 0
    for marked in MARKED.finditer(text):
        yield text[start : marked.start()], colour
        if marked["strong"]:
            yield from coloured_pieces(marked["strong"], "bold")
        else:
            yield marked["code"] if has_colour(sys.stdout) else marked[0], "cyan"
        start = marked.end()
    yield text[start:], colour


def painted(text: str, colour: str) -> str:
    """Return `text` in `colour`; as it is if that is ""."""
    return paint(text, colour) if colour else text
