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
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from socket import create_server

from bench.measures import resident_megabytes
from bench.tail_traffic import TIMEOUT_S, Senders, Trace, make_trace, requests_of
from collector.sampling.tail_sampler import ID_COUNT, number_of
from collector.store.sqlite import Store

_EXAMPLES = """
examples:
  python -m bench.tail_crashes                        100,000 traces, killed five times
  python -m bench.tail_crashes --traces 5000 --kills 1
"""
WAIT_S = 0.3
RATE = 0.1
SETTINGS = {"wait_s": WAIT_S, "policies": [{"keep": "error"}, {"keep": "sample", "rate": RATE}]}
PATIENCE_S = 120.0
"""How long the collector may take to decide on what is left at the end: traces whose root was sent
again late wait for a while."""


def must_be_kept(trace: Trace) -> bool:
    """Return whether the policies keep the trace."""
    return trace.failed or number_of(f"{trace.id:032x}") < round(RATE * ID_COUNT)


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
            if must_be_kept(trace):
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
