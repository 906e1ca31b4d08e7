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
    def calls_by_the_back_door() -> int:
        return sum(root["service"] == "taster" for root in pair.sink.roots())

    before = calls_by_the_back_door()
    with pair.turned(**QUICK):
        menu, _ = pair.traced("/menu")
        with pair.turned(INTRUDER=1):
            same, trace = pair.traced("/menu")
    assert same == menu, "a dial never changes an answer"
    [proof] = trace.named("menu.proofread")
    assert proof["service"] == "menu-printer"
    [taste] = [span for span in trace.named("flask.request") if span["service"] == "taster"]
    assert taste["parent_id"] == proof["span_id"]
    wait_until(lambda: calls_by_the_back_door() == before + 1)
