"""Screens of traces of which no duration is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.spans import Trace
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.ui.conftest import reader

SCREENS = (
    "/",
    "/routes",
    "/route",
    "/route?service=web&resource=GET+/x",
    "/map",
    "/compare?a_q=service:web&b_q=service:taster",
    "/what-if?service=web&resource=GET+/x",
    "/trace/{trace}",
    "/trace/{trace}/spans",
)


@pytest.fixture(scope="module")
def timeless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """Run a collector with one trace, whose spans all begin at 0; also its id."""
    trace = Trace(1, start=0)
    root = trace.span(None, "web", "flask.request", 0, 9, "GET /x", "http")
    trace.span(root, "taster", "flask.request", 0, 5, "GET /taste", "http")
    with running(
        "-m", "collector", "--port", "0", "--data", str(tmp_path_factory.mktemp("timeless"))
    ) as collector:
        Stack(collector.url, "").send([trace])
        yield collector, trace.hex


@pytest.mark.parametrize("screen", SCREENS)
def test_what_is_not_known_is_left_open(timeless: tuple[Server, str], screen: str) -> None:
    collector, trace = timeless
    answer = reader(collector.url).get(screen.format(trace=trace))
    assert answer.status_code == 200, answer.text[:2000]
    assert "None" not in answer.text
