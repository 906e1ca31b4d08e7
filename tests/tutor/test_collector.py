"""Asking a collector for a trace that has just been made."""

from __future__ import annotations

from pathlib import Path

import msgspec
import requests

from tests.servers import running
from tutor.collector import Collector

TRACE = f"{7:032x}"
SPAN = {
    "trace_id": 7,
    "span_id": 1,
    "service": "web",
    "name": "op",
    "resource": "op",
    "start": 1_700_000_000_000_000_000,
    "duration": 1000,
    "error": 1,
}


def test_a_trace_that_is_held_for_a_decision_is_waited_for(tmp_path: Path) -> None:
    command = ("-m", "collector", "--port", "0", "--data", str(tmp_path), "--tail-wait", "1s")
    with running(*command) as server:
        body = msgspec.msgpack.encode([[SPAN]])
        headers = {"Content-Type": "application/msgpack"}
        requests.put(f"{server.url}/v0.4/traces", body, headers=headers, timeout=5)
        answer = requests.get(f"{server.url}/api/trace/{TRACE}", timeout=5)
        assert answer.status_code == 404
        assert "waits to be kept or dropped" in answer.json()["error"]
        collector = Collector(server.url)
        assert collector.whole_trace("a" * 32, timeout_s=0.2) is None
        trace = collector.whole_trace(TRACE, timeout_s=0.2)
        assert trace is not None
        assert collector.summary("kept:error")["traces"] == 1
