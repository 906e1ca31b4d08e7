"""Collectors with different numbers of receiver processes under the same load, in turns."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from operator import truediv
from urllib.request import urlopen

import msgspec
import psutil

from bench.sender import Sent, send


@dataclass
class Turn:
    """One collector's turn."""

    sent: Sent
    storing_s: float
    """Processor time of the storing process, which is the only one without receiver processes."""
    receiving_s: float
    """That of all receiver processes."""
    whole: bool
    """Whether it stored what it acknowledged."""

    def per_million(self, seconds: float) -> float:
        """Return seconds as seconds for each million spans."""
        return seconds / self.sent.spans * 1e6


def compare(options: argparse.Namespace) -> bool:
    """Measure collectors with as many receiver processes as the options say, in turns, and print
    medians; return whether all of them stored what they acknowledged."""
    turns: dict[int, list[Turn]] = {count: [] for count in options.receivers}
    for number in range(options.rounds):
        for count, those in turns.items():
            those.append(_turn(count, options))
            said = f"{_name(count)}: {those[-1].sent.rate:,.0f} spans/s"
            print(f"  round {number + 1}, {said}", flush=True)
    print(f"medians of {options.rounds}; seconds of a processor per million spans:")
    rates = {count: [turn.sent.rate for turn in those] for count, those in turns.items()}
    for count, those in turns.items():
        ratio = statistics.median(map(truediv, rates[count], rates[options.receivers[0]]))
        storing = statistics.median(turn.per_million(turn.storing_s) for turn in those)
        receiving = statistics.median(turn.per_million(turn.receiving_s) for turn in those)
        sender = statistics.median(t.per_million(t.sent.own_processor_seconds) for t in those)
        print(
            f"  {_name(count):<22} {statistics.median(rates[count]):>9,.0f} spans/s"
            f"   {ratio:.2f} ×   storing {storing:5.2f}   receiving {receiving:5.2f}"
            f"   both {storing + receiving:5.2f}   sender {sender:.2f}"
        )
        if count > 1:
            print(
                f"    a plan, by these times: {receiving / storing:.1f} receiver processes, each on"
                f" a core of its own, bring {1e6 / storing:,.0f} spans/s, which keep the storing"
                " process busy"
            )
    print(f"load average {os.getloadavg()[0]:.1f}")
    whole = all(turn.whole for those in turns.values() for turn in those)
    print("everything acknowledged is stored" if whole else "NOT ALL THERE")
    return whole


def _turn(count: int, options: argparse.Namespace) -> Turn:
    """Put load on a new collector with so many receiver processes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "collector", "--port", "0", "--data", folder]
        collector = subprocess.Popen(
            [*command, "--receivers", str(count)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert collector.stdout is not None
            assert collector.stderr is not None
            port = int(collector.stdout.readline().rsplit(":", 1)[1])
            for _ in range(count if count > 1 else 0):
                collector.stderr.readline()  # one is ready
            storing = psutil.Process(collector.pid)
            receivers = storing.children()
            before = [_used(process) for process in (storing, *receivers)]
            sent = send([port], options, "datadog", options.spans_per_trace[0])
            after = [_used(process) for process in (storing, *receivers)]
            storing_s, *receiving = (now - then for now, then in zip(after, before, strict=True))
            stored = _stored(port)
        finally:
            collector.terminate()
            collector.communicate(timeout=20)
    return Turn(sent, storing_s, sum(receiving), stored == sent.spans)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _stored(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/stats", timeout=20) as answer:
        return int(msgspec.json.decode(answer.read())["stored"]["spans"])


def _name(count: int) -> str:
    return "one process" if count == 1 else f"{count} receiver processes"
