"""The request log: who answered and who called, in lines that need no tracer."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, Response
from requests.adapters import HTTPAdapter

from collector.infer.readers.read import read_records
from collector.infer.records import Record
from collector.infer.rejects import Rejects
from services import common_routes
from tests.collector.infer.recording import recorded_app
from tests.services.pair import running_pair


def records(log: Path) -> list[Record]:
    """The records of a request log, all lines of which must be readable."""
    rejects = Rejects()
    found = list(read_records(log, rejects, "requests"))
    assert rejects.kept == []
    return found


def recorded(folder: Path, redis_url: str, paths: dict[str, str], **env: str) -> list[Record]:
    """The records of requests to web, given their ids by their paths."""
    log = folder / "requests.log"
    quick = {"TASTE_MS": "1", "CONNECT_MS": "0", "SQL_ROUND_TRIP_MS": "0"}
    with running_pair(folder, redis_url, REQUEST_LOG=str(log), **quick, **env) as pair:
        for path, request_id in paths.items():
            pair.get(path, headers={"X-Request-ID": request_id} if request_id else {})
        pair.get("/ping")
    return records(log)


def test_a_call_lies_within_the_request_that_made_it_and_holds_what_it_called(
    tmp_path: Path, redis_url: str
) -> None:
    found = recorded(tmp_path, redis_url, {"/pair/beer?name=ipa": "mine", "/nowhere": ""})
    (root,) = [record for record in found if record.name == "GET /pair/beer"]
    calls = [record for record in found if record.callee]
    tastes = [record for record in found if record.service == "taster"]
    assert len(calls) == len(tastes) == 12
    assert {record.name for record in calls + tastes} == {"GET /taste"}
    assert {record.request_id for record in [root, *calls, *tastes]} == {"mine"}
    assert {record.thread for record in calls} == {root.thread}
    for call, taste in zip(calls, tastes, strict=True):
        assert root.start <= call.start <= taste.start <= taste.end <= call.end <= root.end
    (other,) = [record for record in found if record.name == "GET 404"]
    assert len(other.request_id) == 16


def test_without_ids_none_is_written_or_sent_along(tmp_path: Path, redis_url: str) -> None:
    found = recorded(tmp_path, redis_url, {"/pair/beer?name=ipa": "mine"}, REQUEST_LOG_IDS="0")
    assert len(found) == 25
    assert {record.request_id for record in found} == {""}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app with a request log in the test's folder."""
    monkeypatch.setattr(HTTPAdapter, "send", HTTPAdapter.send)
    monkeypatch.setenv("REQUEST_LOG", str(tmp_path / "requests.log"))
    app = Flask("app")

    @app.get("/slow")
    def slow() -> Response:
        return Response(part for part in (b"one", b"two"))

    @app.get("/broken/<text>")
    def broken(text: str) -> None:
        raise ValueError(text)

    common_routes.add_to(app, "web")
    return app


def test_hostile_ids_and_paths_stay_one_line(app: Flask, tmp_path: Path) -> None:
    client = app.test_client()
    client.get("/broken/\x1b[2J a\nb", headers={"X-Request-ID": "a id=b"})
    client.get("/\x1b[2J%0a to=x", headers={"X-Request-ID": "x" * 5000})
    first, second = records(tmp_path / "requests.log")
    assert (first.name, second.name) == ("GET /broken/<text>", "GET 404")
    assert len(first.request_id) == len(second.request_id) == 16


def test_a_streamed_answer_ends_with_its_last_part(app: Flask, tmp_path: Path) -> None:
    answer = app.test_client().get("/slow", buffered=False)
    assert not (tmp_path / "requests.log").read_text()
    answer.close()
    assert [record.name for record in records(tmp_path / "requests.log")] == ["GET /slow"]


def test_nothing_is_wrapped_where_no_log_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUEST_LOG", raising=False)
    send = HTTPAdapter.send
    app = Flask("app")
    common_routes.add_to(app, "web")
    assert type(app.wsgi_app).__name__ == "AllowedHosts"
    assert HTTPAdapter.send is send


def test_a_log_that_cannot_be_written_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUEST_LOG", str(tmp_path / "no" / "requests.log"))
    with pytest.raises(SystemExit, match=r"No such file or directory\. REQUEST_LOG must name"):
        common_routes.add_to(Flask("app"), "web")


def test_the_span_of_a_request_has_the_id_of_its_line(tmp_path: Path, redis_url: str) -> None:
    with recorded_app(tmp_path, redis_url) as app:
        truth = app.visit(5)
        lines = {record.request_id: record for record in app.records() if not record.callee}
    assert {(r.service, r.line_id) for r in truth.requests} >= {
        (line.service, id_) for id_, line in lines.items()
    }
