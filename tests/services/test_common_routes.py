"""The dials over HTTP: shown with their reasons, turned on this machine only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from services import common_routes
from services.dials import DIALS, dials
from tests.services.pair import Pair


@pytest.fixture
def client() -> Iterator[Any]:
    app = Flask(__name__)
    common_routes.add_to(app, "taster")
    before = dials.TASTE_MS
    yield app.test_client()
    dials.turn("taster", {"TASTE_MS": before})


def test_each_service_shows_its_own_dials(pair: Pair) -> None:
    shown = {}
    for server in (pair.web, pair.taster):
        answer = pair.http.get(f"{server.url}/dials", timeout=5).json()
        shown[answer["service"]] = answer["dials"]
    assert shown["web"].keys() | shown["taster"].keys() == DIALS.keys()
    assert shown["web"].keys() & shown["taster"].keys() == {"TASTE_THREADS"}
    assert shown["taster"]["PALATES"] == {
        "value": 1,
        "default": 1,
        "low": 1,
        "high": 64,
        "why": "#7: requests that may taste at the same time",
    }


def test_turning_a_dial_says_what_changed(client: Any) -> None:
    answer = client.put("/dials", json={"TASTE_MS": 7, "PALATES": 1})
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"changed": {"TASTE_MS": {"from": 25.0, "to": 7.0}}},
    )
    assert dials.TASTE_MS == 7


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"TASTE_MS": "7"}', "TASTE_MS must be a number, not '7'"),
        ('{"TASTE_MS": 7, "TASTE": 1}', "there is no dial 'TASTE'; did you mean TASTE_MS?"),
        ('{"DB_POOL_SIZE": 1}', "DB_POOL_SIZE is a dial of web, this is taster: turn it there"),
        ('{"TASTE_MS": NaN}', "TASTE_MS must be a number, not nan"),
        ('{"TASTE_MS": 1e999}', "TASTE_MS must be a number, not inf"),
        ("[]", "send the dials to turn as application/json"),
        ("{}", "send the dials to turn as application/json"),
        ("7", "send the dials to turn as application/json"),
        ("{", "send the dials to turn as application/json"),
    ],
)
def test_a_wrong_body_changes_nothing(client: Any, body: str, error: str) -> None:
    answer = client.put("/dials", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["error"].startswith(error)
    assert dials.TASTE_MS == 25


def test_a_form_on_some_web_page_cannot_turn_dials(client: Any) -> None:
    answer = client.put("/dials", data='{"TASTE_MS": 7}', content_type="text/plain")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("192.168.1.7", 403)],
)
def test_only_this_machine_may(client: Any, address: str, status: int) -> None:
    environ = {"REMOTE_ADDR": address}
    assert client.get("/dials", environ_base=environ).status_code == status
    answer = client.put("/dials", json={"TASTE_MS": 25}, environ_base=environ)
    assert answer.status_code == status


def test_a_container_can_allow_others(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALS_ANYWHERE", "1")
    assert client.get("/dials", environ_base={"REMOTE_ADDR": "172.17.0.1"}).status_code == 200
