"""What the API says about searches as people type them, and ids as they paste them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings

from collector.model import Chunk, Span
from collector.store.append import flush_recent
from collector.store.trace_store import TraceStore
from tests.collector.search.test_typed_searches import MISTAKES
from tests.collector.search.test_write import TEXTS
from tests.collector.stores import Stores

Get = Callable[..., Any]
WHOLE = "4bf92f3577b34da6a3ce929d0e0e4736"
HALF = WHOLE[16:]
SHORT = "00000000000000000123456789abcdef"
SPAN = "00f067aa0ba902b7"
TAGS = {"http.request.method": "GET", "cache.hit": "true", "rows": 60, "isbn": "9783161484100"}
START = 10**18


@pytest.fixture(scope="module")
def store(module_stores: Stores, on_disk: bool) -> Iterator[TraceStore]:
    """A store with two traces; its index is in memory or on disk."""

    def span(span_id: int, resource: str) -> Span:
        name, start = "flask.request", START + span_id % 1000
        return Span(span_id, 0, "web", name, resource, "http", start, 5, 0, dict(TAGS))

    with module_stores.open() as made:
        made.add([Chunk(WHOLE, [span(int(SPAN, 16), "GET /beers")])])
        made.add([Chunk(SHORT, [span(7, "SELECT * FROM beer")])])
        if on_disk:
            flush_recent(made.partitions()[0])
        yield made


@pytest.mark.parametrize(
    ("pasted", "trace_id"),
    [
        (WHOLE, WHOLE),
        (WHOLE.upper(), WHOLE),
        (f"  {WHOLE}\n", WHOLE),
        (f"\ufeff{WHOLE}\u200b", WHOLE),
        (f"“{WHOLE}”", WHOLE),
        (f"{WHOLE}.", WHOLE),
        (f"0x{WHOLE}", WHOLE),
        (f"0X{WHOLE.upper()}", WHOLE),
        (str(UUID(WHOLE)), WHOLE),
        (f"{{{str(UUID(WHOLE)).upper()}}}", WHOLE),
        (f"00-{WHOLE}-{SPAN}-01", WHOLE),
        (f"00-{WHOLE}-{SPAN}-01".upper(), WHOLE),
        (f"traceparent: 00-{WHOLE}-{SPAN}-01", WHOLE),
        (f"Traceparent:00-{WHOLE}-{SPAN}-01", WHOLE),
        (f"-H 'traceparent: 00-{WHOLE}-{SPAN}-01'", WHOLE),
        (f"traceresponse: 00-{WHOLE}-{SPAN}-01", WHOLE),
        (f'"traceparent": "00-{WHOLE}-{SPAN}-01",', WHOLE),
        (f"b3: {WHOLE}-{SPAN}-1", WHOLE),
        (f"X-B3-TraceId: {WHOLE}", WHOLE),
        (f"uber-trace-id: {WHOLE}:{SPAN}:0:1", WHOLE),
        (f"X-Amzn-Trace-Id: Root=1-{WHOLE[:8]}-{WHOLE[8:]};Sampled=1", WHOLE),
        (f"trace_id={WHOLE}", WHOLE),
        (f'"trace_id": "{WHOLE}"', WHOLE),
        (f"trace id: {WHOLE}", WHOLE),
        (HALF, WHOLE),
        (HALF.upper(), WHOLE),
        (str(int(HALF, 16)), WHOLE),
        (f"x-datadog-trace-id: {int(HALF, 16)}", WHOLE),
        (f"dd.trace_id={int(HALF, 16)}", WHOLE),
        (str(int(WHOLE, 16)), WHOLE),
        (SHORT, SHORT),
        (SHORT[16:], SHORT),
        (SHORT[16:].lstrip("0"), SHORT),
        (str(int(SHORT, 16)), SHORT),
        ("f" * 16 + SHORT[16:], SHORT),
        (f"http://localhost:8080/trace/{WHOLE}", WHOLE),
        (f"https://ui.example/trace/{WHOLE}/graph?present=1#top", WHOLE),
        (f"http://localhost:9411/zipkin/traces/{HALF}", WHOLE),
        (f"http://[::1]:8080/trace/{WHOLE}?span={SPAN}", WHOLE),
    ],
)
def test_any_form_of_an_id_opens_its_trace(get: Get, pasted: str, trace_id: str) -> None:
    assert get("/api/search", q=pasted)["opens"]["trace_id"] == trace_id


@pytest.mark.parametrize(
    "pasted", [SPAN, SPAN.upper(), f"0x{SPAN}", str(int(SPAN, 16)), f"span_id={SPAN}"]
)
def test_the_id_of_a_span_opens_its_trace_at_the_span(get: Get, pasted: str) -> None:
    assert get("/api/search", q=pasted)["opens"] == {"trace_id": WHOLE, "span_id": SPAN}


def test_an_address_opens_the_span_it_names(get: Get) -> None:
    address = f"http://localhost:8080/trace/{WHOLE}?span="
    assert get("/api/search", q=address + SPAN)["opens"]["span_id"] == SPAN
    assert get("/api/search", q=address + "1" * 16)["opens"]["span_id"] is None


@pytest.mark.parametrize(
    "pasted", ["f" * 32, "f" * 16, "9" * 20, f"traceparent: 00-{'1' * 32}-{SPAN}-01"]
)
def test_an_id_that_is_not_stored_is_a_search_that_says_so(get: Get, pasted: str) -> None:
    answer = get("/api/search", q=pasted)
    assert (answer["opens"], answer["is_id"]) == (None, True)
    assert get("/api/traces", q=pasted)["matched"] == 0


def test_a_number_among_words_is_a_word_and_an_id(get: Get) -> None:
    assert get("/api/traces", q=f"{int(HALF, 16)} service:web")["matched"] == 1
    assert get("/api/traces", q=f"service:web {HALF}")["matched"] == 1


@pytest.mark.parametrize(
    "form", [WHOLE.upper(), f"0x{WHOLE}", str(UUID(WHOLE)), HALF, str(int(WHOLE, 16)), WHOLE]
)
def test_a_trace_is_addressed_by_any_form_of_its_id(get: Get, form: str) -> None:
    assert get(f"/api/trace/{form}/summary")["trace_id"] == WHOLE


def test_no_id_is_no_address(client: FlaskClient) -> None:
    assert client.get("/api/trace/beer/summary").status_code == 400
    assert client.get(f"/api/trace/{'9' * 32}/summary").status_code == 404
    assert client.get(f"/api/trace/{'9' * 39}/summary").status_code == 400


@pytest.mark.parametrize(
    ("typed", "message", "searches"),
    [
        ("servce:web", "no tag servce; did you mean service?", ["service:web"]),
        ("Servce = web error:1", "no tag Servce; did you mean service?", ["service = web error:1"]),
        ("ROWS:>5", "no tag ROWS; did you mean rows?", ["rows:>5"]),
        ("cache_hit:true", "no tag cache_hit; did you mean cache.hit?", ["cache.hit:true"]),
        ("method:*", "no tag method; did you mean http.request.method?", ["http.request.method:*"]),
        ("stats:500", "no tag stats; did you mean status?", ["status:500"]),
        ("@rowz:1", "no tag @rowz; did you mean rows?", ["rows:1"]),
        ("quux:1", "no tag quux", []),
        ("quux:1 OR service:web", "no tag quux", []),
        ("service:Web", "no service Web; did you mean web?", ["service:web"]),
        ("-service:Web", "no service Web; did you mean web?", ["-service:web"]),
        ("Service: wbe", "no service wbe; did you mean web?", ["Service: web"]),
        ("cache.hit:True", "no span has cache.hit:True; did you mean true?", ["cache.hit:true"]),
        (
            "root.resource:'GET /bears'",
            "no resource GET /bears; did you mean GET /beers?",
            ['root.resource:"GET /beers"'],
        ),
        (
            "resource:SELECT * FROM beer",
            'a value of several words needs quotes: "SELECT * FROM beer"',
            ['resource:"SELECT * FROM beer"'],
        ),
        (
            "resource:SELECT * FROM error:0",
            'a value of several words needs quotes: "SELECT * FROM"',
            ['resource:"SELECT * FROM"* error:0'],
        ),
        (
            "not taster",
            "not is read as a word here; NOT in capitals excludes what follows",
            ["NOT taster"],
        ),
    ],
)
def test_a_term_that_nothing_can_match_is_doubted(
    get: Get, typed: str, message: str, searches: list[str]
) -> None:
    assert get("/api/search", q=typed)["doubts"][:1] == [{"message": message, "searches": searches}]


@pytest.mark.parametrize(
    "typed",
    [
        *("", "service:web", "rows:60", "status:500", "isbn:*", "duration:>1h", "beer", "error:1"),
        *("operation:flask.request", "service:w*", "_exists_:rows", "*:*", "-rows:1", "rows:!=1"),
    ],
)
def test_a_search_that_can_match_is_not_doubted(get: Get, typed: str) -> None:
    assert get("/api/search", q=typed)["doubts"] == []


@pytest.mark.parametrize(
    ("typed", "reads_as"),
    [
        ("service:web error:1", None),
        ('(service:"web") AND NOT error:1', None),
        ("Service = web", "service:web"),
        ("status:500", 'http.response.status_code:500 OR "http.status_code":500 OR "status":500'),
        ("synthetic:any Service:web", "service:web synthetic:any"),
        ("synthetic:yes", "user_agent.synthetic.type:test"),
        ("* OR synthetic:all", "(* OR *) synthetic:any"),
    ],
)
def test_what_was_understood_is_said(get: Get, typed: str, reads_as: str | None) -> None:
    answer = get("/api/search", q=typed)
    assert answer["as_typed"] == (reads_as is None)
    if reads_as:
        assert answer["reads_as"] == reads_as
        for path in ("/api/traces", "/api/summary"):
            assert get(path, q=typed) == get(path, q=reads_as)


@pytest.mark.parametrize(("typed", "problem", "corrections"), MISTAKES)
def test_a_refusal_has_its_corrections_in_fields(
    client: FlaskClient, typed: str, problem: str, corrections: list[str]
) -> None:
    for path, name in (("/api/traces", "q"), ("/api/search", "q"), ("/api/compare", "a_q")):
        answer = client.get(path, query_string={name: typed})
        assert answer.status_code == 400
        assert answer.json["parameter"] == name
        assert problem in answer.json["problem"]
        assert answer.json["searches"] == corrections
        assert all(correction in answer.json["error"] for correction in corrections)
        assert f"at character {answer.json['position'] + 1}" in answer.json["error"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_no_search_is_the_server_s_fault(client: FlaskClient, text: str) -> None:
    for path in ("/api/search", "/api/traces"):
        assert client.get(path, query_string={"q": text}).status_code in (200, 400)
