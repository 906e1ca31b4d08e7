"""Traces leave as files and come back, over HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.files import file_import
from collector.files.formats import FORMATS
from collector.files.unpacking import Unpacking
from collector.http import imports
from collector.model import Chunk, Event, Link, Span
from collector.store.trace_store import TraceStore
from tests.collector.chunks import chunk

Get = Callable[..., Any]
TRACE = "a" * 32
T0 = 1_700_000_000_000_000_000


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    """A request over two services, and many small ones of another time."""
    tags = {"span.kind": "server", "http.response.status_code": 200}
    spans = [
        Span(1, 0, "web", "flask.request", "GET /pair", "http", T0, 10**8, 0, tags),
        Span(2, 1, "db", "query", "SELECT `1`", "sql", T0 + 10**6, 10**7, 1, {"rows": 3}),
        Span(3, 2, "db", "fetch", "fetch", "", T0 + 2 * 10**6, 10**6),
        Span(4, 1, "db", "query", "SELECT `1`", "sql", T0 + 3 * 10**7, 10**7),
    ]
    spans[0].events = (Event(T0 + 5, "retry", {"n": 1}),)
    spans[0].links = (Link("b" * 32, 7),)
    store.add([Chunk(TRACE, spans), *(chunk(number, 1, 2) for number in range(1, 61))])


@pytest.mark.parametrize("name", FORMATS)
def test_a_trace_comes_back_from_every_format(
    client: FlaskClient, store: TraceStore, name: str
) -> None:
    file = client.get(f"/api/trace/{TRACE}/export", query_string={"format": name})
    assert file.status_code == 200
    ending = FORMATS[name].ending
    assert file.headers["Content-Disposition"] == f'attachment; filename="trace-{TRACE}.{ending}"'
    answer = client.post("/api/import", data=file.data)
    assert answer.status_code == 200, answer.text
    counts = {name: answer.json[name] for name in ("spans", "already_stored", "rejected")}
    assert counts == {"spans": 4, "already_stored": 4, "rejected": 0}
    assert answer.json["trace_id"] == TRACE
    stored = store.find(TRACE)
    assert stored is not None
    assert stored.summary().spans == 4


def test_a_subtree_or_a_single_span_can_be_exported(client: FlaskClient) -> None:
    def names(**parameters: str) -> list[str]:
        answer = client.get(
            f"/api/trace/{TRACE}/export", query_string={"format": "json"} | parameters
        )
        (trace,) = json.loads(answer.data)["traces"]
        return [span["name"] for span in trace["spans"]]

    assert names(span="2") == ["query", "fetch"]
    assert names(span="2", only="1") == ["query"]
    assert len(names()) == 4


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_of_a_span_alone_everything_is_said(client: FlaskClient, form: str) -> None:
    """3 has nothing below it: with all below it is still drawn."""
    path = f"/api/trace/{TRACE}/export?format={form}&span=3"
    assert "1 span in 1 ms." in client.get(path).text
    assert "span: 0000000000000003" in client.get(f"{path}&only=1").text


def test_a_search_is_exported_oldest_first_within_its_bound(client: FlaskClient) -> None:
    answer = client.get("/api/export", query_string={"format": "json", "q": "name:op", "limit": 10})
    exported = [trace["trace_id"] for trace in json.loads(answer.data)["traces"]]
    assert exported == [f"{number:032x}" for number in range(51, 61)]
    assert (answer.headers["Exported-Traces"], answer.headers["Matched-Traces"]) == ("10", "60")


def test_a_search_without_matches_is_an_empty_file(client: FlaskClient) -> None:
    for name in FORMATS:
        answer = client.get("/api/export", query_string={"format": name, "q": "name:nothing"})
        assert answer.status_code == 200
        assert name == "otlp-lines" or json.loads(answer.data) is not None


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        (f"/api/trace/{TRACE}/export?format=pdf", 400, "format must be one of"),
        ("/api/export?format=text", 400, "format must be one of"),
        ("/api/export?limit=100000", 400, "limit must be between"),
        (f"/api/trace/{TRACE}/export?span=99", 404, "has no span"),
        (f"/api/trace/{'d' * 32}/export", 404, "is stored"),
    ],
)
def test_what_cannot_be_exported_is_said(
    client: FlaskClient, path: str, status: int, reason: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert reason in answer.json["error"]


def test_a_file_may_arrive_in_pieces(client: FlaskClient, store: TraceStore) -> None:
    file = client.get("/api/export", query_string={"format": "jaeger", "q": "name:op"}).data
    third = len(file) // 3
    answer = client.post("/api/import?more=1", data=file[:third]).json
    number = answer["import"]
    answer = client.post(f"/api/import/{number}?more=1", data=file[third : 2 * third]).json
    assert answer["bytes"] == 2 * third
    answer = client.post(f"/api/import/{number}", data=file[2 * third :]).json
    assert (answer["spans"], answer["traces"], answer["import"]) == (120, 60, None)
    # 60 traces are too many to name, so they are found by time.
    assert answer["search"] == {
        "q": "synthetic:any inferred:any",
        "from": str(10**18),
        "to": str(10**18 + 1),
    }
    again = client.post(f"/api/import/{number}", data=b"")
    assert again.status_code == 404


@pytest.mark.parametrize("is_search", [False, True], ids=["a trace", "a search's answer"])
def test_zipkins_halves_of_a_call_and_forms_of_an_id_are_one_trace(
    client: FlaskClient, get: Get, is_search: bool
) -> None:
    lower = f"{0xF11E + is_search:016x}"
    whole = f"{7:016x}{lower}"
    call = {"id": "2", "parentId": "1", "duration": 5}
    spans = [
        {**call, "traceId": lower, "kind": "SERVER", "shared": True, "name": "serve"},
        {"traceId": whole, "id": "1", "duration": 9, "name": "root"},
        {"traceId": lower, "id": "3", "parentId": "2", "duration": 2, "name": "inner"},
        {**call, "traceId": whole, "kind": "CLIENT", "name": "call"},
    ]
    timed = [{**span, "timestamp": T0 // 1000 + number} for number, span in enumerate(spans)]
    file = json.dumps([timed] if is_search else timed).encode()
    for stored_before in (0, 4):
        answer = client.post("/api/import", data=file).json
        assert (answer["spans"], answer["already_stored"]) == (4, stored_before)
    trace = get(f"/api/trace/{whole}")
    names = [trace["strings"][name] for name in trace["columns"]["name"]]
    parents = [names[row] if row >= 0 else None for row in trace["columns"]["parent"]]
    assert dict(zip(names, parents, strict=True)) == {
        "root": None,
        "call": "root",
        "serve": "call",
        "inner": "serve",
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_compressed_file_opens_in_pieces(client: FlaskClient, name: str) -> None:
    file = gzip.compress(client.get(f"/api/trace/{TRACE}/export?format={name}").data)
    first = client.post("/api/import?more=1", data=file[:1]).json  # less than tells what it is
    answer = client.post(f"/api/import/{first['import']}", data=file[1:]).json
    assert (answer["bytes"], answer["spans"], answer["trace_id"]) == (len(file), 4, TRACE)


def test_a_few_traces_are_found_by_name(client: FlaskClient, get: Get) -> None:
    file = client.get("/api/export", query_string={"format": "json", "q": "name:op", "limit": 3})
    search = client.post("/api/import", data=file.data).json["search"]
    assert get("/api/traces", **search)["matched"] == 3


@pytest.mark.parametrize(
    ("file", "status", "reason"),
    [
        (b"", 400, "empty"),
        (b" " * 100_000, 400, "begins with blanks only"),
        (b"\x1f\x8bno", 400, "not valid gzip"),
        (gzip.compress(b"{}" * 100, mtime=0)[:-9], 400, "not valid gzip: it ends too early"),
        (gzip.compress(b"GIF89a", mtime=0), 415, "no file with traces"),
        (b"GIF89a", 415, "no file with traces"),
        (b'{"a":1}', 415, "no traces"),
        (b'{"data":[', 400, "cannot be read as JSON"),
        (b'{"data":[]}', 400, "no spans"),
    ],
)
def test_what_is_no_file_with_traces_is_refused(
    client: FlaskClient, file: bytes, status: int, reason: str
) -> None:
    answer = client.post("/api/import", data=file)
    assert answer.status_code == status
    assert reason in answer.json["error"]


def test_spans_that_are_wrong_are_named_and_the_others_stored(client: FlaskClient) -> None:
    spans = [
        {"id": "1", "start": "5", "duration": 1},
        {"id": "x", "start": "5", "duration": 1},
        {"id": "2", "start": "5", "duration": -1},
        {"id": "3", "start": "5"},
        7,
    ]
    answer = client.post("/api/import", json={"traces": [{"trace_id": "e", "spans": spans}]}).json
    assert (answer["spans"], answer["rejected"]) == (2, 3)  # a time that cannot be is no mistake
    assert len(answer["reasons"]) == 3
    assert "span_id is 'x'" in answer["reasons"][0]


def test_columns_come_back_without_tags(client: FlaskClient, get: Get) -> None:
    columns = client.get(f"/api/trace/{3:032x}").data
    answer = client.post("/api/import", data=columns).json
    assert (answer["spans"], answer["trace_id"]) == (2, f"{3:032x}")


def test_a_file_that_is_too_large_once_unpacked_is_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacking = partial(Unpacking, max_bytes=1024 * 1024)
    monkeypatch.setattr(file_import, "Unpacking", unpacking)
    bomb = gzip.compress(b"[" + b" " * 2 * 1024 * 1024)
    answer = client.post("/api/import", data=bomb)
    assert answer.status_code == 413
    assert "larger than 1 MB once unpacked; unpack it first (gunzip)" in answer.json["error"]


def test_nothing_more_is_stored_for_a_client_that_is_gone(client: FlaskClient, get: Get) -> None:
    span = {"id": "1", "start": "5", "duration": 1}
    file = json.dumps({"traces": [{"trace_id": "90e1", "spans": [span]}]}).encode()
    looks = iter([False, True])
    gone = {"waitress.client_disconnected": lambda: next(looks)}
    answer = client.post("/api/import", data=file, environ_overrides=gone)
    assert answer.status_code == 408
    assert client.get("/api/trace/90e1").status_code == 404


def test_imports_that_are_never_finished_make_room(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(imports.MAX_IMPORTS):
        assert client.post("/api/import?more=1", data=b"[").status_code == 200
    busy = client.post("/api/import?more=1", data=b"[")
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "5")
    monkeypatch.setattr(imports, "MAX_SILENCE_S", -1)
    assert client.post("/api/import?more=1", data=b"[").status_code == 200
