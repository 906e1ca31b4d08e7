"""The demo on ClickHouse from end to end: four Locust workers ask the app, which sends its spans to
nginx, which has two collectors, of which one crashes and comes back meanwhile."""

from __future__ import annotations

import difflib
import itertools
import json
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
import requests

from tests.collector import clickhouse_server
from tests.collector.infer import nginx
from tests.loadtest.locusts import Run
from tests.scale.questions import Question, questions
from tests.scale.scaled_stack import ScaledStack, scaled_stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.timeout(300)

MARK = "scale"
LOAD = ("-u", "8", "-r", "8", "-t", "90s", "--think", "0.8", "--mark", MARK)
"""A run that ends by itself, but is told to as soon as all has been seen."""
OWN = re.compile(r'"as_of":"\d+",?|"since":"\d+",|"number":\d+,')
"""What alone may differ in two collectors' answers: when the question was asked, since when the
audit goes on, and in which order it found what is forbidden."""


class Demo(NamedTuple):
    """What was seen while the load was on."""

    stack: ScaledStack
    run: Run
    sent: int
    """Traces of one span that the test itself has sent, each of which was acknowledged."""
    began: int
    """When the load began, ns since 1970."""
    ended: int


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[ScaledStack]:
    nginx.program()
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    with scaled_stack(tmp_path_factory.mktemp("scale"), redis_url) as running:
        yield running


@pytest.fixture(scope="module")
def demo(stack: ScaledStack) -> Demo:
    """A run of Locust in the middle of which one collector crashes. All spans have been delivered
    when it is over."""
    one, other = stack.collectors
    began, sent = time.time_ns(), 0

    def until_there_are_more(traces: int = 20) -> Iterator[None]:
        """Go on until so many more traces of the app are stored."""
        enough = matched(one.url, "service:web") + traces
        until = time.monotonic() + PATIENCE_S
        while matched(one.url, "service:web") < enough:
            assert time.monotonic() < until, "nothing arrives"
            yield

    with stack.load(*LOAD) as locust:
        for _ in until_there_are_more():
            time.sleep(0.1)
        other.kill()
        for _ in itertools.chain(range(20), until_there_are_more()):
            sent += 1
            send(stack.balancer, sent)
        other.start()
        wait_until(lambda: received(other.url) > 0)
        locust.send_signal(signal.SIGINT)
        output, _ = locust.communicate(timeout=60)
    stack.app.stop()
    return Demo(stack, Run(locust.returncode, output), sent, began, time.time_ns())


def send(url: str, number: int) -> None:
    """Send a trace of one span, which must be acknowledged at once."""
    span = {"traceId": f"{number:032x}", "id": "1", "localEndpoint": {"serviceName": "sender"}}
    answer = requests.post(f"{url}/api/v2/spans", json=[span], timeout=30)
    assert answer.status_code == 202, answer.text


def matched(url: str, search: str) -> int:
    """Return how many traces match a search."""
    answer = requests.get(f"{url}/api/traces", params={"q": search, "limit": "1"}, timeout=30)
    assert answer.json()["matched_exact"], answer.text
    return int(answer.json()["matched"])


def received(url: str) -> int:
    """Return how many spans a collector has taken in since it was started."""
    return int(requests.get(f"{url}/stats", timeout=30).json()["received"]["spans"])


def test_nothing_is_lost(demo: Demo) -> None:
    assert demo.run.code == 0, demo.run.output
    asked, _, failed, _ = demo.run.counts
    assert asked > 40
    assert failed == 0
    for collector in demo.stack.collectors:
        assert matched(collector.url, f"root.service:locust load.mark:{MARK}") == asked
        assert matched(collector.url, "service:locust service:web") == asked
        assert matched(collector.url, "service:sender") == demo.sent
    for server in (demo.stack.app.web, demo.stack.app.taster):
        assert "lost" not in "".join(server.log)


def test_each_collector_took_part(demo: Demo) -> None:
    assert all(received(collector.url) > 0 for collector in demo.stack.collectors)


def test_any_collector_answers_any_question_alike(demo: Demo) -> None:
    one, other = demo.stack.collectors
    with ThreadPoolExecutor(2) as both:
        for question in asked_of(demo):
            until = time.monotonic() + PATIENCE_S
            while True:
                here, there = both.map(answer_of, (one.url, other.url), (question, question))
                if here == there:
                    break
                assert time.monotonic() < until, f"{question}:\n{differences(here, there)}"
                time.sleep(0.3)  # what is not read yet is read while nobody asks


def differences(one: object, other: object) -> str:
    """Return what differs, line by line."""
    lines = (json.dumps(answer, indent=1, sort_keys=True).splitlines() for answer in (one, other))
    return "\n".join(difflib.unified_diff(*lines, n=1, lineterm=""))[:2000]


def asked_of(demo: Demo) -> Iterator[Question]:
    """Yield the questions, about a trace of a pairing and one of its spans."""
    url = demo.stack.collectors[0].url
    search = {"q": 'service:locust resource:"GET /pair/beer" service:taster', "limit": "1"}
    (trace,) = requests.get(f"{url}/api/traces", params=search, timeout=30).json()["traces"]
    trace_id = trace["trace_id"]
    columns = requests.get(f"{url}/api/trace/{trace_id}", timeout=30).json()["columns"]
    yield from questions(demo.began, demo.ended, trace_id, columns["id"][-1])


def answer_of(url: str, question: Question) -> object:
    """Return the answer to a question, less what is the collector's own; there must be one."""
    answer = requests.get(url + question.path, params=question.parameters, timeout=60)
    assert answer.status_code == question.status, (question, answer.text)
    text = OWN.sub("", answer.text)
    return json.loads(text) if answer.headers["Content-Type"] == "application/json" else text


@pytest.mark.parametrize("search", ["*", "service:taster", "service:sender"])
def test_both_pages_show_the_same_traces(demo: Demo, search: str) -> None:
    one, other = demo.stack.pages
    wait_until(lambda: rows(one, search) == rows(other, search))
    assert rows(one, search).count("<tr") > 5


def rows(page: str, search: str) -> str:
    """Return the rows of the list of traces, without their ages, which change every second."""
    html = requests.get(page, params={"q": search}, timeout=30).text
    found = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    assert found, html
    return re.sub(r"<time.*?</time>", "", found[1])


def test_the_balancer_lets_the_collectors_say_whom_they_answer_for(stack: ScaledStack) -> None:
    for host, status in (("localhost", 200), ("evil.test", 421)):
        answer = requests.get(f"{stack.balancer}/ping", headers={"Host": host}, timeout=30)
        assert answer.status_code == status


def test_the_balancer_lets_the_collectors_say_what_is_too_large(stack: ScaledStack) -> None:
    answer = requests.post(f"{stack.balancer}/api/v2/spans", bytes(17 * 1024**2), timeout=30)
    assert answer.status_code == 413
    assert "16" in answer.json()["error"]


def test_without_any_collector_clients_come_again(demo: Demo) -> None:
    stack = demo.stack
    for collector in stack.collectors:
        collector.kill()
    answer = requests.post(f"{stack.balancer}/api/v2/spans", json=[], timeout=30)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "no collector answers" in answer.json()["error"]
    stack.collectors[1].start()
    wait_until(lambda: requests.get(f"{stack.balancer}/ping", timeout=30).ok)
    assert matched(stack.balancer, "service:sender") == demo.sent
