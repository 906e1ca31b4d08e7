"""Requests are counted as active until they are answered, however they end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from collector.http import active_requests
from collector.http.active_requests import ActiveRequests


@pytest.fixture
def served() -> tuple[ActiveRequests, FlaskClient, list[bool]]:
    """An app that records whether it is quiet whenever it serves a request."""
    app = Flask("served")
    subject = ActiveRequests(app)
    quiet: list[bool] = []

    @app.get("/")
    def answer() -> str:
        quiet.append(subject.is_quiet(0))
        return "ok"

    @app.get("/elsewhere")
    def elsewhere() -> str:
        with subject.elsewhere():
            quiet.append(subject.is_quiet(0))
        quiet.append(subject.is_quiet(0))
        return "ok"

    @app.get("/broken")
    def broken() -> str:
        quiet.append(subject.is_quiet(0))
        raise ZeroDivisionError

    @app.get("/stream")
    def stream() -> Response:
        def parts() -> Iterator[bytes]:
            quiet.append(subject.is_quiet(0))
            yield b"x"

        return Response(parts())

    return subject, app.test_client(), quiet


def test_it_is_quiet_when_nobody_is_served(
    served: tuple[ActiveRequests, FlaskClient, list[bool]],
) -> None:
    subject, client, quiet = served
    assert subject.is_quiet(0)
    for path in ("/", "/broken", "/nowhere"):
        client.get(path)
        assert subject.is_quiet(0)
        assert not subject.is_quiet(3600)
    assert quiet == [False, False]


def test_a_stream_does_not_count_while_it_waits(
    served: tuple[ActiveRequests, FlaskClient, list[bool]],
) -> None:
    _, client, quiet = served
    assert client.get("/stream").data == b"x"
    assert quiet == [True]


def test_long_work_gives_way_only_to_others(
    served: tuple[ActiveRequests, FlaskClient, list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, _, _ = served
    pauses: list[float] = []
    monkeypatch.setattr(active_requests.time, "sleep", pauses.append)
    for _ in range(2):
        subject.enter()
        subject.give_way()
    assert pauses == [0, active_requests._PAUSE_S]


def test_a_request_that_another_process_works_on_does_not_count(
    served: tuple[ActiveRequests, FlaskClient, list[bool]],
) -> None:
    subject, client, quiet = served
    client.get("/elsewhere")
    assert quiet == [True, False]
    assert subject.is_quiet(0)
