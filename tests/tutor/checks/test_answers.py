"""Comparing the app's answers with those of lesson 1."""

from __future__ import annotations

import pytest

from tutor.checks.answers import first_difference

RECORDED = {"beer": "ipa", "match": {"donut": "jelly", "score": 55.3}, "untasted": ["a", "b"]}


def test_an_answer_may_say_more():
    answered = {**RECORDED, "id": "9f", "match": {**RECORDED["match"], "baker": "Bavo"}}
    assert first_difference(RECORDED, answered) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"match": {"donut": "jelly", "score": 1}}, "the answer['match']['score'] is 1, not 55.3"),
        ({"match": {"donut": "jelly"}}, "the answer['match'] has no 'score'"),
        ({"match": None}, "the answer['match'] is None, not {'donut': 'jelly', 'score': 55.3}"),
        ({"untasted": []}, "the answer['untasted'] has a list of 0, not of 2"),
        ({"untasted": ["a", "c"]}, "the answer['untasted'][1] is 'c', not 'b'"),
    ],
)
def test_what_differs_is_named(change, words):
    assert first_difference(RECORDED, {**RECORDED, **change}) == words
