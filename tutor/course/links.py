"""Links as the terminal can show them: the text, and where it leads."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tutor.course.lesson_markdown import COMMENT_OR_CODE
from tutor.paths import ROOT

LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<target>[^)\s]+)\)")
LINK_OR_CODE = re.compile(rf"{LINK.pattern}|{COMMENT_OR_CODE.pattern}", COMMENT_OR_CODE.flags)
ELSEWHERE = re.compile(r"https?://|#")


def with_addresses(markdown: str, folder: Path) -> str:
    """Return the Markdown of a file in `folder` with an address in place of each link's target:
    `glossary <docs/glossary.md>`. Files are named from the repository's root."""
    return LINK_OR_CODE.sub(lambda found: _in_words(found, folder), markdown)


def _in_words(found: re.Match[str], folder: Path) -> str:
    words, target = found["words"], found["target"]
    if not words:
        return found[0]
    if not ELSEWHERE.match(target):
        target = os.path.relpath(folder / target, ROOT)
    return f"{words} <{target}>"
