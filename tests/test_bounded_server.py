"""Connections that are idle or stalled, of which there may be any number: others are served, memory
stays within its bound, and the log within a few lines."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from waitress import wasyncore

from services import bounded_server
from tests.left_open import nothing_left_open
from tests.servers import ROOT, Server, running

COPIES = ("collector/http/bounded_server.py", "services/bounded_server.py", "ui/bounded_server.py")
FEW_FILES = 128
WITH_FEW_FILES = f"""
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({FEW_FILES}, {FEW_FILES}))
sys.argv[1:] = ["--port", "0"]
"""
SMALL_SERVER = """
import threading
from services import bounded_server as bounded
bounded.MAX_HELD_BYTES = 200_000
bounded.REQUEST_TIMEOUT_S = bounded.SEND_TIMEOUT_S = 1.0
bounded.MAX_CONNECTIONS = 20
bounded.CHECK_S = 0.05

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/endless":
        return (b"x" * 100_000 for _ in iter(int, 1))
    return [b"%d bytes" % len(environ["wsgi.input"].read())]

server = bounded.create_server(app, host="127.0.0.1", port=0, threads=1)
print(f"small listening on http://127.0.0.1:{server.effective_port}", flush=True)
server.run()
"""
HEAD = b"PUT / HTTP/1.1\r\nHost: localhost\r\n"


def test_the_three_are_alike() -> None:
    assert len({(ROOT / copy).read_text("utf-8") for copy in COPIES}) == 1


@pytest.mark.parametrize(
    "start",
    [
        "runpy.run_module('collector', run_name='__main__', alter_sys=True)",
        "runpy.run_module('ui', run_name='__main__', alter_sys=True)",
        "runpy.run_path('services/web.py', run_name='__main__')",
        "from services import waitress_server; from services.taster import app;"
        "waitress_server.run(app, 'taster', 0, 4)",
    ],
    ids=["collector", "ui", "web", "waitress"],
)
def test_idle_connections_keep_nobody_out_where_few_files_may_be_open(
    start: str, tmp_path: Path
) -> None:
    env = {"DATA_DIR": str(tmp_path), "COLLECTOR_URL": "http://127.0.0.1:9", "LOG_DIR": ""}
    with running("-c", WITH_FEW_FILES + start, env=env) as server, ExitStack() as idle:
        for _ in range(FEW_FILES + 20):
            idle.enter_context(connect(server))
        assert ask(server, b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200
        time.sleep(0.2)  # a loop that spins would have written thousands of lines
        assert len(server.log) < 5, server.log[:5]
        assert ask(server, b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A server with one thread, and bounds that a test reaches."""
    with running("-c", SMALL_SERVER) as server:
        yield server
        assert not [line for line in server.log if "Traceback" in line]


def test_a_kept_connection_that_is_in_use_stays_open(small: Server) -> None:
    with connect(small) as used, ExitStack() as idle:
        for _ in range(50):
            idle.enter_context(connect(small))
            assert ask_on(used, HEAD + b"\r\n") == 200


@pytest.mark.parametrize(
    "begun",
    [b"G", HEAD, HEAD + b"Content-Length: 10\r\n\r\nabc"],
    ids=["a letter", "half a head", "half a body"],
)
def test_a_request_that_does_not_arrive_is_told_so(small: Server, begun: bytes) -> None:
    with connect(small) as stalled:
        assert ask_on(stalled, begun) == 408


def test_a_request_may_take_its_time_as_long_as_it_ends_in_time(small: Server) -> None:
    with connect(small) as slow:
        for _ in range(3):  # longer than the limit together: each has its own
            slow.sendall(HEAD + b"Content-Length: 2\r\n\r\na")
            time.sleep(0.5)
            assert ask_on(slow, b"b") == 200


def test_bodies_that_stall_hold_no_more_than_their_bound(small: Server) -> None:
    with ExitStack() as end:
        stalled = [end.enter_context(connect(small)) for _ in range(6)]
        for connection in stalled:
            connection.sendall(HEAD + b"Content-Length: 60000\r\n\r\n" + b"x" * 59_000)
            time.sleep(0.02)
        assert ask_on(stalled[0], b"") == 503, "the stalest one makes room"
        assert ask(small, HEAD + b"Content-Length: 60000\r\n\r\n" + b"x" * 60_000) == 200


def test_a_client_that_takes_no_response_holds_no_thread(small: Server) -> None:
    with connect(small) as deaf:
        deaf.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ask(small, HEAD + b"\r\n") == 200, "there is only one thread"


def test_a_response_that_has_just_begun_is_not_late_however_long_its_request_has_waited() -> None:
    """Between two looks at timeouts, the thread that all wait for may have come free."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return (b"x" * 100_000 for _ in iter(int, 1))

    server = bounded_server.create_server(app, host="127.0.0.1", port=0, threads=1)

    def loop_until(is_done: Callable[[], bool]) -> None:
        while not is_done():
            wasyncore.loop(timeout=0.01, use_poll=True, map=server._map, count=1)

    with socket.create_connection(("127.0.0.1", server.effective_port)) as deaf:
        deaf.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        full = server.adj.outbuf_high_watermark
        loop_until(lambda: any(each.total_outbufs_len > full for each in server._channels()))
        (channel,) = server._channels()
        with channel.outbuf_lock:
            channel.last_activity = 0.0
            server.maintenance(time.time())
            assert channel.connected
        server.maintenance(time.time() + bounded_server.SEND_TIMEOUT_S + 1)
        assert not channel.connected
    server.task_dispatcher.shutdown()
    server.close()


def test_a_new_connection_is_not_taken_for_a_closed_one_whose_number_it_got() -> None:
    server = bounded_server.create_server(
        lambda *_: [], listen="127.0.0.1:0 127.0.0.1:0", threads=1, channel_timeout=60
    )
    listeners = [each for each in server._map.values() if each.accepting]

    def turn() -> list[bounded_server.Channel]:
        wasyncore.loop(timeout=0.1, use_poll=True, map=server._map, count=1)
        return server._channels()

    with ExitStack() as clients:

        def connect_to(listener: bounded_server.BoundedServer) -> socket.socket:
            client = socket.create_connection(listener.socket.getsockname())
            client.sendall(b"G")
            return clients.enter_context(client)

        connect_to(listeners[0])
        (idle,) = turn()
        idle.last_activity, server._check_from = 0.0, 0.0
        client = connect_to(listeners[0])
        (second,) = turn()
        assert (idle.connected, second.connected) == (False, True)
        turn()

        for listener in listeners:
            listener.max_connections = len(server._map)
            connect_to(listener)
        client.sendall(b"E")  # it makes room, and the loop has news of it
        assert [each.connected for each in turn()[-2:]] == [True, True]
        assert len(turn()) == 1
        assert not second.connected
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server._map)


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [(64, 256, 256), (64, 8192, 4096), (5000, 8192, 5000), (256, 256, 256)],
)
def test_the_limit_of_files_is_raised_as_far_as_it_goes(
    soft: int, hard: int, expected: int
) -> None:
    import resource

    if hard > resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 0:
        pytest.skip(f"{hard} files may not be open here")
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        "from services.bounded_server import raise_file_limit;"
        "print(raise_file_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(expected), str(expected), str(hard)]


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def ask(server: Server, request: bytes) -> int:
    """Send a request on a connection of its own; return the status of the answer."""
    with connect(server) as connection:
        return ask_on(connection, request)


def ask_on(connection: socket.socket, request: bytes) -> int:
    connection.sendall(request)
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status


def test_of_two_addresses_one_is_taken_and_the_other_is_let_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addresses = f"127.0.0.1:0 127.0.0.1:{taken.getsockname()[1]}"
        with nothing_left_open(), pytest.raises(OSError, match="in use"):
            bounded_server.create_server(lambda *_: [], listen=addresses)
