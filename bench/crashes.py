"""Kill a collector again and again, and prove that nothing acknowledged is lost or doubled.

Each round starts a collector, sends to it from several connections, and ends it with SIGKILL at a
random moment: while it stores, begins a new file, drops an old one, makes digests, starts, or has
no room on its disk (its log is on the same one). The next round sends again whatever was not
acknowledged, as clients do, and then asks for every trace.
"""

from __future__ import annotations

import argparse
import http.client
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import psutil

from bench.crash_traffic import TIMEOUT_S, Ledger, Senders, get, put
from bench.measures import fraction
from bench.small_disk import SmallDisk, small_disk

_EXAMPLES = """
examples:
  python -m bench.crashes                          20 rounds, a minute or so
  python -m bench.crashes --rounds 200             ten minutes
  python -m bench.crashes --rounds 20 --seed 7     the same kinds of moments once more
  python -m bench.crashes --receivers 2            with receiver processes, killed as well
"""
MAX_SPANS = 32_000
"""Small, so that files are begun and dropped all the time."""
CERTAIN_SPANS = MAX_SPANS // 2
"""The newest spans, which retention must not have dropped: one file of eight may just have been,
and what was refused on a full disk was stored later than it was sent first."""
KINDS = {"storing": 11, "digests": 1, "starting": 4, "full disk": 4}
"""What the collector is killed at, with how often of twenty times."""
START_S = 30.0
"""A start that takes longer has failed."""
CANNOT_OPEN = 4
"""The collector's exit code where it cannot store."""


class CrashedError(Exception):
    """The collector did something that it must not do."""


class Collector:
    """The process that is killed and started again."""

    def __init__(self, disk: SmallDisk, receivers: int) -> None:
        self._disk = disk
        self._receivers = receivers
        self.log = disk.folder / "log"
        self.start_seconds: list[float] = []
        self._process: subprocess.Popen[bytes] | None = None
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port: int = free.getsockname()[1]

    def begin(self) -> None:
        """Start the process, and don't wait for it."""
        command = [sys.executable, "-m", "collector", "--port", str(self.port)]
        command += ["--data", str(self._disk.folder / "data"), "--max-spans", str(MAX_SPANS)]
        command += ["--receivers", str(self._receivers)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, preexec_fn=self._disk.limit()
            )

    def start(self) -> bool:
        """Start it and wait until it answers; false if it says that it cannot store."""
        begin = time.perf_counter()
        self.begin()
        assert self._process
        while time.perf_counter() - begin < START_S:
            code = self._process.poll()
            if code == CANNOT_OPEN and self._disk.is_full:
                return False
            if code is not None:
                raise CrashedError(f"it ended by itself with exit code {code}")
            with suppress(OSError, http.client.HTTPException), self.connection() as connection:
                connection.request("GET", "/ping")
                if connection.getresponse().status == 200:
                    self.start_seconds.append(time.perf_counter() - begin)
                    return True
            time.sleep(0.005)
        raise CrashedError(f"it did not answer within {START_S:.0f} s")

    def connection(self) -> closing[http.client.HTTPConnection]:
        """A new connection to it."""
        return closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S))

    def kill_a_receiver(self, rng: random.Random) -> bool:
        """End one of its receiver processes, if it has any; return whether it did."""
        with suppress(psutil.NoSuchProcess):
            if receivers := self._receiver_processes():
                rng.choice(receivers).kill()
                return True
        return False

    def _receiver_processes(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            if self._process and self._receivers > 1:
                return psutil.Process(self._process.pid).children()
        return []

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        receivers = self._receiver_processes()
        if self._process:
            self._process.kill()
            self._process.wait()
        _, alive = psutil.wait_procs(receivers, timeout=TIMEOUT_S)
        if alive:
            raise CrashedError("a receiver process goes on without the process that stores")


def main() -> int:
    """Run the rounds; returns 1 if anything was lost or doubled, or a start failed."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder)) as disk:
        kind = "a disk of its own" if disk.mounted else "a limit on the size of files"
        print(f"{options.rounds} rounds of SIGKILL; full disks by {kind}", flush=True)
        collector, ledger = Collector(disk, options.receivers), Ledger()
        try:
            made = _rounds(options, disk, collector, ledger)
            _check(collector, ledger)
            problem = "" if "Traceback" not in collector.log.read_text() else "a traceback"
        except CrashedError as crash:
            made, problem = Counter(), str(crash)
        finally:
            collector.kill()
        if problem:
            print(f"FAILED: {problem}. The end of its log:")
            print(collector.log.read_text(errors="replace")[-3000:])
            return 1
    starts = collector.start_seconds
    kinds = ", ".join(f"{count} {kind}" for kind, count in made.items() if count)
    print(f"killed at: {kinds}")
    print(
        f"starts until it answers: {len(starts)}, p50 {fraction(starts, 0.5):.2f} s, "
        f"max {max(starts):.2f} s"
    )
    print(
        f"{ledger.acknowledged:,} spans acknowledged in {len(ledger.spans):,} traces, "
        f"{ledger.refused:,} requests without acknowledgement sent again: none lost, none doubled"
    )
    return 0


def _rounds(
    options: argparse.Namespace, disk: SmallDisk, collector: Collector, ledger: Ledger
) -> Counter[str]:
    """Make the rounds; return how many there were of each kind."""
    rng = random.Random(options.seed)
    made: Counter[str] = Counter()
    end = time.monotonic() + options.seconds
    for number in range(1, options.rounds + 1):
        if time.monotonic() > end:
            print(f"stopped after {options.seconds} s", flush=True)
            break
        [kind] = rng.choices(list(KINDS), list(KINDS.values()))
        made[kind] += 1
        _start_and_check(collector, ledger)
        made["receiver before"] += _crash(kind, rng, disk, collector, ledger)
        if number % 10 == 0:
            print(
                f"  {number:>4}   {ledger.acknowledged:>9,} spans acknowledged   "
                f"last start {collector.start_seconds[-1]:.2f} s",
                flush=True,
            )
    _start_and_check(collector, ledger)
    return made


def _crash(
    kind: str, rng: random.Random, disk: SmallDisk, collector: Collector, ledger: Ledger
) -> bool:
    """Send to the collector, and kill it at a random moment of that kind; return whether one of its
    receiver processes was killed before."""
    if kind == "full disk" and not disk.mounted:  # the limit is for those that start
        collector.kill()
        disk.fill()
        collector.start()
    senders = Senders(collector.port, ledger, rng.getrandbits(32))
    time.sleep(rng.uniform(0.02, 0.5))
    if kind == "digests":
        senders.stop()
        time.sleep(rng.uniform(2.5, 4.0))  # they wait for quiet
    elif kind == "full disk":
        disk.fill()
        time.sleep(rng.uniform(0.05, 1.0))
        if rng.random() < 0.5 and disk.mounted:  # it has to go on by itself
            disk.empty()
            time.sleep(rng.uniform(0.0, 0.5))
    killed = collector.kill_a_receiver(rng)
    if killed:
        time.sleep(rng.uniform(0.0, 0.5))
    collector.kill()
    senders.join()
    if kind == "starting":
        collector.begin()
        time.sleep(rng.uniform(0.0, 1.0))
        collector.kill()
    if disk.is_full:
        collector.start()  # it may say that there is no room; it must not harm anything
        collector.kill()
        disk.empty()
    return killed


def _start_and_check(collector: Collector, ledger: Ledger) -> None:
    """Start the collector, send what is in doubt again, and ask for all that must be there."""
    collector.start()
    with collector.connection() as connection:
        for body in ledger.in_doubt:
            if (status := put(connection, body)) != 200:
                raise CrashedError(f"a request sent again was answered with {status}")
            ledger.acknowledge(body)
    ledger.in_doubt = []
    _check(collector, ledger)


def _check(collector: Collector, ledger: Ledger) -> None:
    """See that every trace is there once, and each of its spans. Raises `CrashedError`."""
    listed: Counter[str] = Counter()
    counts: dict[str, int] = {}
    with collector.connection() as connection:
        cursor: str | None = ""
        while cursor is not None:
            after = f"&cursor={cursor}" if cursor else ""
            _, page = get(connection, f"/api/traces?limit=2000{after}")
            for trace in page["traces"]:
                listed[trace["trace_id"]] += 1
                counts[trace["trace_id"]] = trace["spans"]
            cursor = page["next"]
        for trace_id, spans in ledger.newest(CERTAIN_SPANS).items():
            name = f"{trace_id:032x}"
            if listed[name] != 1 or counts[name] != spans:
                raise CrashedError(
                    f"trace {name} is there {listed[name]} times, with {counts.get(name, 0)} "
                    f"spans of {spans} that were acknowledged, "
                    f"{ledger.spans_since(trace_id):,} spans before the last ones"
                )
        for trace_id in random.sample(
            sorted(ledger.newest(CERTAIN_SPANS)), 20 if ledger.spans else 0
        ):
            status, trace = get(connection, f"/api/trace/{trace_id:x}")
            if status != 200 or trace["spans"] != ledger.spans[trace_id]:
                raise CrashedError(f"trace {trace_id:032x} cannot be opened as it was sent")
    if doubled := [name for name, times in listed.items() if times > 1]:
        raise CrashedError(f"{len(doubled)} traces are there twice, such as {doubled[0]}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.crashes",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=20, help="how often to kill it (%(default)s)")
    add("--seconds", type=float, default=1800, help="after which to stop (%(default)s)")
    add("--receivers", type=int, default=1, help="receiver processes that it has (%(default)s)")
    add("--seed", type=int, default=1, help="of the random moments (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
