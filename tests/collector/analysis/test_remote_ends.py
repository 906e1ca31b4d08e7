"""What is called and sends nothing."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest

from collector.analysis.remote_ends import RemoteEnds, name_of, remote_ends
from collector.analysis.span_keys import BY_SERVICE
from collector.analysis.trace import read_trace
from collector.model import Span, TagValue
from tests.collector.analysis.traces import span

SHOP = {"server__address": "shop.test", "server__port": 8000}


def ends(*spans: Span) -> RemoteEnds:
    """Return the remote ends in a trace of these spans."""
    trace = read_trace("1" * 32, spans)
    return remote_ends(trace, BY_SERVICE.keys(trace.tree))


def silent(*spans: Span) -> set[str]:
    """Return the names of the remote ends in a trace that send nothing."""
    return set(ends(*spans).uninstrumented())


@pytest.mark.parametrize(
    ("tags", "name", "search"),
    [
        ({"peer.service": "shop", "server.address": "a"}, "shop", 'peer.service:"shop"'),
        (
            {"server.address": "shop.test", "server.port": 8000},
            *("shop.test:8000", 'server.address:"shop.test" server.port:"8000"'),
        ),
        (
            {"net.peer.name": "shop.test", "net.peer.port": "80"},
            *("shop.test:80", 'net.peer.name:"shop.test" net.peer.port:"80"'),
        ),
        ({"out.host": "shop.test"}, "shop.test", 'out.host:"shop.test"'),
        ({"out.host": "shop:1", "out.port": 1}, "shop:1", 'out.host:"shop:1"'),
        (
            {"net.peer.ip": "::1", "net.peer.port": 1},
            *("[::1]:1", 'net.peer.ip:"::1" net.peer.port:"1"'),
        ),
        ({"http.url": "http://me:secret@a.test:1/b"}, "a.test:1", "span.kind:client"),
        ({"url.full": "http://["}, "", ""),
        ({"aws.xray.namespace": "aws"}, "GET", 'name:"GET"'),
        ({"db.system": "sqlite"}, "sqlite", 'db.system:"sqlite"'),
        ({"messaging.system": "kafka"}, "kafka", 'messaging.system:"kafka"'),
        ({"peer.service": 'a"b\\'}, 'a"b\\', 'peer.service:"a\\"b\\\\"'),
        ({}, "", ""),
    ],
)
def test_a_remote_end_is_named_by_the_calls_tags(
    tags: dict[str, TagValue], name: str, search: str
) -> None:
    call = span(2, 1, 1, 5, name="GET")
    call.tags = tags
    assert name_of(call) == (name, search)


def test_a_call_that_nobody_answers_is_one_to_the_outside() -> None:
    call = span(2, 1, 1, 5, kind="client", type="http", error=1, **SHOP)
    found = ends(span(1, 0, 0, 9), call, span(3, 1, 6, 8, kind="client", type="http", **SHOP))
    end = found.uninstrumented()["shop.test:8000"]
    assert end.type == "http"
    assert end.callers.keys() == {"web"}
    assert (end.callers["web"].calls, end.callers["web"].errors) == (2000, 1000)
    assert end.callers["web"].duration == 6_000_000 * 1000


@pytest.mark.parametrize("kind", ["", "server", "consumer", "internal"])
def test_only_clients_and_producers_call(kind: str) -> None:
    assert not silent(span(1, 0, 0, 9), span(2, 1, 1, 5, kind=kind, **SHOP))


def test_a_producer_calls_its_queue() -> None:
    queue = span(2, 1, 1, 5, kind="producer", messaging__system="kafka")
    assert silent(span(1, 0, 0, 9), queue) == {"kafka"}


@pytest.mark.parametrize("more", [{"service": "shop"}, {"kind": "server"}])
def test_what_answers_is_not_silent(more: dict[str, str]) -> None:
    call = span(2, 1, 1, 5, kind="client", **SHOP)
    assert not silent(span(1, 0, 0, 9), call, span(3, 2, 2, 4, **more))


def test_of_a_client_in_a_client_the_inner_one_counts() -> None:
    outer = span(2, 1, 1, 5, kind="client", server__address="proxy.test")
    assert silent(span(1, 0, 0, 9), outer, span(3, 2, 2, 4, kind="client", **SHOP)) == {
        "shop.test:8000"
    }


def test_a_span_whose_service_is_the_remote_end_says_enough() -> None:
    query = span(2, 1, 1, 5, kind="client", service="db", out__host="db.test")
    assert not silent(span(1, 0, 0, 9), query)


def test_what_answers_once_is_known_when_it_is_down_in_other_traces() -> None:
    call = span(2, 1, 1, 5, kind="client", **SHOP)
    up = ends(span(1, 0, 0, 9), call, span(3, 2, 2, 4, kind="server", service="shop"))
    down = ends(span(1, 0, 0, 9), call)
    assert down.uninstrumented()
    for order in permutations([up, down, RemoteEnds()]):
        total = RemoteEnds()
        total.add_all(order)
        assert not total.uninstrumented()
    assert down.uninstrumented(), "adding leaves what was added as it was"


def test_sums_of_sums_are_the_sum_of_the_whole_and_can_be_kept() -> None:
    parts = [
        ends(span(1, 0, 0, 9, service=service), span(2, 1, 1, n, kind="client", service=service))
        if n == 2
        else ends(
            span(1, 0, 0, 9, service=service),
            span(2, 1, 1, n, kind="client", service=service, **SHOP),
        )
        for n, service in ((2, "a"), (3, "a"), (4, "b"), (5, "b"))
    ]
    whole, half, other = RemoteEnds(), RemoteEnds(), RemoteEnds()
    whole.add_all(parts)
    half.add_all(parts[:2])
    other.add_all(parts[2:])
    other.add_all([msgspec.msgpack.decode(msgspec.msgpack.encode(half), type=RemoteEnds)])
    assert other == whole
    assert whole.silent["shop.test:8000"].callers.keys() == {"a", "b"}
