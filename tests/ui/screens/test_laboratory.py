"""The sampling laboratory as a browser without scripts sees it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from ui.client import BusyError
from ui.screens import laboratory

PATH = "/sampling/laboratory"


def result(client: FlaskClient, address: str) -> str:
    """Return the page once the collector has an answer, asking again as a browser does."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = client.get(address, follow_redirects=True)
        if "Sampling …" not in answer.text and answer.status_code != 503:
            assert answer.status_code == 200
            return answer.text
    raise AssertionError("no answer")


def test_nothing_is_sampled_before_somebody_asks_for_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(laboratory, "ask", lambda path, *_, **__: asked.append(path))
    page = client.get(PATH + "?q=service:web&last=1h").text
    assert not asked
    assert f'href="{PATH}"' in client.get("/sampling").text
    assert 'href="/sampling/laboratory?run=1&amp;q=service%3Aweb&amp;last=1h"' in page


def test_every_way_to_sample_is_shown_as_chart_and_as_table(client: FlaskClient) -> None:
    page = result(client, PATH + "?run=1")
    for name in ("head 10 %", "head 0.01 %", "tail", "unitary 1 %"):
        assert page.count(name) >= 3
    assert page.count('class="error-range') > 9
    assert re.search(r"right within 10 %", page)
    assert "the slowest trace" in page
    assert "of the critical paths cannot be trusted" in page
    assert "drawn by chance" in page, "how it is computed"
    assert 'http-equiv="refresh"' not in page
    assert 'href="/sampling/laboratory?run=1&amp;seed=2"' in page


def test_progress_is_shown_and_asked_for_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def working(*_: Any, **__: Any) -> dict[str, Any]:
        return {"done": 0.4, "doing": "deciding at the tail"}

    monkeypatch.setattr(laboratory, "ask", working)
    page = client.get(PATH + "?run=1").text
    assert '<meta http-equiv="refresh" content="2">' in page
    assert '<progress max="1" value="0.40">' in page
    assert "40 %,\n    deciding at the tail" in page


def test_a_time_that_moves_is_pinned_so_that_the_question_stays_the_same(
    client: FlaskClient,
) -> None:
    answer = client.get(PATH + "?run=1&last=5m&q=service:web&seed=7")
    assert answer.status_code == 303
    assert re.search(r"\?q=service%3Aweb&from=\d{19}&run=1&seed=7$", answer.location)


def test_another_question_meanwhile_is_told_to_wait(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise BusyError("the laboratory is at work on another question")

    monkeypatch.setattr(laboratory, "ask", busy)
    answer = client.get(PATH + "?run=1")
    assert answer.status_code == 503
    assert "at work on another question" in answer.text


def test_where_nothing_matches_it_says_so(client: FlaskClient, empty_client: FlaskClient) -> None:
    assert "Nothing matches" in result(client, PATH + "?run=1&q=service:nobody")
    assert "No traces yet" in result(empty_client, PATH + "?run=1")


def test_a_search_that_cannot_be_read_is_explained(client: FlaskClient) -> None:
    answer = client.get(PATH + "?run=1&q=(")
    assert answer.status_code == 400
    assert f'action="{PATH}"' in answer.text


def test_errors_are_given_as_between_which_they_are() -> None:
    assert laboratory.points_in_words({"low": -0.0075, "high": 0.031}) == "−0.75 to +3.1 points"
    assert laboratory.points_in_words(None) == laboratory.error_in_words(None) == "–"
    assert laboratory.shares_in_words({"low": 0, "high": 3.0}) == "0 % to 300 %"
