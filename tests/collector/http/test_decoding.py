"""Bodies are decoded a few at a time, and not for clients that are gone."""

from __future__ import annotations

import socket
import threading

import pytest
from flask.testing import FlaskClient
from waitress.server import create_server

from collector.http import decoding
from tests.collector.chunks import chunk
from tests.collector.random_spans import v04
from tests.waiting import wait_until

BODY = v04([chunk(1, 1)])
HEADERS = {"Content-Type": "application/msgpack"}


class Turns(threading.BoundedSemaphore):
    """A single turn, which is taken; `asked` is set once somebody else wants it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked = threading.Event()
        super().acquire()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self.asked.set()
        return super().acquire(blocking, timeout)


@pytest.fixture
def no_turn(monkeypatch: pytest.MonkeyPatch) -> Turns:
    """All turns taken."""
    turns = Turns()
    monkeypatch.setattr(decoding, "_turns", turns)
    monkeypatch.setattr(decoding, "CLIENT_CHECK_INTERVAL_S", 0.01)
    return turns


def test_who_gets_no_turn_is_told_to_come_back(
    client: FlaskClient, no_turn: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_WAIT_S", 0.05)
    answer = client.put("/v0.4/traces", data=BODY, headers=HEADERS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    no_turn.release()
    assert client.put("/v0.4/traces", data=BODY, headers=HEADERS).status_code == 200


def test_a_client_that_is_gone_gives_up_its_place(client: FlaskClient, no_turn: Turns) -> None:
    gone = {"waitress.client_disconnected": lambda: True}
    before = _gone(client)
    client.put("/v0.4/traces", data=BODY, headers=HEADERS, environ_overrides=gone)
    no_turn.release()
    client.put("/v0.4/traces", data=BODY, headers=HEADERS, environ_overrides=gone)
    assert _gone(client) == before + 2
    assert client.put("/v0.4/traces", data=BODY, headers=HEADERS).status_code == 200


def test_the_server_says_when_a_client_is_gone(client: FlaskClient, no_turn: Turns) -> None:
    """With a real server and a real connection, closed while its request waits for a turn."""
    before = _gone(client)
    server = create_server(client.application, port=0, channel_request_lookahead=1)
    thread = threading.Thread(target=server.asyncore.loop, args=(0.05, False, server._map, 400))
    thread.start()
    try:
        head = (
            b"PUT /v0.4/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/msgpack\r\n"
        )
        address = ("127.0.0.1", server.effective_port)
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY))
            assert no_turn.asked.wait(10)

        wait_until(lambda: _gone(client) == before + 1)
    finally:
        no_turn.release()
        server.close()
        thread.join(10)


def _gone(client: FlaskClient) -> int:
    return int(client.get("/stats").json["rejected"]["requests"]["client_gone"])
