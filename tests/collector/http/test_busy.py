"""Requests under way are counted until they are answered, however they end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from collector.http import busy
from collector.http.busy import Traffic


@pytest.fixture
def served() -> tuple[Traffic, FlaskClient, list[bool]]:
    """An app that notes, whenever it serves somebody, whether it is quiet."""
    app = Flask("served")
    subject = Traffic(app)
    quiet: list[bool] = []

    @app.get("/")
    def answer() -> str:
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
    served: tuple[Traffic, FlaskClient, list[bool]],
) -> None:
    subject, client, quiet = served
    assert subject.is_quiet(0)
    for path in ("/", "/broken", "/nowhere"):
        client.get(path)
        assert subject.is_quiet(0)
        assert not subject.is_quiet(3600)
    assert quiet == [False, False]


def test_a_stream_does_not_count_while_it_waits(
    served: tuple[Traffic, FlaskClient, list[bool]],
) -> None:
    _, client, quiet = served
    assert client.get("/stream").data == b"x"
    assert quiet == [True]


def test_long_work_gives_way_only_to_others(
    served: tuple[Traffic, FlaskClient, list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, _, _ = served
    pauses: list[float] = []
    monkeypatch.setattr(busy.time, "sleep", pauses.append)
    for _ in range(2):
        subject._enter()
        subject.give_way()
    assert pauses == [0, busy._PAUSE]
