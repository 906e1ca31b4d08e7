"""What sends no spans, as a map draws it."""

from __future__ import annotations

from typing import Any

from ui.graph.drawing import draw
from ui.graph.uninstrumented import uninstrumented

MS = 1_000_000
NAMES = {"web": "web", "job": "job"}


def calls(caller: str, name: str, errors: float = 0.0) -> dict[str, Any]:
    duration = {"p50": 2 * MS, "p95": 3 * MS, "p99": 3 * MS}
    return {
        "caller": caller,
        "name": name,
        "type": "http",
        "calls": 4.0,
        "errors": errors,
        "rate": 2.0,
        "duration": duration,
        "q": f"service:{caller}",
    }


def answer(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"uninstrumented": list(rows), "traces": 4.0}


def test_calls_by_several_services_lead_to_one_node() -> None:
    rows = answer(calls("web", "shop.test"), calls("job", "shop.test", errors=1.0))
    [node], arrows = uninstrumented(rows, NAMES, lambda edge: f"/?q={edge['q']}", {"web"})
    assert (node.title, node.under, node.left) == ("shop.test", "4 /s · http", "")
    assert node.full == (
        "shop.test: uninstrumented: it is called, but sends no spans, 8 calls, 1 failed"
    )
    assert node.uninstrumented
    assert node.failing
    assert not node.dim, "one of its callers is not"
    assert [(arrow.caller, arrow.dim, arrow.failing) for arrow in arrows] == [
        ("web", True, False),
        ("job", False, True),
    ]
    assert arrows[1].label == "2 /s ◆ 25 %"
    assert arrows[1].full == ("job → shop.test: 4 calls; p50 2 ms, p95 3 ms; 2 /s; 1 failed (25 %)")
    assert arrows[0].href == "/?q=service:web"


def test_one_with_a_services_name_is_another_node() -> None:
    [node], _ = uninstrumented(answer(calls("web", "job")), NAMES, str, set())
    assert node.key not in NAMES
    assert node.left == "p50 2 ms"
    assert len(draw([node], []).shapes) == 1
