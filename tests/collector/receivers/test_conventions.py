"""What our span says of a foreign one, by its attributes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.impossible_time import has_impossible_time
from collector.model import Event, Link, Span
from collector.receivers.conventions import span_of
from collector.receivers.payload import SpanError


def span(**changes: Any) -> Span:
    """Return our span of a foreign one in which only this is special."""
    fields: dict[str, Any] = {
        "span_id": 2,
        "parent_id": 1,
        "service": "web",
        "name": "op",
        "kind": "",
        "start": 10,
        "duration": 5,
        "error": None,
        "attributes": {},
    }
    return span_of(**(fields | changes))


def test_what_the_format_says_is_kept() -> None:
    events, links = [Event(11, "retry")], [Link("1" * 32, 7)]
    attributes = {"a": 1, "b": "x", "c": [1, "y", {"z": None}], "d": True, "e": {"f": 1.5}}
    got = span(kind="client", error=True, attributes=attributes, events=events, links=links)
    assert (got.span_id, got.parent_id, got.service, got.name) == (2, 1, "web", "op")
    assert (got.start, got.duration, got.error) == (10, 5, 1)
    assert got.tags == {
        "a": 1,
        "b": "x",
        "c": '[1,"y",{"z":null}]',
        "d": "true",
        "e": '{"f":1.5}',
        "span.kind": "client",
    }
    assert (got.events, got.links) == ((Event(11, "retry"),), (Link("1" * 32, 7),))


def test_what_has_no_name_gets_one() -> None:
    got = span(service="", name="")
    assert (got.service, got.name, got.resource) == (
        *("unnamed-service", "unnamed-operation", "unnamed-operation"),
    )


@pytest.mark.parametrize(
    ("attributes", "type_", "resource"),
    [
        ({}, "", "op"),
        (
            {"http.request.method": "GET", "http.route": "/beers/<name>"},
            "http",
            "GET /beers/<name>",
        ),
        ({"http.method": "GET", "http.target": "/beers?page=2"}, "http", "GET /beers"),
        ({"http.method": "PUT", "http.url": "http://a:1/b/c?d#e"}, "http", "PUT /b/c"),
        ({"http.request.method": "GET", "url.full": "http://a:1"}, "http", "GET /"),
        ({"http.request.method": "GET", "url.path": "/x"}, "http", "GET /x"),
        ({"http.request.method": "_OTHER", "url.path": "/x"}, "http", "HTTP /x"),
        ({"http.path": "/x", "http.status_code": "200"}, "http", "HTTP /x"),
        ({"http.method": "GET", "http.url": "http://["}, "http", "op"),
        ({"http.method": "GET"}, "http", "op"),
        (
            {
                "http.method": "GET",
                "url.path": "/x",
                "http.status_code": 404,
                "span.kind": "server",
            },
            *("http", "GET 404"),
        ),
        (
            {
                "http.method": "GET",
                "url.path": "/x",
                "http.status_code": 404,
                "span.kind": "client",
            },
            *("http", "GET /x"),
        ),
        ({"db.system": "postgresql", "db.statement": "SELECT 1"}, "sql", "SELECT 1"),
        ({"db.system.name": "mysql", "db.query.text": "SELECT 2"}, "sql", "SELECT 2"),
        ({"db.type": "sql", "db.statement": "SELECT 3"}, "sql", "SELECT 3"),
        ({"sql.query": "SELECT 4"}, "sql", "SELECT 4"),
        ({"db.system": "redis", "db.statement": "GET ?"}, "redis", "GET ?"),
        ({"db.system": "mongodb", "db.operation": "find"}, "mongodb", "find"),
        (
            {
                "db.system.name": "aws.dynamodb",
                "db.operation.name": "Query",
                "db.collection.name": "beers",
            },
            *("dynamodb", "Query beers"),
        ),
        ({"db.system": "neo4j"}, "db", "op"),
        ({"rpc.system": "grpc", "rpc.service": "b.Bar", "rpc.method": "Sip"}, "rpc", "b.Bar/Sip"),
        ({"rpc.system.name": "grpc", "rpc.method": "b.Bar/Sip"}, "rpc", "b.Bar/Sip"),
        ({"messaging.system": "kafka"}, "messaging", "op"),
        (
            {
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.destination.name": "orders",
            },
            *("messaging", "send orders"),
        ),
        ({"message_bus.destination": "orders"}, "messaging", "orders"),
        ({"span.type": "web", "resource.name": "GET /a", "http.method": "GET"}, "web", "GET /a"),
    ],
)
def test_type_and_resource_come_from_the_attributes(
    attributes: dict[str, object], type_: str, resource: str
) -> None:
    got = span(attributes=attributes)
    assert (got.type, got.resource) == (type_, resource)
    assert attributes.items() <= got.tags.items()


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({}, 0),
        ({"error": ""}, 1),
        ({"error": "no such beer"}, 1),
        ({"error": True}, 1),
        ({"error": "true"}, 1),
        ({"error": False}, 0),
        ({"error": "FALSE"}, 0),
        ({"http.status_code": 500}, 1),
        ({"http.response.status_code": "503"}, 1),
        ({"http.response.status_code": 404}, 0),
        ({"otel.status_code": "ERROR"}, 1),
        ({"otel.status_code": "OK", "http.status_code": 500}, 0),
    ],
)
def test_errors_are_found_unless_the_format_says(attributes: dict[str, object], error: int) -> None:
    assert span(attributes=attributes).error == error
    assert span(attributes=attributes, error=True).error == 1
    assert span(attributes=attributes, error=False).error == 0


@pytest.mark.parametrize(
    ("attributes", "events", "type_", "message"),
    [
        ({}, [], None, None),
        ({"error": "no beer"}, [], None, "no beer"),
        ({"error": "true"}, [], None, None),
        ({"otel.status_description": "no beer", "error": "x"}, [], None, "no beer"),
        ({"error.type": "500", "error.message": "mine"}, [("ValueError", "no")], "500", "mine"),
        ({}, [("KeyError", "first"), ("ValueError", "last")], "ValueError", "last"),
    ],
)
def test_why_it_is_an_error_is_under_one_name(
    attributes: dict[str, object],
    events: list[tuple[str, str]],
    type_: str | None,
    message: str | None,
) -> None:
    exceptions = [
        Event(11, "exception", {"exception.type": kind, "exception.message": text})
        for kind, text in events
    ]
    got = span(error=True, attributes=attributes, events=exceptions)
    assert (got.tags.get("error.type"), got.tags.get("error.message")) == (type_, message)
    assert "error.message" not in span(error=False, events=exceptions).tags


@pytest.mark.parametrize(
    ("kind", "tag", "kept"),
    [
        ("server", "client", "server"),
        ("CLIENT", None, "client"),
        ("", "PRODUCER", "producer"),
        ("", None, None),
        ("", "other", "other"),
    ],
)
def test_the_kind_is_a_tag(kind: str, tag: str | None, kept: str | None) -> None:
    attributes = {} if tag is None else {"span.kind": tag}
    assert span(kind=kind, attributes=attributes).tags.get("span.kind") == kept


def test_screens_find_what_has_an_old_name() -> None:
    tags = span(attributes={"http.status_code": 200, "service.version": "step-10"}).tags
    assert (tags["http.response.status_code"], tags["version"]) == (200, "step-10")
    both = {"service.version": "1", "version": "2", "http.status_code": "200"}
    both["http.response.status_code"] = "201"
    assert span(attributes=both).tags == both


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"span_id": 0}, "zero_span_id"),
        ({"span_id": 2**64}, "huge_span_id"),
        ({"parent_id": -1}, "negative_parent_id"),
    ],
)
def test_a_span_that_cannot_be_is_refused(changes: dict[str, int], kind: str) -> None:
    with pytest.raises(SpanError) as caught:
        span(**changes)
    assert caught.value.kind == kind


def test_times_that_cannot_be_are_kept_within_bounds() -> None:
    odd = span(start=2**70, duration=-5)
    assert (odd.start, odd.duration) == (limits.NANOSECONDS - 1, -5)
    assert has_impossible_time(odd, arrived=1_800_000_000 * 10**9)


def test_everything_is_cut_at_the_limits() -> None:
    long = "x" * 200_000
    got = span(
        service=long, name=long, attributes={"db.statement": long, "span.type": long, long: 1}
    )
    assert len(got.service) == len(got.name) == len(got.type) == limits.NAME_CHARS
    assert len(got.resource) == limits.RESOURCE_CHARS
    many = span(
        attributes={str(n): n for n in range(5_000)},
        events=[Event(1, "e")] * 5_000,
        links=[Link("1" * 32, 1)] * 5_000,
    )
    assert len(many.tags) == len(many.events) == len(many.links) == limits.TAGS


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(["a", {}])
KEYS = st.sampled_from(
    [
        *("http.method", "http.request.method", "http.url", "url.full", "http.target"),
        *("http.route", "http.status_code", "db.system", "db.statement", "rpc.system"),
        *("rpc.service", "messaging.system", "messaging.operation", "error", "span.kind"),
        *("span.type", "resource.name", "otel.status_code", "service.version"),
    ]
)


@given(
    st.dictionaries(KEYS | st.text(max_size=5), VALUES), st.text(), st.sampled_from([None, True])
)
def test_no_attributes_whatsoever_make_it_fail(
    attributes: dict[str, object], kind: str, error: bool | None
) -> None:
    got = span(attributes=attributes, kind=kind, error=error)
    assert got.resource
    assert attributes.keys() <= got.tags.keys()
