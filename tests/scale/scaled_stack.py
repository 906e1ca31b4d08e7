"""The profile `scale` as processes: a ClickHouse, two collectors, nginx before them, a page at each
collector, the app, and Locust with four workers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.collector import clickhouse_server
from tests.loadtest import locusts
from tests.scale.balancer import balancing
from tests.servers import ROOT, Server, running
from tutor.ports import any_free

WORKERS = 4
FAST = {"TASTE_MS": "1", "CONNECT_MS": "0", "THAW_MS": "0", "MENU_PAGE_MS": "1"}
FAST |= {"SQL_ROUND_TRIP_MS": "0", "REDIS_ROUND_TRIP_MS": "0"}
FAST |= {"INTRUDER": "1"}
"""Dials with which the app is quick, and does what the audit forbids."""


class Collector:
    """One of the collectors, which can be stopped and started again where it was."""

    def __init__(self, store: str, folder: Path) -> None:
        """Start it, with a folder of its own."""
        self._env = {"COLLECTOR_STORE": store, "DATA_DIR": str(folder)}
        self._env["COLLECTOR_AUDIT"] = "services/audit.rules"
        self._end = ExitStack()
        self.port = any_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it; it listens when this returns."""
        command = ("-m", "collector", "--port", str(self.port))
        self._server = self._end.enter_context(running(*command, env=self._env))

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._server.process.kill()
        self.close()

    def close(self) -> None:
        """Stop it, if it runs."""
        self._end.close()


@dataclass
class App:
    """The matchmaker and the taster."""

    web: Server
    taster: Server
    _end: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def start(cls, collector: str, redis_url: str, folder: Path) -> App:
        """Start both, with their data in `folder`."""
        end = ExitStack()
        env = {"COLLECTOR_URL": collector, "REDIS_URL": redis_url, "DATA_DIR": str(folder)} | FAST
        taster = end.enter_context(running("services/taster.py", "--port", "0", env=env))
        env["TASTER_URL"] = taster.url
        web = end.enter_context(running("services/web.py", "--port", "0", env=env))
        return cls(web, taster, end)

    def stop(self) -> None:
        """Stop both, if they run; their last spans have been delivered when this returns."""
        self._end.close()


@dataclass
class ScaledStack:
    """Where everything is."""

    collectors: tuple[Collector, Collector]
    balancer: str
    pages: tuple[str, str]
    """The addresses of two UIs, each of which talks to one collector."""
    app: App

    @contextmanager
    def load(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        """Run Locust with its workers, with these options of its first process, until the block
        ends; yield the first process."""
        here = ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(port := any_free())]
        there = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
        first = locusts.command("--master", *here, "--expect-workers", str(WORKERS), *options)
        worker = [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", *there]
        with ExitStack() as end:

            def start(command: list[str], output: int) -> subprocess.Popen[str]:
                process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=locusts.environment(self.app.web.url, self.balancer),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
                end.enter_context(process)
                end.callback(process.kill)
                return process

            for _ in range(WORKERS):
                start(worker, subprocess.DEVNULL)
            yield start(first, subprocess.PIPE)


@contextmanager
def scaled_stack(folder: Path, redis_url: str) -> Iterator[ScaledStack]:
    """Run it all but Locust on free ports until the block ends, with its data in `folder`."""
    with ExitStack() as end:

        def fresh(name: str) -> Path:
            (folder / name).mkdir()
            return folder / name

        clickhouse = end.enter_context(clickhouse_server.running(fresh("clickhouse")))
        store = clickhouse.url("tracing")
        one, other = (Collector(store, fresh(name)) for name in ("collector", "collector-2"))
        end.callback(one.close)
        end.callback(other.close)
        balancer = end.enter_context(balancing(fresh("balancer"), (one.port, other.port)))
        app = App.start(balancer, redis_url, fresh("app"))
        end.callback(app.stop)
        pages = [
            end.enter_context(running("-m", "ui", "--port", "0", env={"COLLECTOR_URL": each.url}))
            for each in (one, other)
        ]
        yield ScaledStack((one, other), balancer, (pages[0].url, pages[1].url), app)
