"""Collectors that are to forward to themselves, or to each other."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.collector.forward.test_forwarding import SPANS, forwarding, report, send
from tests.servers import ROOT, running
from tests.waiting import wait_until
from tutor.ports import any_free


def test_two_that_send_to_each_other_come_to_an_end(tmp_path: Path) -> None:
    port = any_free()
    with forwarding(tmp_path / "first", f"datadog=http://127.0.0.1:{port}") as first:
        options = ("--port", str(port), "--data", str(tmp_path / "second"))
        with running("-m", "collector", *options, "--forward", f"otlp={first.url}") as second:
            send(first)
            wait_until(lambda: report(second)["sent"] >= SPANS)
            time.sleep(1)
            assert report(first)["sent"] <= 3 * SPANS
            assert report(first)["waiting"] == report(second)["waiting"] == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_one_that_would_send_to_itself_does_not_start(tmp_path: Path, host: str) -> None:
    port = str(any_free())
    command = [sys.executable, "-m", "collector", "--port", port, "--data", str(tmp_path)]
    done = subprocess.run(
        [*command, "--forward", f"otlp=http://{host}:{port}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert "is this collector, which would send to itself" in done.stderr + done.stdout
