"""Kill a collector that samples at the tail, and prove that it lost and halved nothing.

Traces come in two or three parts, by several connections, in any order. Those whose root failed
must be kept, a tenth of the others is, and the rest is dropped. The collector is ended with SIGKILL
in the middle, several times; what was not acknowledged is then sent again, as clients do. At the
end every trace is looked up: it must be whole or absent, as the policies say.
"""

from __future__ import annotations

import argparse
import http.client
import json
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from socket import create_server
from typing import NamedTuple

import msgspec

from bench.measures import resident_megabytes
from collector.sampling.tail_sampler import ID_COUNT, number_of
from collector.store.sqlite import Store

_EXAMPLES = """
examples:
  python -m bench.tail_crashes                        100,000 traces, killed five times
  python -m bench.tail_crashes --traces 5000 --kills 1
"""
CONNECTIONS = 4
PARTS_PER_REQUEST = 60
PAUSE_S = 0.1
"""Between the requests of a connection: traces are to be decided while others still come."""
WAIT_S = 0.3
RATE = 0.1
FAILED_SHARE = 0.03
LATE_SHARE = 0.05
"""How many parts come when their traces have long been decided, or wait for their root."""
SETTINGS = {"wait_s": WAIT_S, "policies": [{"keep": "error"}, {"keep": "sample", "rate": RATE}]}
TIMEOUT_S = 20.0
PATIENCE_S = 120.0
"""How long the collector may take to decide on what is left at the end: traces whose root was sent
again late wait for a while."""


class Trace(NamedTuple):
    """A trace to send."""

    id: int
    failed: bool
    parts: list[list[dict[str, object]]]

    @property
    def spans(self) -> int:
        """How many it has."""
        return sum(map(len, self.parts))

    @property
    def must_be_kept(self) -> bool:
        """Whether the policies keep it."""
        return self.failed or number_of(f"{self.id:032x}") < round(RATE * ID_COUNT)


def make_trace(rng: random.Random) -> Trace:
    """Make a trace up: a root with some calls, and what they led to in another service."""
    trace_id, failed = rng.getrandbits(63) | 1, rng.random() < FAILED_SHARE
    first = rng.getrandbits(60) | 1
    parts = [[_span(trace_id, first, 0, "web", int(failed))]]
    parts[0] += [_span(trace_id, first + n, first, "web") for n in range(1, rng.randint(2, 6))]
    for place in range(rng.randint(1, 2)):
        top = first + 100 * (place + 1)
        parts.append([_span(trace_id, top, first + 1, "taster")])
        parts[-1] += [_span(trace_id, top + n, top, "taster") for n in range(1, rng.randint(2, 5))]
    return Trace(trace_id, failed, parts)


def _span(trace: int, span: int, parent: int, service: str, error: int = 0) -> dict[str, object]:
    return {
        "trace_id": trace,
        "span_id": span,
        "parent_id": parent,
        "service": service,
        "name": "op",
        "resource": "GET /pair",
        "start": time.time_ns(),
        "duration": 1000,
        "error": error,
        "meta": {"note": "x" * 60},
    }


def requests_of(traces: list[Trace], rng: random.Random) -> Iterator[bytes]:
    """Yield the bodies that bring these traces. The parts of one come in any order, near each other
    or, if late, at the end."""
    placed = [
        (len(traces) if rng.random() < LATE_SHARE else place + 100 * rng.random(), part)
        for place, trace in enumerate(traces)
        for part in trace.parts
    ]
    parts = [part for _, part in sorted(placed, key=lambda pair: pair[0])]
    for begin in range(0, len(parts), PARTS_PER_REQUEST):
        yield msgspec.msgpack.encode(parts[begin : begin + PARTS_PER_REQUEST])


class Collector:
    """The process that is killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.most_megabytes = 0.0
        folder.mkdir(exist_ok=True)
        (folder / "tail-sampling.json").write_text(json.dumps(SETTINGS))
        with closing(create_server(("127.0.0.1", 0))) as free:
            self.port: int = free.getsockname()[1]
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "collector", "--port", str(self.port)]
        command += ["--data", str(self._folder), "--max-spans", str(10**9)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not self.answers():
            if process.poll() is not None:
                raise SystemExit(f"the collector ended by itself with exit code {process.poll()}")
            time.sleep(0.01)
        return process

    def answers(self) -> bool:
        """Whether it answers."""
        with suppress(OSError, http.client.HTTPException):
            return ask(self.port, "/ping") is not None
        return False

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.note_memory()
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        self._process.terminate()
        self._process.wait(TIMEOUT_S)

    def start(self) -> None:
        """Start it again, and wait until it answers."""
        self._process = self._started()

    def note_memory(self) -> None:
        """Take note of how much memory it has."""
        self.most_megabytes = max(self.most_megabytes, resident_megabytes(self._process.pid))


class Senders:
    """Threads that send all bodies, each until it is acknowledged."""

    def __init__(self, port: int, bodies: Iterator[bytes]) -> None:
        self._port = port
        self._bodies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        for body in bodies:
            self._bodies.put(body)
        self.all = self._bodies.qsize()
        self._threads = [threading.Thread(target=self._send) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    @property
    def left(self) -> int:
        """How many are still to be sent."""
        return self._bodies.qsize()

    def join(self) -> None:
        """Wait until all are acknowledged."""
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while True:
            try:
                body = self._bodies.get_nowait()
            except queue.Empty:
                return
            while not self._is_acknowledged(body):
                time.sleep(0.05)
            time.sleep(PAUSE_S)

    def _connection(self) -> closing[http.client.HTTPConnection]:
        return closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S))

    def _is_acknowledged(self, body: bytes) -> bool:
        try:
            with self._connection() as there:
                there.request("PUT", "/v0.4/traces", body, {"Content-Type": "application/msgpack"})
                return there.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def ask(port: int, path: str) -> dict[str, object] | None:
    """Ask the collector for something; return the JSON of a 200, {} if that is none."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return None
        found: dict[str, object] = json.loads(body) if body.startswith(b"{") else {}
        return found


def main() -> int:
    """Run the soak; return 1 if a trace was lost, halved, or kept without a reason."""
    options = _options()
    rng = random.Random(options.seed)
    traces = [make_trace(rng) for _ in range(options.traces)]
    with tempfile.TemporaryDirectory() as folder:
        collector = Collector(Path(folder))
        began = time.monotonic()
        try:
            senders = Senders(collector.port, requests_of(traces, rng))
            for kill in range(1, options.kills + 1):
                while senders.left > senders.all * (1 - kill / (options.kills + 1)):
                    time.sleep(0.01)
                collector.kill()
                print(
                    f"  killed with {senders.left:,} of {senders.all:,} requests left", flush=True
                )
                collector.start()
            senders.join()
            report = wait_for_decisions(collector)
            collector.note_memory()
        finally:
            collector.stop()
        print(
            f"{len(traces):,} traces in {time.monotonic() - began:.0f} s, {options.kills} kills;"
            f" at most {collector.most_megabytes:.0f} MB; decided early {report['decided_early']},"
            f" late spans dropped {report['late_dropped_spans']} since the last start"
        )
        found = verdicts(traces, Path(folder, "traces"))
    for verdict, number in sorted(found.items()):
        print(f"  {verdict}: {number:,}")
    return 0 if set(found) <= GOOD else 1


def wait_for_decisions(collector: Collector) -> dict[str, object]:
    """Wait until nothing is held; return what is reported of the tail."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        collector.note_memory()
        answer = ask(collector.port, "/api/sampling") or {}
        tail: dict[str, object] = answer["tail"]  # type: ignore[assignment]
        held: dict[str, int] = tail["held"]  # type: ignore[assignment]
        if not held["traces"]:
            return tail
        if time.monotonic() > deadline:
            raise SystemExit(f"{held['traces']:,} traces were not decided in {PATIENCE_S:.0f} s")
        time.sleep(0.1)


GOOD = {"kept, whole", "dropped"}


def verdicts(traces: list[Trace], folder: Path) -> Counter[str]:
    """Return how many of the traces are kept and whole, dropped, or what else became of them."""
    found: Counter[str] = Counter()
    store = Store(folder, max_spans=10**9)
    try:
        for trace in traces:
            stored = store.find(f"{trace.id:032x}")
            spans = stored.summary().spans if stored else 0
            if trace.must_be_kept:
                verdict = {trace.spans: "kept, whole", 0: "LOST"}.get(spans, "HALF")
            else:
                verdict = "DROPPED, AND STILL THERE" if spans else "dropped"
            found[verdict] += 1
    finally:
        store.close()
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.tail_crashes",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--traces", type=int, default=100_000, help="(default: %(default)s)")
    add("--kills", type=int, default=5, help="(default: %(default)s)")
    add("--seed", type=int, default=1, help="(default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
