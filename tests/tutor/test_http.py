"""One request, whatever the other side does with it."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.slow_reader import slow_reader
from tests.trickle import trickling
from tutor import http
from tutor.errors import NotReadyError, UsageError


@pytest.fixture
def answering():
    """Return a function that starts a server, which answers its one request with given bytes."""
    resources: list[socket.socket | threading.Thread] = []

    def answer(data: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        resources.append(listener)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        resources.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield answer
    for resource in resources:
        resource.join() if isinstance(resource, threading.Thread) else resource.close()


def test_an_answer(answering):
    url = answering(b"HTTP/1.1 404 Not Found\r\nX-Beer: ipa\r\nContent-Length: 2\r\n\r\n{}")
    answer = http.get(f"{url}/beers?name=ipa")
    assert (answer.status, answer.headers["x-beer"], answer.json()) == (404, "ipa", {})
    assert answer.seconds > 0


@pytest.mark.parametrize(
    "data", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"]
)
def test_what_is_not_http_is_not_ready(answering, data):
    with pytest.raises(NotReadyError, match="no answer from"):
        http.get(answering(data))


def test_nothing_listens(closed_port):
    with pytest.raises(NotReadyError, match="refused"):
        http.get(f"http://127.0.0.1:{closed_port}/")


def test_a_server_that_says_nothing():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NotReadyError, match=r"within 0\.1 s"),
    ):
        http.get(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1)


@pytest.mark.parametrize("head", ["", "HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_trickles(head: str) -> None:
    """A byte now and then: none of them is late, the answer is."""
    with (
        trickling(head.encode()) as url,
        pytest.raises(NotReadyError, match=r"no answer from .* within 0\.2 s"),
    ):
        http.get(url, timeout=0.2)


@pytest.mark.parametrize(
    "url",
    [
        "beer",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http:",
        "http://[::",
    ],
)
def test_what_is_not_an_address(url):
    with pytest.raises(UsageError):
        http.get(url)


def test_a_large_body_waits_for_whoever_reads_it():
    body = bytes(20_000_000)
    with slow_reader(len(body)) as url:
        assert http.post(url, body).json() == {}


def test_what_goes_wrong_with_a_body_here_is_not_the_servers_fault(collector_server):
    def fill_the_disk() -> None:
        with http.stream(f"{collector_server.url}/ping", 5) as (_, _, pieces):
            assert next(pieces)
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        fill_the_disk()
