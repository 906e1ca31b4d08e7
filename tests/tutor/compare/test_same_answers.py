"""What counts as the same answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tutor.compare.same_answers import canonical, differences

MATCH = {"beer": "ipa", "match": {"donut": "glazed", "score": 91.5}}


def answer(body: Any, status: int = 200) -> str:
    return canonical(status, json.dumps(body).encode())


def differ(before: Any, after: Any) -> bool:
    return bool(differences({"/x": answer(before)}, {"/x": answer(after)}))


@pytest.mark.parametrize(
    "after",
    [
        dict(reversed(MATCH.items())),
        MATCH | {"untasted": ["baked alaska: too slow (planted)"]},
        MATCH | {"next": "/page/2"},
    ],
)
def test_the_same(after: Any) -> None:
    assert not differ(MATCH, after)


@pytest.mark.parametrize(
    "after",
    [
        {"beer": "ipa"},
        MATCH | {"match": {"donut": "glazed", "score": 91.4}},
        MATCH | {"match": {"donut": "glazed", "score": 91.5, "baker": "new"}},
        [MATCH],
        "ipa",
    ],
)
def test_another(after: Any) -> None:
    assert differ(MATCH, after)


def test_a_status_and_a_broken_body_count_too() -> None:
    assert differences({"/x": answer(MATCH)}, {"/x": answer(MATCH, 503)})
    found = differences({"/x": answer(MATCH)}, {"/x": canonical(200, b"<html>" + b"x" * 900)})
    assert found[0].startswith("/x: ")
    assert len(found[0]) < 300
