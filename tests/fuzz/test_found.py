"""What was once a 5xx, asked again each time."""

from __future__ import annotations

import base64

import pytest

from tests.fuzz.exchange import check, exchange
from tests.servers import Server
from tests.services.pair import Pair

DEEP = b"[" * 450_000 + b"]" * 450_000
"""Too deep for every Python: 3.14 skips what is unknown down to some 300,000."""
JSON = [("Content-Type", "application/json")]
CURSOR = base64.urlsafe_b64encode(b'["newest",1,"a",1,true,' + b"[" * 20_000).decode()


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("POST", "/api/runs", b'{"began": "1", "unknown": ' + DEEP + b"}", 400),
        ("PUT", "/api/runs/1", b'{"began": "1", "unknown": ' + DEEP + b"}", 400),
        ("PUT", "/api/runs/" + "9" * 400, b'{"began": "1"}', 404),
        ("GET", f"/api/traces?cursor={CURSOR}", None, 400),
    ],
)
def test_the_collector(
    server: Server, method: str, target: str, body: bytes | None, status: int
) -> None:
    answer = exchange(server, method, target, JSON, body)
    check(server, answer)
    assert answer.status == status


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/compare/choose?route=" + "[" * 20_000, 302),
        ("/compare?a_from=yesterday", 400),
        ("/what-if/choose?route=" + "[" * 20_000, 302),
        ("/what-if/choose?op=" + "[" * 20_000 + "&way=scale&by=2", 302),
        ("/what-if/answer?q=nothing-has-this-name", 404),
    ],
)
def test_the_ui(ui: Server, target: str, status: int) -> None:
    answer = exchange(ui, "GET", target)
    check(ui, answer, json_errors=False)
    assert answer.status == status


@pytest.mark.parametrize(
    ("service", "method", "target", "body", "status"),
    [
        ("web", "PUT", "/dials", DEEP, 400),
        ("web", "PUT", "/dials", b'{"ATTEMPTS": 1' + b"0" * 400 + b"}", 400),
        ("taster", "PUT", "/dials", DEEP, 400),
        ("taster", "PUT", "/dials", b'{"TASTE_MS": -1' + b"0" * 400 + b"}", 400),
        ("taster", "POST", "/taste", DEEP, 400),
        ("taster", "POST", "/taste", b" " * 2_000_000, 413),
    ],
)
def test_the_services(
    pair: Pair, service: str, method: str, target: str, body: bytes, status: int
) -> None:
    server: Server = getattr(pair, service)
    answer = exchange(server, method, target, JSON, body)
    check(server, answer)
    assert answer.status == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", ["%00", "service:web", "ipa"])
def test_the_front_page_for_odd_names(pair: Pair, method: str, name: str) -> None:
    answer = exchange(pair.web, method, f"/?name={name}")
    check(pair.web, answer, json_errors=False)
    assert answer.status == 200


@pytest.mark.parametrize("target", ["/beers/%00", "/pair/beer?name=%00"])
def test_odd_names_are_unknown_ones(pair: Pair, target: str) -> None:
    answer = exchange(pair.web, "GET", target)
    check(pair.web, answer)
    assert answer.status == 404
