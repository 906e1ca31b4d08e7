"""Check that this machine has what the workshop needs, before something is found missing.

examples:
  ./workshop doctor
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from tutor.doctor import examine
from tutor.errors import Exit
from tutor.terminal import paint

MARKS = {"good": ("✓", "green"), "optional": ("–", "yellow"), "bad": ("✗", "red")}


def add_arguments(parser: ArgumentParser) -> None:
    """It takes none."""


def run(arguments: Namespace) -> int:
    bad = 0
    for finding in examine():
        mark, colour = MARKS[finding.verdict]
        print(f"{paint(mark, colour)} {finding.what:<9} {finding.seen}")
        if finding.cure:
            print(f"  {'':<9} → {finding.cure}")
        sys.stdout.flush()
        bad += finding.verdict == "bad"
    if bad:
        print(f"\n{bad} of these must be put right first.")
        return Exit.NOT_READY
    print("\nAll that is needed is here. Next: ./workshop demo")
    return Exit.GOOD
