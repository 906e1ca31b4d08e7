"""The server made for load: it takes the same arguments and signals as the development server, and
handles as many requests at once as it has threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests

EXPECT = {"Expect": "100-continue"}
"""What some clients send although no body follows."""

APP = """
import threading
from flask import Flask
from services import waitress_server

app = Flask(__name__)
meeting = threading.Barrier(3)

@app.get("/meet")
def meet() -> str:
    meeting.wait(30)
    return "met"

waitress_server.run(app, "taster", port=0, threads=3)
"""


@contextmanager
def started(tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-u", "-c", APP, *arguments],
        env={**os.environ, "LOG_DIR": str(tmp_path), "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_handles_many_requests_at_once_logs_them_and_ends_at_a_signal(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        with ThreadPoolExecutor(3) as pool:
            answers = list(
                pool.map(
                    lambda n: requests.get(f"{url}/meet?n={n}", headers=EXPECT, timeout=60), "123"
                )
            )
        port = url.rpartition(":")[2]
        with started(tmp_path, "--port", port) as second:
            _, stderr = second.communicate(timeout=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert [answer.text for answer in answers] == ["met"] * 3
    assert (second.returncode, f"port {port} is taken" in stderr) == (3, True)
    log = (tmp_path / "access.log").read_text().splitlines()
    assert len(log) == 3
    assert all(" taster GET /meet?n=" in line and " 200 python-requests" in line for line in log)
