"""A collector that is started before its ClickHouse waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.collector import clickhouse_server
from tests.servers import LISTENING, ROOT


def test_it_waits_for_a_clickhouse_that_does_not_answer_yet(tmp_path: Path) -> None:
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    with clickhouse_server.running(tmp_path) as clickhouse:
        clickhouse.stop()
        env = {"COLLECTOR_STORE": clickhouse.url("tracing"), "DATA_DIR": str(tmp_path / "own")}
        with subprocess.Popen(
            [sys.executable, "-u", "-m", "collector", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as collector:
            assert collector.stdout is not None
            try:
                assert "cannot be reached" in (said := collector.stdout.readline())
                assert "waiting up to 60 s for it" in said
                clickhouse.start()
                assert any(LISTENING.search(line.strip()) for line in collector.stdout)
            finally:
                collector.terminate()
