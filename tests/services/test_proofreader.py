"""The planted intruder: off unless its dial is on, and then it goes to the taster in two ways."""

from __future__ import annotations

from tests.services.pair import Pair
from tests.waiting import wait_until

QUICK = {"MENU_PAGE_MS": 0, "TASTE_MS": 0}


def test_without_the_dial_the_menu_asks_nobody(pair: Pair) -> None:
    with pair.turned(**QUICK):
        _, trace = pair.traced("/menu")
    assert {span["service"] for span in trace.spans} == {"web", "db"}


def test_with_it_the_taster_is_called_by_somebody_else_and_by_nobody_known(pair: Pair) -> None:
    def calls_by(parent: int) -> int:
        """Count the calls of the taster from this span; 0 is for those without a trace context."""
        called = [span for span in pair.sink.spans_of("taster") if span["name"] == "flask.request"]
        return sum(span.get("parent_id", 0) == parent for span in called)

    before = calls_by(0)
    with pair.turned(**QUICK):
        menu, _ = pair.traced("/menu")
        with pair.turned(INTRUDER=1):
            same, trace = pair.traced("/menu")
    assert same == menu, "a dial never changes an answer"
    [proof] = trace.named("menu.proofread")
    assert proof["service"] == "menu-printer"
    wait_until(lambda: calls_by(proof["span_id"]) == 1)
    wait_until(lambda: calls_by(0) == before + 1)
