"""`./workshop sampling` against a real collector, and its own requests against a little app."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import pytest

from tests.browser.spans import pairing, ping
from tests.browser.stack import Stack
from tests.servers import Server, running
from tutor.cli import parser
from tutor.commands import sampling
from tutor.errors import NotReadyError, UsageError
from tutor.sampling.experiment import asked
from tutor.sampling.requests import make_requests, paths


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = str(tmp_path_factory.mktemp("data"))
    with running("-m", "collector", "--port", "0", "--data", data) as server:
        Stack(server.url, "").send([*map(ping, range(20)), pairing(50), pairing(51, fail=True)])
        yield server


@pytest.fixture
def here(collector: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "own_address", lambda name: collector.url)
    monkeypatch.setattr(sampling, "tell_if_abandoned", lambda: None)


def options(*arguments: str) -> Namespace:
    return parser("sampling", sampling).parse(list(arguments))


def test_it_prints_a_report(here: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert sampling.run(options()) == 0
    text = capsys.readouterr().out
    assert "The truth: all 22 traces that match" in text
    assert "\x1b" not in text, "colour only on a terminal"
    assert "docs/sampling.md" in text


def test_it_prints_json_about_the_traces_asked_for(
    here: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    policies = tmp_path / "policies.json"
    policies.write_text('{"wait_s": 5, "policies": [{"keep": "error"}]}')
    query = ("--query", "service:taster", "--from", "2h", "--policies", str(policies))
    assert sampling.run(options("--json", "--seed", "3", *query)) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["seed"], answer["truth"]["traces"]) == (3, 2)
    [tail] = [each for each in answer["samplings"] if each["way"] == "tail"]
    assert tail["policies"] == [{"keep": "error"}]


def test_where_nothing_matches_it_says_what_to_do(here: None) -> None:
    with pytest.raises(NotReadyError, match="--load 2000"):
        sampling.run(options("--query", "service:nobody"))


@pytest.mark.parametrize(
    ("content", "message"),
    [("[", "is not JSON"), ('[{"keep": "all"}]', "no sampling policies"), (None, "nowhere.json")],
)
def test_policies_that_are_none(
    here: None, tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "nowhere.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=message):
        sampling.run(options("--policies", str(file)))


def test_progress_is_shown_until_there_is_an_answer(collector: Server) -> None:
    class Slow(BaseHTTPRequestHandler):
        answers = iter([(202, {"done": 0.4, "doing": "sampling"}), (429, {"error": "busy"})])

        def do_GET(self) -> None:
            status, answer = next(self.answers, (200, {"truth": {}}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    shown: list[str] = []
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        assert asked(url, {}, shown.append) == {"truth": {}}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert shown == [" 40%  sampling …", "busy"]


class App(BaseHTTPRequestHandler):
    """The app, as far as a load sees it."""

    asked: list[str] = []  # noqa: RUF012
    interrupt_after = 10**9

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = json.dumps({"beers": [{"name": "ipa"}, {"name": "dry stout"}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def app() -> Iterator[str]:
    App.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), App)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_load_makes_as_many_requests_as_asked_for(app: str) -> None:
    shown: list[str] = []
    make_requests(app, 150, shown.append)
    assert len(App.asked) == 151, "and one for the list of beers"
    assert shown[-1] == "150 of 150 requests …"
    assert sorted(App.asked[1:]) == sorted(islice(paths(["ipa", "dry stout"]), 150))
    assert any(path == "/beers/dry%20stout" for path in App.asked)


def test_a_load_that_is_interrupted_stops_at_once(app: str) -> None:
    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_requests(app, 5000, interrupt)
    assert len(App.asked) < 100


def test_a_load_ends_when_nobody_answers(closed_port: int) -> None:
    with pytest.raises(NotReadyError):
        make_requests(f"http://127.0.0.1:{closed_port}", 5000, lambda text: None)
