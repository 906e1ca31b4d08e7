"""What the documents say about the challenge agrees with the keys."""

from __future__ import annotations

import re

import pytest

from tests.servers import ROOT
from tutor.challenge.causes import CAUSES
from tutor.challenge.challenges import CHALLENGES

TEACHING = (ROOT / "docs" / "teaching.md").read_text()
LEARNING = (ROOT / "docs" / "challenge.md").read_text()


@pytest.mark.parametrize("challenge", CHALLENGES, ids=str)
def test_teachers_get_the_answer(challenge):
    [row] = [line for line in TEACHING.splitlines() if line.startswith(f"| {challenge} |")]
    operations, cause = cells(row)[2:4]
    assert set(re.findall(r"`(.+?)`", operations)) == challenge.key.operations
    assert cause == f"`{challenge.key.cause}`"


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def test_teachers_can_rule_out_every_other_cause():
    table = TEACHING.partition("Every other cause can be ruled out")[2].partition("\n## ")[0]
    rows = [cells(line) for line in table.splitlines() if line.startswith("| `")]
    assert {word for row in rows for word in re.findall(r"`(.+?)`", row[1])} == set(CAUSES)
    for row in rows:
        for challenge, answer in zip(CHALLENGES, row[2:-1], strict=True):
            assert answer or re.findall(r"`(.+?)`", row[1]) == [challenge.key.cause]


def test_learners_do_not_get_it_from_their_page():
    named = set(re.findall(r"--cause ([\w-]+)", LEARNING))
    assert named <= CAUSES.keys()
    assert not named & {challenge.key.cause for challenge in CHALLENGES}
