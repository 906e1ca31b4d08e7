"""The development server: connections, bodies, queues, signals."""

from __future__ import annotations

import http.client
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from flask import Flask, Response, request

from services.dev_server import Server, listen, run
from tests.servers import running
from tests.services.pair import Pair


def an_app() -> Flask:
    app = Flask(__name__)

    @app.route("/echo", methods=["GET", "POST"])
    def echo() -> Response:
        return Response(request.get_data() or b"nothing")

    @app.post("/unread")
    def unread() -> str:
        return "done"

    @app.get("/stream")
    def stream() -> Response:
        return Response(iter([b"one ", b"", b"two"]))

    @app.get("/breaks")
    def breaks() -> Response:
        def parts() -> Iterator[bytes]:
            yield b"half"
            raise RuntimeError("broken on purpose")

        return Response(parts())

    return app


@contextmanager
def serving(name: str = "web") -> Iterator[Server]:
    with listen("127.0.0.1", 0) as listener:
        server = Server(an_app(), name, listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.finish()
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as server:
        yield server.port


@pytest.fixture
def client(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    yield connection
    connection.close()


def ask(
    client: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    client.request(method, path, body)
    answer = client.getresponse()
    return answer, answer.read()


def test_one_connection_serves_one_request_after_another(
    client: http.client.HTTPConnection,
) -> None:
    client.connect()
    local_address = client.sock.getsockname()
    for method, path, body, expected in [
        ("GET", "/echo", None, b"nothing"),
        ("POST", "/echo", b"hello", b"hello"),
        ("POST", "/unread", b"x" * 100_000, b"done"),
        ("GET", "/stream", None, b"one two"),
        ("HEAD", "/echo", None, b""),
        ("HEAD", "/stream", None, b""),
        ("GET", "/echo", None, b"nothing"),
    ]:
        answer, content = ask(client, method, path, body)
        assert (answer.status, content) == (200, expected), (method, path)
        assert client.sock is not None, f"closed after {method} {path}"
        assert client.sock.getsockname() == local_address


def test_too_much_unread_is_not_read_to_the_end(client: http.client.HTTPConnection) -> None:
    answer, content = ask(client, "POST", "/unread", b"x" * 3_000_000)
    assert (answer.status, content) == (200, b"done")


def test_a_body_of_unknown_length_comes_in_chunks_or_until_the_end(port: int) -> None:
    def raw(version: str) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(
                f"GET /stream HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
            )
            with connection.makefile("rb") as answer:
                return answer.read()

    assert raw("1.1").endswith(b"\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")
    assert raw("1.0").endswith(b"\r\n\r\none two")


def test_a_chunked_request_is_read(port: int) -> None:
    answer = requests.post(f"http://127.0.0.1:{port}/echo", iter([b"a", b"bc"]), timeout=5)
    assert (answer.content, answer.headers["Connection"]) == (b"abc", "close")


def test_a_response_that_breaks_off_is_not_taken_for_a_complete_one(
    client: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(client, "GET", "/breaks")
    error = capfd.readouterr().err
    assert error == "GET /breaks HTTP/1.1: RuntimeError('broken on purpose')\n"


def test_nonsense_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"a beer please\r\n\r\n")
        with connection.makefile("rb") as answer:
            assert b"Error code: 400" in answer.read(), "and the connection is closed"


def test_the_panel_does_not_queue_for_a_worker(pair: Pair) -> None:
    with pair.turned(TASTER_WORKERS=1, TASTE_MS=1500):
        busy = threading.Thread(
            target=requests.get,
            args=(f"{pair.taster.url}/taste", {"beer": "ipa", "donut": "glazed"}),
            kwargs={"timeout": 10},
        )
        busy.start()
        for path in ("/ping", "/dials"):
            assert requests.get(pair.taster.url + path, timeout=1).status_code == 200
        busy.join()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_but_not_the_request_under_way(sign: signal.Signals) -> None:
    env = {"TASTE_MS": "500", "COLLECTOR_URL": "http://127.0.0.1:9"}
    with running("services/taster.py", "--port", "0", env=env) as taster:
        answers: list[requests.Response] = []

        def ask() -> None:
            query = {"beer": "ipa", "donut": "glazed"}
            with requests.Session() as session:
                session.get(f"{taster.url}/ping", timeout=5)
                started.set()
                answers.append(session.get(f"{taster.url}/taste", params=query, timeout=10))

        started = threading.Event()
        asking = threading.Thread(target=ask)
        asking.start()
        started.wait()
        threading.Event().wait(0.3)
        taster.process.send_signal(sign)
        assert taster.process.wait(10) == 0
        asking.join()
        assert answers[0].json()["score"] > 0
        assert "Traceback" not in "".join(taster.log)


def test_a_taken_port_is_reported_in_one_line(
    port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["taster.py", "--port", str(port)])
    with pytest.raises(SystemExit) as ended:
        run(an_app(), "taster", 5001)
    assert ended.value.code == 3
    assert capsys.readouterr().err == (
        f"taster: port {port} is taken. Stop what uses it, or choose another one with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (["--help"], {}, 0, "default: 5001"),
        (["--help"], {"PORT": "7"}, 0, "default: 7"),
        (["--port", "beer"], {}, 2, "a port is a number from 0 to 65535, not 'beer'"),
        ([], {"PORT": "70000"}, 2, "a port is a number from 0 to 65535, not '70000'"),
        (["--host", "no.such.host.invalid"], {}, 3, "can't listen on no.such.host.invalid"),
    ],
)
def test_the_command_line(
    arguments: list[str],
    environment: dict[str, str],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["taster.py", *arguments])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        run(an_app(), "taster", 5001)
    printed = capsys.readouterr()
    assert ended.value.code == code
    assert words in printed.out + printed.err
