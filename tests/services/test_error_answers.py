"""Errors are answered in JSON, with the cause and the cure."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
import requests
from flask import Flask

from services import common_routes, database, outage_answers, tasting
from services.donutdb import DonutDB
from services.menu import FROZEN
from tests.servers import running
from tests.services.pair import Pair, running_pair
from tests.services.postgres import running_postgres
from tests.services.redis_server import running_redis
from tests.services.sink import running_sink, tag
from tutor.ports import any_free


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/pair/beer", 400, "say which 'name', as in /pair/beer?name=ipa"),
        ("/pair/beer?name=%20", 400, "say which 'name', as in /pair/beer?name=ipa"),
        ("/pair/beer?name=ipaa", 404, "there is no beer called 'ipaa'; did you mean ipa?"),
        ("/beers/xyz", 404, "there is no beer called 'xyz'; see /beers for what there is"),
        ("/beers/xyz/reviews", 404, "there is no beer called 'xyz'; see /beers for what there is"),
        ("/donuts/jely", 404, "there is no donut called 'jely'; did you mean jelly?"),
        ("/nowhere", 404, "there is no /nowhere here; / shows what there is"),
    ],
)
def test_a_wrong_request(pair: Pair, path: str, status: int, error: str) -> None:
    answer = pair.get(path)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert not pair.sink.root(answer).get("error"), "the caller's mistake is not the app's error"


def test_the_wrong_method(pair: Pair) -> None:
    answer = pair.http.post(f"{pair.web.url}/beers", timeout=5)
    assert answer.status_code == 405
    assert answer.json()["error"].startswith("POST /beers: ")


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"beer": 3, "donuts": []}', '{"beer": "ipa"}', '{"beer":"ipa","donuts":[1]}'],
)
def test_a_body_that_the_taster_cannot_read(pair: Pair, body: str) -> None:
    answer = pair.http.post(
        f"{pair.taster.url}/taste",
        body,
        headers={"Content-Type": "application/json"},
        timeout=5,
    )
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("send JSON as in")


def test_a_donut_that_the_taster_does_not_know(pair: Pair) -> None:
    url = f"{pair.taster.url}/taste"
    assert pair.http.get(url, timeout=5).status_code == 400
    answer = pair.http.get(url, params={"beer": "ipa", "donut": "baclava"}, timeout=5)
    assert (answer.status_code, answer.json()["did_you_mean"]) == (404, ["baklava"])


def test_a_frozen_donut_is_skipped_and_reported_as_planted(pair: Pair) -> None:
    with pair.turned(TASTE_TIMEOUT_S=0.15, THAW_MS=250):
        frozen, trace = pair.traced("/pair/beer?name=barleywine")
    (excuse,) = frozen["untasted"]
    assert FROZEN in excuse
    assert "planted" in excuse
    failed = [span for span in trace.named("requests.request") if span.get("error")]
    assert len(failed) == 3
    assert all(span["duration"] > 0.14e9 for span in failed)
    (match,) = trace.named("match")
    assert "planted" in match["meta"]
    slow = [span for span in trace.named("flask.request") if tag(span, "planted")]
    assert len(slow) == 3
    assert all(span["duration"] > 0.2e9 for span in slow), "the taster goes on without web"
    assert not trace.root.get("error")
    with pair.turned(THAW_MS=0):
        thawed = pair.get("/pair/beer?name=barleywine").json()
    assert thawed["untasted"] == []
    assert thawed["match"] == frozen["match"], "the frozen donut never wins"


def test_no_free_connection_is_reported_as_planted() -> None:
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError

    app = Flask(__name__)
    outage_answers.answer_in_json(app)

    @app.get("/full")
    def full() -> str:
        raise PoolTimeoutError("QueuePool limit of size 3 overflow 0 reached")

    answer = app.test_client().get("/full")
    assert answer.status_code == 503
    assert "planted (bottleneck 9)" in answer.get_json()["error"]


def test_an_internal_error_names_its_line_and_shows_no_stack_trace() -> None:
    app = Flask(__name__)
    common_routes.add_to(app, "web")

    @app.get("/broken")
    def broken() -> str:
        return {}["bear"]

    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    error = answer.get_json()["error"]
    assert error.startswith("KeyError: 'bear' (tests/services/test_error_answers.py, line ")
    assert "Traceback" not in error


def test_a_mistake_is_where_the_apps_own_code_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [__file__])
    app = Flask("app")
    common_routes.add_to(app, "app")
    app.add_url_rule("/fail", "fail", lambda: tasting.winner(None, {"jelly": "sweet"}))  # type: ignore[arg-type]
    error = app.test_client().get("/fail").get_json()["error"]
    assert "(tests/services/test_error_answers.py, line " in error


def test_redis_and_taster_start_late_and_stop_again(tmp_path: Path) -> None:
    redis_port, taster_port = any_free(), any_free()
    taster_url = f"http://127.0.0.1:{taster_port}"
    with running_sink() as sink:
        env = {
            "DATA_DIR": str(tmp_path),
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "TASTER_URL": taster_url,
            "COLLECTOR_URL": sink.url,
        }
        with running("services/web.py", "--port", "0", env=env) as web:

            def pair() -> requests.Response:
                return requests.get(f"{web.url}/pair/beer?name=ipa", timeout=30)

            began = time.monotonic()
            answer = pair()
            assert (answer.status_code, time.monotonic() - began < 3) == (503, True)
            assert "Redis does not answer" in answer.json()["error"]
            assert "REDIS_URL" in answer.json()["error"]
            page = requests.get(f"{web.url}/?name=ipa", timeout=10)
            assert (page.status_code, "Redis does not answer" in page.text) == (200, True)
            assert requests.get(f"{web.url}/beers", timeout=10).status_code == 200

            with running_redis(redis_port):
                answer = pair()
                assert answer.status_code == 503
                start = f"the taster at {taster_url} does not answer. Start it"
                assert answer.json()["error"].startswith(start)
                root = sink.root(answer)
                assert root["error"] == 1
                assert tag(root, "error.type") == "requests.exceptions.ConnectionError"

                with running("services/taster.py", "--port", str(taster_port), env=env):
                    complete = pair()
                    assert complete.status_code == 200
            with running("services/taster.py", "--port", str(taster_port), env=env):
                assert pair().status_code == 503
                with running_redis(redis_port):
                    assert pair().json() == complete.json()
            assert not any("Traceback" in line for line in web.log)


def test_a_missing_collector_does_no_harm(pair: Pair, tmp_path: Path, redis_url: str) -> None:
    env = {
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": redis_url,
        "TASTER_URL": pair.taster.url,
        "COLLECTOR_URL": f"http://127.0.0.1:{any_free()}",
    }
    with running("services/web.py", "--port", "0", env=env) as web:
        answer = requests.get(f"{web.url}/pair/beer?name=ipa", timeout=30)
        assert answer.json() == pair.get("/pair/beer?name=ipa").json()


def test_a_database_that_starts_later(tmp_path: Path, redis_url: str) -> None:
    port = any_free()
    url = f"postgresql+psycopg://beer:secret@127.0.0.1:{port}/postgres"
    with running_pair(tmp_path, redis_url, DATABASE_URL=url) as pair:
        answer = pair.get("/beers")
        assert answer.status_code == 503
        assert "the database does not answer" in answer.json()["error"]
        assert "secret" not in answer.text + "".join(pair.web.log)
        assert pair.get("/ping").status_code == 200
        with running_postgres(port):
            pairing, trace = pair.traced("/pair/beer?name=ipa")
            assert pairing["match"]["donut"] == "orange blossom"
            assert tag(trace.named("sqlalchemy.query")[0], "db.system") == "postgresql"
            with pair.turned(REVIEWS_INDEX=1, BAKERS_JOINED=1):
                assert len(pair.get("/beers/ipa/reviews").json()["reviews"]) == 20
                assert pair.get("/pair/beer?name=ipa").json() == pairing


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("beer", "DATABASE_URL 'beer' is not the address of a database"),
        ("oracle://me:secret@x/y", "DATABASE_URL oracle://me:***@x/y needs a driver"),
        ("sqlite:////proc/none/beer.db", "no folder for the database /proc/none/beer.db"),
    ],
)
def test_a_database_that_cannot_exist(
    url: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SystemExit, match=re.escape(complaint)):
        database.connect(Flask(__name__))


def test_a_redis_that_cannot_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "beer")
    with pytest.raises(SystemExit, match="REDIS_URL 'beer' is not the address of a Redis"):
        DonutDB()
