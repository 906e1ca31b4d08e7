"""Two replicas of a ClickHouse hold the same: one goes on where the other one stops."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from collector.model import Chunk, Span
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector import clickhouse_server
from tests.collector.clickhouse_server import Server
from tests.waiting import wait_until
from tutor.ports import any_free

JARS = Path("/usr/share/java")
MAIN = "org.apache.zookeeper.server.ZooKeeperServerMain"
ZOOKEEPER = """
dataDir={folder}/data
tickTime=1000
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
"""
CLICKHOUSE = """
<zookeeper><node><host>127.0.0.1</host><port>{zookeeper}</port></node>
<session_timeout_ms>3000</session_timeout_ms></zookeeper>
<macros><shard>1</shard><replica>{replica}</replica></macros>
<interserver_http_host>127.0.0.1</interserver_http_host>
<interserver_http_port>{interserver}</interserver_http_port>"""


@pytest.fixture(scope="module")
def zookeeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a ZooKeeper."""
    java = shutil.which("java")
    if not java or not (JARS / "zookeeper.jar").exists():
        pytest.skip("no ZooKeeper here; on Debian: apt-get install zookeeper")
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    folder, port = tmp_path_factory.mktemp("zookeeper"), any_free()
    settings = folder / "zoo.cfg"
    settings.write_text(ZOOKEEPER.format(folder=folder, port=port))
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [java, "-cp", f"{JARS}/*", MAIN, str(settings)], stdout=output, stderr=output
        )

    def listens() -> bool:
        assert server.poll() is None, (folder / "output").read_text()[-2000:]
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens)
        yield port
    finally:
        server.kill()
        server.wait(10)


@pytest.fixture
def replicas(
    zookeeper: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                clickhouse_server.running(
                    tmp_path_factory.mktemp("replica"),
                    CLICKHOUSE.format(zookeeper=zookeeper, replica=name, interserver=any_free()),
                )
            )
            for name in ("one", "other")
        ]
        yield servers[0], servers[1]


def test_the_other_one_goes_on(replicas: tuple[Server, Server], tmp_path: Path) -> None:
    addresses = [server.address("replicated") for server in replicas]
    here, there = (
        ClickHouseShards([address], tmp_path / str(number))
        for number, address in enumerate(addresses)
    )
    spans = [Span(number, 0, "web", "load", "GET /", "http", 10**18, 5) for number in range(1, 9)]
    assert here.add([Chunk(f"{1:032x}", spans)]) == (8, 0)
    wait_until(lambda: there.find(f"{1:032x}") is not None)
    assert there.add([Chunk(f"{1:032x}", spans)]) == (8, 8)
    replicas[0].stop()
    assert there.add([Chunk(f"{2:032x}", spans)]) == (8, 0)
    replicas[0].start()
    wait_until(lambda: here.totals().spans == 16)
    found = here.find(f"{2:032x}")
    assert found is not None
    assert found.spans() == spans
    here.close()
    there.close()
