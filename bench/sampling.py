"""How long the sampling laboratory takes over 20,000 stored traces.

A real collector is filled through its API with pairings of 30 spans, and asked at once, before it
has read them in the background, and again with another seed. Both include the time of all requests
that wait for the end.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time

import msgspec

from bench.analysis import MS, START_NS, pairing
from bench.measures import resident_megabytes
from tutor import http
from tutor.sampling.experiment import asked

BAR_S = 60
"""Bound for the whole experiment, digests included."""
QUICK_BAR_S = 1.0
"""Bound for the answer to "what if I kept 1 %?" when it is asked again."""
_TRACES_A_BODY = 200
_BETWEEN_NS = 20 * MS
"""From one trace to the next."""


def main() -> int:
    """Run the benchmark; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.sampling", description=__doc__)
    parser.add_argument("--traces", type=int, default=20_000, metavar="N")
    traces = parser.parse_args().traces
    good = True
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "collector", "--port", "0", "--data", folder]
        collector = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert collector.stdout is not None
            url = f"http://127.0.0.1:{int(collector.stdout.readline().rsplit(':', 1)[1])}"
            _fill(url, traces)
            for what, seed in (("for the first time", 1), ("again", 2)):
                began = time.perf_counter()
                answer = asked(url, {"seed": str(seed)}, lambda text: None)
                good = (
                    _verdict(f"{what}, {answer['truth']['traces']:,} traces", began, BAR_S) and good
                )
            for what in ("for the first time", "again"):
                began = time.perf_counter()
                quick = http.get(f"{url}/api/sampling/laboratory?rate=0.01", 60)
                assert quick.status == 200
                bar_s = QUICK_BAR_S if what == "again" else BAR_S
                good = _verdict(f"rate=0.01 {what}", began, bar_s) and good
            print(f"the collector has {resident_megabytes(collector.pid):.0f} MB")
        finally:
            collector.terminate()
            collector.wait(20)
    return 0 if good else 1


def _fill(url: str, traces: int) -> None:
    """Send pairings, of which most take about 250 ms, some longer, and 2 % fail."""
    rng = random.Random(1)
    start = time.time_ns() - traces * _BETWEEN_NS
    for begin in range(0, traces, _TRACES_A_BODY):
        body = [
            _trace(start + number * _BETWEEN_NS, rng)
            for number in range(begin, min(traces, begin + _TRACES_A_BODY))
        ]
        headers = {"Content-Type": "application/msgpack"}
        answer = http.ask("PUT", f"{url}/v0.4/traces", msgspec.msgpack.encode(body), 60, headers)
        assert answer.status == 200, answer.text


def _trace(start: int, rng: random.Random) -> list[dict[str, object]]:
    trace_id, stretch = rng.getrandbits(63) | 1, rng.lognormvariate(0, 0.4)
    failed = rng.random() < 0.02
    return [
        {
            "trace_id": trace_id,
            "span_id": span.span_id,
            "parent_id": span.parent_id,
            "service": span.service,
            "name": span.name,
            "resource": span.resource,
            "type": span.type,
            "start": start + int((span.start - START_NS) * stretch),
            "duration": int(span.duration * stretch),
            "error": int(failed and place == 0),
            "meta": span.tags,
        }
        for place, span in enumerate(pairing(rng))
    ]


def _verdict(what: str, began: float, bar_s: float) -> bool:
    seconds = time.perf_counter() - began
    good = seconds < bar_s
    print(
        f"{what}: {seconds:.1f} s, {'holds' if good else 'MISSES'} the bar of {bar_s:g} s",
        flush=True,
    )
    return good


if __name__ == "__main__":
    sys.exit(main())
