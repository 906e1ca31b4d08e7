"""Opening a file with traces where no script runs, and saving some."""

from __future__ import annotations

import gzip
import io
import json
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browser.spans import pairing
from tests.ui.conftest import PAIRING
from ui.screens import open_file

TRACE = pairing(PAIRING).hex


def file(*traces: str, start: str = "5") -> bytes:
    """Return a file with traces of one span."""
    span = {"id": "1", "start": start, "duration": 1, "service": "from-a-file", "name": "op"}
    return json.dumps(
        {"traces": [{"trace_id": trace_id, "spans": [span]} for trace_id in traces]}
    ).encode()


def opened(client: FlaskClient, content: bytes, **options: str) -> TestResponse:
    return client.post("/open", data={"file": (io.BytesIO(content), "a.json")}, **options)


def test_a_trace_is_opened(client: FlaskClient) -> None:
    answer = opened(client, file("f1"))
    assert (answer.status_code, answer.location) == (303, f"/trace/{'f1':0>32}")
    assert client.get(answer.location).status_code == 200


def test_several_are_found_by_a_search(client: FlaskClient) -> None:
    answer = opened(client, gzip.compress(file("f1", "f2", "f3")))
    assert answer.status_code == 303
    assert len(re.findall(r'<tr data-id="0{30}f', client.get(answer.location).text)) == 3


def test_a_file_of_several_pieces(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_file, "PIECE_BYTES", 50)
    assert opened(client, file("f1")).status_code == 303


def test_what_cannot_be_read_is_named(client: FlaskClient) -> None:
    text = opened(client, file("f4", start="noon")).text
    assert "1 span of the file could not be read" in text
    assert "start is &#39;noon&#39;" in text


def test_what_could_be_read_is_counted(client: FlaskClient) -> None:
    half = json.loads(file("f4"))
    half["traces"] += json.loads(file("f7", start="noon"))["traces"]
    text = opened(client, json.dumps(half).encode()).text
    assert "The other span is stored:" in text
    half["traces"] += json.loads(file("f8"))["traces"]
    assert "The other 2 spans are stored:" in opened(client, json.dumps(half).encode()).text


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"GIF89a", "no file with traces"), (b"\x1f\x8bno", "not valid gzip"), (b"", "empty")],
)
def test_what_is_no_file_with_traces_is_said(
    client: FlaskClient, content: bytes, words: str
) -> None:
    answer = opened(client, content)
    assert answer.status_code == 400
    assert words in answer.text


def test_a_form_without_a_file(client: FlaskClient) -> None:
    assert client.post("/open").status_code == 400


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.parametrize("path", ["/open", "/api/import"])
def test_pages_of_other_sites_can_store_nothing(
    client: FlaskClient, headers: dict[str, str], path: str
) -> None:
    assert client.post(path, data=file("f5"), headers=headers).status_code == 403


def test_the_api_for_files_is_passed_on(client: FlaskClient) -> None:
    first = client.post("/api/import?more=1", data=file("f6")[:9])
    answer = client.post(f"/api/import/{first.json['import']}", data=file("f6")[9:])
    assert (answer.status_code, answer.json["spans"]) == (200, 1)


@pytest.mark.parametrize("page", [f"/trace/{TRACE}", f"/trace/{TRACE}/spans", "/?q=service:web"])
def test_a_trace_and_a_search_can_be_saved(client: FlaskClient, page: str) -> None:
    links = re.findall(r'href="(/api/[^"]*export[^"]*)" download', client.get(page).text)
    assert len(links) == 5
    for link in links:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        json.loads(answer.data)


def test_a_search_that_matches_nothing_has_nothing_to_save(client: FlaskClient) -> None:
    assert "/api/export" not in client.get("/?q=service:nobody").text
