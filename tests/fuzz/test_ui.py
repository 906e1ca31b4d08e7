"""Every route of the UI, asked as nobody should, with a collector that holds odd traces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import hostile
from tests.fuzz.exchange import FUZZING, check, exchange
from tests.fuzz.samples import PARAMETERS
from tests.servers import Server
from ui.app import create_app

RULES = sorted({rule.rule for rule in create_app("http://127.0.0.1:1").url_map.iter_rules()})
IDS = ["1", "2", "4", f"{1:032x}", f"{2:032x}", f"{3:032x}", f"{4:032x}", "base.css"]
LISTS = [
    '["web", "GET /"]',
    '["web", "op", "GET /"]',
    '[[["a"]]]',
    '{"a": 1, "b": 2}',
    "[" * 20_000,
]
NAMES = (
    *("q", "last", "from", "to", "service", "resource", "order", "cursor", "tab", "node", "hide"),
    *("sort", "chosen", "a_q", "a_from", "a_to", "a_version", "a_more", "b_q", "b_from", "b_to"),
    *("route", "view", "paths", "swap", "change", "op", "way", "by", "all", "away", "run", "span"),
    *("b_version", "b_more", "present", "tag", "duration", "error", "min", "max", "theme"),
)
"""Parameters of all the pages."""


@pytest.mark.parametrize("rule", RULES)
def test_every_route(ui: Server, rule: str) -> None:
    @FUZZING
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        path = "/".join(
            data.draw(hostile.segments(IDS)) if "<" in part else part for part in rule.split("/")
        )
        query = data.draw(hostile.queries(NAMES, [*PARAMETERS, *LISTS]))
        method = data.draw(st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "BREW"]))
        answer = exchange(ui, method, f"{path}?{query}", data.draw(hostile.HEADERS))
        check(ui, answer, json_errors=False)

    ask()
