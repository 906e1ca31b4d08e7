"""The collector's API under the UI's own address."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import pairing
from tests.servers import Server
from tests.ui.conftest import PAIRING, reader
from ui import proxy
from ui.client import Answer
from ui.live_streams import Streams

TRACE = f"/api/trace/{pairing(PAIRING).hex}"


def direct(stored: Server, path: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    """Return what the collector itself answers: status, body and headers."""
    request = urllib.request.Request(stored.url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read(), answer.headers


@pytest.mark.parametrize("path", [TRACE, "/api/services", "/api/traces?q=service:web&limit=2"])
def test_answers_are_passed_on_byte_for_byte(
    client: FlaskClient, stored: Server, path: str
) -> None:
    status, body, _ = direct(stored, path)
    response = client.get(path)
    assert (response.status_code, response.data) == (status, body)
    assert response.content_type == "application/json"


def test_answers_are_compressed_for_browsers_on_other_machines(client: FlaskClient) -> None:
    far = {"REMOTE_ADDR": "192.168.1.7"}
    response = client.get(TRACE, headers={"Accept-Encoding": "gzip"}, environ_overrides=far)
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.data) == client.get(TRACE).data


def test_nothing_is_compressed_for_a_browser_on_the_same_machine(client: FlaskClient) -> None:
    response = client.get(TRACE, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers


def test_an_unchanged_trace_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get(TRACE).headers["ETag"]
    response = client.get(TRACE, headers={"If-None-Match": tag})
    assert (response.status_code, response.data) == (304, b"")


def test_head_requests_are_passed_on(client: FlaskClient) -> None:
    whole, head = client.get(TRACE), client.head(TRACE)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(whole.data))


def test_refusals_are_passed_on(client: FlaskClient) -> None:
    response = client.get("/api/traces?q=duration:>>")
    assert response.status_code == 400
    assert "cannot be read" in response.json["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_reads_are_passed_on(client: FlaskClient, method: str) -> None:
    assert client.open("/api/traces", method=method).status_code == 405


@pytest.mark.parametrize("path", ["/v0.4/traces", "/info"])
def test_only_the_query_api_is_passed_on(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_strange_addresses_reach_nothing(client: FlaskClient) -> None:
    for path in ("/api/..%2f..%2fstats", "/api/%0d%0aX-Evil:%201", "/api/trace/%00", "/api/é?q=é"):
        assert client.get(path).status_code in (400, 404)


def test_a_collector_that_is_down_is_a_503_that_programs_understand(alone: FlaskClient) -> None:
    response = alone.get("/api/services")
    assert response.status_code == 503
    assert "does not answer" in response.json["error"]


@contextmanager
def answering(content: bytes) -> Iterator[str]:
    """Run a server that sends everybody the same and hangs up; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(content)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


GARBAGE = {
    "nothing": b"",
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "not JSON": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "cut off": b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"traces": [',
    "not a list": b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\n[1]",
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_server_that_is_not_a_collector_never_breaks_a_page(content: bytes) -> None:
    with answering(content) as url:
        response = reader(url).get("/")
        assert response.status_code in (400, 500, 503)
        assert "Traceback" not in response.text
        assert "collector" in response.text.lower()


@pytest.mark.parametrize("path", ["/api/services", "/api/live"])
def test_an_answer_that_cannot_be_passed_on_is_closed(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Answer] = []
    close = Answer.close
    monkeypatch.setattr(proxy, "streams", Streams(1))
    monkeypatch.setattr(Answer, "close", lambda answer: close(closed.append(answer) or answer))
    folded = b"HTTP/1.1 200 OK\r\nContent-Type: text/\r\n plain\r\nContent-Length: 2\r\n\r\n{}"
    with answering(folded) as url:
        for turn in (1, 2):
            response = reader(url).get(path)
            assert (response.status_code, len(closed)) == (503, turn)
            assert "makes no sense" in response.json["error"]


def test_as_many_live_streams_as_allowed_and_no_more(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "streams", Streams(2))
    open_streams = [client.get("/api/live", buffered=False) for _ in range(2)]
    refused = client.get("/api/live")
    assert refused.status_code == 429
    assert "already" in refused.json["error"]
    open_streams[0].close()
    again = client.get("/api/live", buffered=False)
    assert again.status_code == 200
    assert again.content_type.startswith("text/event-stream")
    for stream in (open_streams[1], again):
        stream.close()


def test_a_live_stream_comes_line_by_line(client: FlaskClient) -> None:
    with client.get("/api/live", buffered=False) as response:
        first = next(iter(response.response))
    assert b"event:" in (first if isinstance(first, bytes) else first.encode())
