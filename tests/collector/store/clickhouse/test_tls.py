"""A ClickHouse behind TLS is talked to if its certificate is good, and only then."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.model import Chunk, Span
from collector.store.clickhouse import connection
from collector.store.clickhouse.address import Address
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector.certificate import self_signed
from tests.collector.clickhouse_server import Server
from tests.collector.infer.nginx import AROUND, program
from tests.waiting import wait_until
from tutor.ports import any_free

PROXY = """
server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    client_max_body_size 0;
    location / {{ proxy_pass http://127.0.0.1:{clickhouse}; }}
}}"""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@pytest.fixture
def address(clickhouse: Server, certificate: Path, tmp_path: Path) -> Iterator[Address]:
    """The address of a new database, by way of an nginx that speaks TLS."""
    port = any_free()
    names = {"port": port, "certificate": certificate, "clickhouse": clickhouse.http_port}
    file = tmp_path / "nginx.conf"
    file.write_text(AROUND.format(folder=tmp_path, recipe=PROXY.format(**names)))
    errors = str(tmp_path / "error.log")
    nginx = subprocess.Popen([program(), "-p", str(tmp_path), "-c", str(file), "-e", errors])
    try:
        wait_until(lambda: (tmp_path / "nginx.pid").exists() or nginx.poll() is not None)
        yield clickhouse.address()._replace(port=port, is_secure=True)
    finally:
        nginx.terminate()
        nginx.wait(10)


def test_an_unknown_certificate_is_refused(address: Address, tmp_path: Path) -> None:
    with pytest.raises(ClickHouseError, match=r"certificate.*SSL_CERT_FILE"):
        ClickHouseShards([address], tmp_path / "own")


def test_a_known_one_is_stored_behind(
    address: Address, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    store = ClickHouseShards([address], tmp_path / "own")
    spans = [Span(1, 0, "web", "load", "GET /", "http", 10**18, 5)]
    assert store.add([Chunk(f"{1:032x}", spans)]) == (1, 0)
    found = store.find(f"{1:032x}")
    assert found is not None
    assert found.spans() == spans
    store.close()


def test_what_does_not_speak_tls_is_named(clickhouse: Server, tmp_path: Path) -> None:
    with pytest.raises(ClickHouseError, match="TLS is spoken there"):
        ClickHouseShards([clickhouse.address()._replace(is_secure=True)], tmp_path / "own")


def test_who_waits_for_a_line_instead_of_tls_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = Address("127.0.0.1", silent.getsockname()[1], "tracing", "", "", is_secure=True)
        with pytest.raises(ClickHouseError, match=r"no answer to its greeting .* TLS is spoken"):
            ClickHouseShards([where], tmp_path / "own")
