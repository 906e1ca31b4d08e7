"""The taster's wrong clock in the real app, and what a logical clock proves of it on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.browser.stack import stack
from tests.dials import turned
from tests.servers import running
from tests.waiting import wait_until

PAIRING = "/pair/beer?name=ipa"


@dataclass
class App:
    """Both services with logical clocks, a collector and its UI."""

    web: str
    taster: str
    collector: str
    ui: str

    def traced(self) -> str:
        """Ask for a pairing; return the id of its trace once all of it is stored."""
        answer = requests.get(self.web + PAIRING, timeout=30)
        trace_id = answer.headers["traceresponse"].split("-")[1]
        wait_until(lambda: self._is_whole(trace_id))
        return trace_id

    def _is_whole(self, trace_id: str) -> bool:
        answer = requests.get(f"{self.collector}/api/trace/{trace_id}/summary", timeout=30)
        if not answer.ok:
            return False
        summary = answer.json()
        return summary["root_received"] and summary["services"].get("taster", 0) >= 2 * 12

    def api(self, trace_id: str, what: str) -> dict[str, Any]:
        """Return an answer of the collector about the trace."""
        answer = requests.get(f"{self.collector}/api/trace/{trace_id}{what}", timeout=30)
        answer.raise_for_status()
        return dict(answer.json())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[App]:
    data = tmp_path_factory.mktemp("beer")
    with stack() as both:
        env = {
            "COLLECTOR_URL": both.collector,
            "REDIS_URL": redis_url,
            "DATA_DIR": str(data),
            "TRACE_CLOCK": "1",
            "TASTE_MS": "2",
            "CONNECT_MS": "0",  # a handshake is on the way there, and 5 ms hide 5 ms
        }
        with running("services/taster.py", "--port", "0", env=env) as taster:
            env["TASTER_URL"] = taster.url
            with running("services/web.py", "--port", "0", env=env) as web:
                yield App(web.url, taster.url, both.collector, both.ui)


@pytest.mark.parametrize("ahead_ms", [-3000, -5, 5, 3000])
def test_the_page_proves_by_how_much_the_tasters_clock_is_wrong(app: App, ahead_ms: int) -> None:
    with turned([app.taster], {"CLOCK_OFFSET_MS": ahead_ms}):
        trace_id = app.traced()
    [skew] = app.api(trace_id, "/insight")["skew"]
    assert (skew["host"], skew["caller"]) == ("taster", "web")
    bounds = skew["proof"]["bounds"]
    assert bounds["low"] <= ahead_ms * 1_000_000 <= bounds["high"]
    page = requests.get(f"{app.ui}/trace/{trace_id}/spans", timeout=30).text
    [says] = re.findall(
        r"the clock of taster is between ([\d.,]+) and ([\d.,]+) ms (ahead of|behind) web", page
    )
    low, high = (float(number.replace(",", "")) for number in says[:2])
    assert low <= abs(ahead_ms) <= high
    assert (says[2] == "behind") == (ahead_ms < 0)
    assert re.search(r"proven by \d+ calls", page), "12, unless one was tried again"


def test_a_right_clock_is_not_accused(app: App) -> None:
    trace_id = app.traced()
    assert app.api(trace_id, "/insight")["skew"] == []


def test_a_clock_that_drifts_is_said_to(app: App) -> None:
    with turned([app.taster], {"CLOCK_DRIFT_PPM": 100_000}):
        trace_id = app.traced()
    [skew] = app.api(trace_id, "/insight")["skew"]
    assert skew["proof"]["last"]["high"] > skew["proof"]["bounds"]["high"]


def test_the_logical_order_is_that_of_cause_and_effect(app: App) -> None:
    with turned([app.taster], {"CLOCK_OFFSET_MS": -3000}):
        trace_id = app.traced()
    order, trace = app.api(trace_id, "/order"), app.api(trace_id, "")
    for row, parent in enumerate(trace["columns"]["parent"]):
        assert parent < 0 or order["start"][parent] < order["start"][row]
        assert parent < 0 or order["end"][row] < order["end"][parent]
