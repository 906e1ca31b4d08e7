"""The HTTP server under the API: what it refuses by itself is JSON and a 4xx as well."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.collector.chunks import chunk
from tests.collector.random_spans import v04
from tests.servers import Server, running

BODY = v04([chunk(1, 1)])
PUT = b"PUT /v0.4/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/msgpack\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = str(tmp_path_factory.mktemp("data"))
    with running("-m", "collector", "--port", "0", "--data", folder) as server:
        yield server
        assert not [line for line in server.log if "Traceback" in line]


def talk(server: Server, *pieces: bytes) -> tuple[int, dict[str, object]]:
    """Send the pieces one after another; return status and body of the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            length = 0
            while (line := answer.readline().strip()) != b"":
                name, _, value = line.partition(b": ")
                if name.lower() == b"content-length":
                    length = int(value)
            return status, json.loads(answer.read(length))


def test_a_body_in_chunks(server: Server) -> None:
    chunks = [b"%x\r\n%b\r\n" % (1, BODY[i : i + 1]) for i in range(len(BODY))]
    head = PUT + b"Transfer-Encoding: chunked\r\n\r\n"
    assert talk(server, head, *chunks, b"0\r\n\r\n") == (
        200,
        {"rate_by_service": {"service:,env:": 1}},
    )


def test_a_body_that_waits_to_be_asked_for(server: Server) -> None:
    head = PUT + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(BODY)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("more", [b"", b"Content-Length: 0\r\n"])
def test_nobody_waits_for_a_body_that_does_not_come(server: Server, more: bytes) -> None:
    head = b"GET /stats HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n" + more + b"\r\n"
    assert talk(server, head)[0] == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (PUT + b"Content-Length: ten\r\n\r\n", 400),
        (PUT + b"Content-Length: 100000000000\r\n\r\n", 413),
        (PUT + b"Transfer-Encoding: rot13\r\n\r\n", 400),
        (PUT + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", 431),
        (b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET /ping%00/../%2e HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"BREW /ping HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ],
)
def test_malformed_requests_are_refused_with_json(
    server: Server, request_: bytes, status: int
) -> None:
    code, answer = talk(server, request_)
    assert code == status
    assert answer["error"]


def test_live_streams_leave_room_for_senders(server: Server) -> None:
    subscribers = []
    for _ in range(32):
        subscriber = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        subscriber.sendall(b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert subscriber.recv(100).startswith(b"HTTP/1.1 200")
        subscribers.append(subscriber)
    try:
        head = PUT + b"Content-Length: %d\r\n\r\n" % len(BODY)
        answers: list[int] = []
        senders = [
            threading.Thread(target=lambda: answers.append(talk(server, head, BODY)[0]))
            for _ in range(20)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert answers == [200] * 20
    finally:
        for subscriber in subscribers:
            subscriber.close()
