"""Which hosts the servers answer for: one table, asked of all of them over a real connection."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from collector.http.app import Collector
from tests.collector.stores import collecting
from tests.servers import ROOT, running
from tutor.failure import CheckFailed
from tutor.ports import any_free, is_free
from tutor.sandbox.error_server import ErrorServer

COPIES = sorted(ROOT.glob("*/**/allowed_hosts.py"))

READY_PATHS = {
    "collector": "/ping",
    "ui": "/ping",
    "web": "/ping",
    "taster": "/ping",
    "locust": "/",
    "error server": "/ping",
}
"""What answers 200 on each of the servers."""

HOSTS = [
    ("Host: localhost", 200),
    ("Host: LocalHost:8126", 200),
    ("Host: localhost.:8126", 200),
    ("Host: beer.localhost", 200),
    ("Host: 127.0.0.1", 200),
    ("Host: 127.0.0.1:1", 200),
    ("Host: 127.8.9.10", 200),
    ("Host: [::1]:8126", 200),
    ("Host: [::ffff:127.0.0.1]", 200),
    ("Host: named.example:80", 200),  # in ALLOWED_HOSTS, like the two below
    ("Host: NAMED.example.", 200),
    ("Host: 192.0.2.7", 200),
    ("Host: evil.test", 421),
    ("Host: evil.test:8126", 421),
    ("Host: localhost.evil.test", 421),
    ("Host: 127.0.0.1.evil.test", 421),
    ("Host: evil.test\r\nSec-Fetch-Site: same-origin", 421),
    ("Host: evil.test\r\nOrigin: http://evil.test", 421),
    ("Host: 192.0.2.8", 421),  # an address, but not one that they listen on
    ("Host: 0.0.0.0", 421),
    ("Host: [::2]", 421),
    ("Host: [localhost]", 421),
    ("Host: localhost:evil.test", 421),
    ("Host: localhost@evil.test", 421),
    ("Host: localhost/evil.test", 421),
    ("Host: local\thost", 421),
    ("Host: l\xf6calhost", 421),
    ("Host: ", 421),
    ("Host: localhost\r\nHost: evil.test", 421),
    ("Host: evil.test\r\nHost: localhost", 421),
    ("Host: localhost\r\nHost: localhost", 421),
    ("X: no host", 421),  # HTTP/1.1 demands one
    ("Host: localhost\r\nX-Forwarded-Host: evil.test", 200),
    ("Host: evil.test\r\nX-Forwarded-Host: localhost", 421),
    ("Host: evil.test\r\nForwarded: host=localhost", 421),
]
"""Headers of a request, and the status that it is answered with."""

ORIGINS = [
    ("Sec-Fetch-Site: none", 200),
    ("Sec-Fetch-Site: same-origin", 200),
    ("Sec-Fetch-Site: cross-site", 200),  # somebody follows a link
    ("Origin: http://127.0.0.1:8080", 200),
    ("Origin: http://LOCALHOST", 200),
    ("Origin: http://[::1]:8126", 200),
    ("Origin: https://named.example", 200),
    ("Origin: http://evil.test", 403),
    ("Origin: http://evil.test\r\nSec-Fetch-Site: same-origin", 403),
    ("Origin: http://192.0.2.8", 403),
    ("Origin: http://[oops", 403),
    ("Origin: null", 403),
    ("Origin: ", 403),
]
"""The same, for what a browser says about the page that asks (`Host` is localhost)."""


@contextmanager
def locust(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run Locust with its page until the block ends."""
    options = f"--host http://127.0.0.1:9 --web-host 127.0.0.1 --web-port {port}".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def error_server(port: int) -> Iterator[None]:
    """Run the server that stands in for a broken script until the block ends."""
    server = ErrorServer("127.0.0.1", port, CheckFailed("valid Python", "a mistake"))
    try:
        yield
    finally:
        server.stop()


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """All servers, running: the port of each."""
    env = {
        "ALLOWED_HOSTS": " named.example, 192.0.2.7,,",
        "DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "COLLECTOR_URL": "http://127.0.0.1:9",
    }
    commands = {
        "collector": ("-m", "collector"),
        "ui": ("-m", "ui"),
        "web": ("services/web.py",),
        "taster": ("services/taster.py",),
    }
    ports = {"locust": any_free(), "error server": any_free()}
    with ExitStack() as end, pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        page = end.enter_context(locust(ports["locust"]))
        for name, command in commands.items():
            ports[name] = end.enter_context(running(*command, "--port", "0")).port
        end.enter_context(error_server(ports["error server"]))
        while is_free(ports["locust"]):
            assert page.poll() is None
            time.sleep(0.05)
        yield ports


def ask(port: int, request: str) -> tuple[int, str, str]:
    """Send a request as it is; return status, head and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request.encode("latin-1"))
        with connection.makefile("rb") as answer:
            head = b"".join(iter(answer.readline, b"\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length: ")[2].partition("\r")[0] or 0)
            return int(head.split()[1]), head, answer.read(length).decode()


@pytest.mark.parametrize("name", READY_PATHS)
def test_a_request_is_answered_only_if_it_is_for_an_allowed_host(
    ports: dict[str, int], name: str
) -> None:
    path = READY_PATHS[name]
    answered = {
        headers: ask(ports[name], f"GET {path} HTTP/1.1\r\n{headers}\r\n\r\n")[0]
        for headers, _ in HOSTS
    }
    assert answered == dict(HOSTS)


@pytest.mark.parametrize("name", READY_PATHS)
def test_a_web_page_is_answered_only_if_it_is_from_an_allowed_host(
    ports: dict[str, int], name: str
) -> None:
    request = f"GET {READY_PATHS[name]} HTTP/1.1\r\nHost: localhost\r\n"
    answered = {
        headers: ask(ports[name], f"{request}{headers}\r\n\r\n")[0] for headers, _ in ORIGINS
    }
    assert answered == dict(ORIGINS)


@pytest.mark.parametrize("name", READY_PATHS)
def test_the_oldest_version_of_http_needs_no_host(ports: dict[str, int], name: str) -> None:
    assert ask(ports[name], f"GET {READY_PATHS[name]} HTTP/1.0\r\n\r\n")[0] == 200
    assert ask(ports[name], "GET / HTTP/1.0\r\nHost: evil.test\r\n\r\n")[0] == 421


@pytest.mark.parametrize("name", ["collector", "ui", "web", "taster"])
def test_the_host_in_the_request_line_counts_instead_of_the_header(
    ports: dict[str, int], name: str
) -> None:
    for target, host, status in (
        ("http://localhost:1/ping", "localhost:1", 200),
        ("http://localhost/ping", "evil.test", 200),
        ("HTTP://LOCALHOST/ping", "evil.test", 200),
        ("http://evil.test/ping", "localhost", 421),
        ("http://localhost@evil.test/ping", "localhost", 421),
        ("https://evil.test:8126/ping?a=//localhost", "localhost", 421),
        ("/ping?at=http://evil.test/", "localhost", 200),
    ):
        assert ask(ports[name], f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")[0] == status


@pytest.mark.parametrize("name", READY_PATHS)
@pytest.mark.parametrize("line", ["GET /nowhere", "PUT /v0.4/traces", "POST /swarm", "BREW /ping"])
def test_every_path_and_method_is_refused_with_a_sentence(
    ports: dict[str, int], name: str, line: str
) -> None:
    request = f"{line} HTTP/1.1\r\nHost: evil.t\xe9st\r\n"
    status, head, body = ask(ports[name], request + "\r\n")
    assert status == 421
    assert "content-type: application/json" in head
    assert "x-content-type-options: nosniff" in head
    assert "access-control-allow-origin" not in head
    assert "evil.t\\xe9st" in json.loads(body)["error"]
    assert "ALLOWED_HOSTS" in json.loads(body)["error"]
    status, head, body = ask(ports[name], request + "Accept: text/html, */*\r\n\r\n")
    assert (status, "text/plain" in head) == (421, True)
    assert body.startswith("this server does not answer for 'evil.t")


@pytest.mark.parametrize("name", ["web", "taster"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Host: localhost", 200),
        ("Host: localhost\r\nSec-Fetch-Site: same-origin", 200),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site", 403),
        ("Host: localhost\r\nOrigin: http://evil.test", 403),
        ("Host: evil.test", 421),
        ("Host: evil.test\r\nSec-Fetch-Site: same-origin", 421),
    ],
)
def test_no_foreign_page_turns_a_dial(
    ports: dict[str, int], name: str, headers: str, status: int
) -> None:
    dial = {"web": "MENU_PAGE_MS", "taster": "TASTE_MS"}[name]
    body = json.dumps({dial: 24})
    head = f"PUT /dials HTTP/1.1\r\n{headers}\r\nContent-Type: application/json\r\n"
    answered = ask(ports[name], f"{head}Content-Length: {len(body)}\r\n\r\n{body}")
    assert answered[0] == status
    json.loads(answered[2])


def test_where_every_address_is_listened_on_any_address_may_be_asked_for(tmp_path: Path) -> None:
    env = {"HOST": "0.0.0.0", "ALLOWED_HOSTS": "collector", "DATA_DIR": str(tmp_path)}  # noqa: S104
    with running("-m", "collector", "--port", "0", env=env) as server:
        for headers, status in (
            ("Host: localhost:8126", 200),
            ("Host: collector:8126", 200),
            ("Host: 0.0.0.0:8126", 200),
            ("Host: 192.0.2.8", 200),
            ("Host: [fd00::1]:8126", 200),
            ("Host: 192.0.2.8\r\nOrigin: http://192.0.2.8:8126", 200),
            ("Host: 192.0.2.8\r\nOrigin: http://192.0.2.9:8126", 403),
            ("Host: evil.test", 421),
            ("Host: web:5000", 421),
        ):
            assert ask(server.port, f"GET /ping HTTP/1.1\r\n{headers}\r\n\r\n")[0] == status


def test_the_name_listened_on_may_be_asked_for(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        collector = Collector(store, "Office.Example")
        client = collector.app.test_client()
        for host, status in (("office.example:8126", 200), ("other.example", 421)):
            assert client.get("/ping", headers={"Host": host}).status_code == status
        collector.live.close()


def test_all_servers_decide_alike() -> None:
    assert len(COPIES) == 5
    assert len({path.read_text("utf-8") for path in COPIES}) == 1
