"""The routes of the sampling laboratory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.laboratory import laboratory
from collector.store.trace_store import TraceStore
from tests.collector.laboratory.populations import stored_trace

PATH = "/api/sampling/laboratory"
TRACES = 120
Get = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    random = Random(3)
    store.add([stored_trace(number, random) for number in range(TRACES)])


def answer(client: FlaskClient, **parameters: Any) -> Any:
    """Ask until there is an answer."""
    for _ in range(100):
        answered = client.get(PATH, query_string=parameters)
        if answered.status_code not in (202, 429):
            assert answered.status_code == 200, answered.text
            return answered.json
    raise AssertionError("no answer")


def test_every_way_to_sample_is_compared_with_the_truth(client: FlaskClient) -> None:
    found = answer(client, seed=5)
    assert found["seed"] == 5
    assert found["truth"]["traces"] == TRACES
    assert found["truth"]["edges"] == 2
    ways = [(each["way"], each.get("rate")) for each in found["samplings"]]
    rates = [0.1, 0.01, 0.001, 0.0001]
    expected = [("head", rate) for rate in rates] + [("tail", None)]
    assert ways == expected + [("unitary", rate) for rate in rates]
    head, tail, unitary = (found["samplings"][place] for place in (0, 4, 5))
    assert list(head["found"]) == sorted(head["found"]), "any collector has the same order"
    assert 5 < head["traces"]["median"] < 20
    assert set(head["errors"]) == {"p50", "p95", "p99", "error_rate", "edges"}
    assert tail["policies"][0] == {"keep": "priority"}
    assert tail["kept_by_reason"]["error"] > 0
    assert tail["errors"]["error_rate"]["high"] < head["errors"]["error_rate"]["high"]
    assert unitary["broken"]["whole"] < unitary["broken"]["seen"]["median"]
    assert unitary["errors"]["edges"]["median"] > 0.5
    assert set(found["how"]) >= {"head", "tail", "unitary", "needed", "found"}


def test_the_same_seed_gives_the_same_answer_and_another_one_another(client: FlaskClient) -> None:
    first = answer(client, seed=1)["samplings"]
    other = answer(client, seed=2)["samplings"]
    assert answer(client, seed=1)["samplings"] == first != other


def test_the_policies_given_are_tried_instead_of_those_that_hold(client: FlaskClient) -> None:
    policies = [{"keep": "error"}, {"keep": "sample", "rate": 0.5}]
    found = answer(client, policies=json.dumps(policies))
    [tail] = [each for each in found["samplings"] if each["way"] == "tail"]
    assert tail["policies"] == policies
    assert set(tail["kept_by_reason"]) == {"error", "sample"}
    kept = sum(tail["kept_by_reason"].values())
    assert tail["traces"]["median"] == pytest.approx(kept, abs=10)


def test_only_the_traces_asked_for_are_sampled(client: FlaskClient) -> None:
    assert answer(client, q="error:1")["truth"]["error_rate"] == 1
    nothing = answer(client, q="service:nobody")
    assert (nothing["truth"]["traces"], nothing["samplings"]) == (0, [])
    assert nothing["truth"]["duration"]["p99"] is None


def test_one_rate_is_answered_at_once(get: Get) -> None:
    found = get(PATH, rate=0.5)
    [head] = found["samplings"]
    assert (head["way"], head["rate"]) == ("head", 0.5)
    assert head["traces"]["median"] == pytest.approx(TRACES / 2, abs=10)
    assert head["bytes_per_day"]["median"] > 0
    assert head["errors"]["p50"]["low"] < 0 < head["errors"]["p50"]["high"]
    assert head["errors"]["edges"] is None
    everything = get(PATH, rate=1)["samplings"][0]
    assert everything["errors"]["p99"] == {"median": 0, "low": 0, "high": 0}
    assert get(PATH, rate=0.5, q="service:nobody")["samplings"][0]["empty"] == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rate": "0"}, "rate must be a number from 1e-06 to 1"),
        ({"rate": "nan"}, "rate must be"),
        ({"rate": "much"}, "rate must be"),
        ({"seed": "-1"}, "seed must be a whole number"),
        ({"policies": "["}, "these are no sampling policies"),
        ({"policies": "[]"}, "these are no sampling policies"),
        ({"policies": '[{"keep": "sample"}]'}, "a sample has either"),
        ({"policies": "x" * 20_001}, "policies has more than 20,000 characters"),
        ({"q": "("}, "the search cannot be read"),
    ],
)
def test_what_cannot_be_asked(
    client: FlaskClient, parameters: dict[str, str], message: str
) -> None:
    refused = client.get(PATH, query_string=parameters)
    assert refused.status_code == 400
    assert message in refused.json["error"]


def test_one_question_at_a_time(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slow(store: TraceStore, question: Any, give_way: Any, report: Any) -> dict[str, Any]:
        report(0.5, "waiting for the test")
        assert go_on.wait(10)
        return {"seed": question.seed}

    monkeypatch.setattr(laboratory, "experiment", slow)
    monkeypatch.setattr(laboratory, "WAIT_S", 0.05)
    waiting = client.get(PATH, query_string={"seed": 77})
    assert waiting.status_code == 202
    assert waiting.json == {"done": 0.5, "doing": "waiting for the test"}
    busy = client.get(PATH, query_string={"seed": 78})
    assert busy.status_code == 429
    assert "50% done" in busy.json["error"]
    assert client.get(PATH, query_string={"rate": 1}).status_code == 200
    go_on.set()
    deadline = time.monotonic() + 10
    while (last := client.get(PATH, query_string={"seed": 77})).status_code == 202:
        assert time.monotonic() < deadline
    assert last.json == {"seed": 77}


def test_an_experiment_that_fails_is_an_error_and_is_tried_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(laboratory, "experiment", fail)
    failed = client.get(PATH, query_string={"seed": 79})
    assert failed.status_code == 503
    assert "the disk is gone" in failed.json["error"]
    monkeypatch.undo()
    assert answer(client, seed=79)["truth"]["traces"] == TRACES
    capsys.readouterr()
