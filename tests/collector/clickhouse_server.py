"""A real ClickHouse for tests: Debian's, on free ports, in a folder of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from collector.store.clickhouse.address import Address
from collector.store.clickhouse.connection import ClickHouseError, Connection
from tutor.ports import any_free

if TYPE_CHECKING:
    import pytest  # benchmarks start one, too, and need none

START_S = 30
USER, PASSWORD = "tracer", "a donut & a beer"
MISSING = "no clickhouse-server here; on Debian: RUNLEVEL=1 apt-get install clickhouse-server"

_CONFIG = """<yandex>
<logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host>
<http_port>{http_port}</http_port><tcp_port>{tcp_port}</tcp_port>
<path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>16777216</mark_cache_size>
{more}
</yandex>"""
_USERS = """<yandex><profiles><default/></profiles><users><{user}>
<password><![CDATA[{password}]]></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></{user}></users><quotas><default/></quotas></yandex>"""
_numbers = itertools.count(1)


def is_installed() -> bool:
    """Whether there is a ClickHouse to start."""
    return shutil.which("clickhouse-server") is not None


class Server:
    """A running ClickHouse."""

    def __init__(self, folder: Path, more: str = "") -> None:
        """`more` is added to its configuration."""
        self.folder = folder
        self.http_port, self.tcp_port = any_free(), any_free()
        ports = {"http_port": self.http_port, "tcp_port": self.tcp_port}
        (folder / "config.xml").write_text(_CONFIG.format(folder=folder, more=more, **ports))
        (folder / "users.xml").write_text(_USERS.format(user=USER, password=PASSWORD))
        self.start()

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                ["clickhouse-server", f"--config-file={self.folder}/config.xml"],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                env={**os.environ, "TZ": "UTC"},
            )
        connection = Connection(self.address("default"))
        until = time.monotonic() + START_S
        while True:
            try:
                connection.rows("SELECT 1")
                return
            except ClickHouseError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise AssertionError(
                        f"ClickHouse did not start: {(self.folder / 'output').read_text()[-2000:]}"
                    ) from None
                time.sleep(0.05)
            finally:
                connection.close()

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        self._process.kill()
        self._process.wait(10)

    def address(self, database: str = "") -> Address:
        """The address of a database; of a new one if none is named."""
        name = database or f"tracing_{next(_numbers)}"
        return Address("127.0.0.1", self.http_port, name, USER, PASSWORD)

    def url(self, database: str) -> str:
        """The address of a database as text, for `COLLECTOR_STORE`."""
        return f"clickhouse://{USER}:{quote(PASSWORD)}@127.0.0.1:{self.http_port}/{database}"


@contextmanager
def running(folder: Path, more: str = "") -> Iterator[Server]:
    """Run a ClickHouse until the block ends; `more` is added to its configuration."""
    server = Server(folder, more)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def two_running(folders: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Run two of them until the block ends."""
    first, second = (folders.mktemp("clickhouse") for _ in range(2))
    with running(first) as one, running(second) as other:
        yield [one, other]
