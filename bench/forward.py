"""What sending on costs the collector with each kind of far end, beside without.

Spans per second, and processor time of the collector per span: on a busy machine the first says
more about the others than about the collector.

All in turns, several times, so that whatever else the machine does hits all of them alike. The far
ends are dead, slow (a byte of its answer at a time), talk garbage, or refuse everything; `well`
takes everything, and shows how many of the spans were sent on while as many as possible came in.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from bench.sender import send

_EXAMPLES = """
examples:
  python -m bench.forward                     5 rounds of 4 s each
  python -m bench.forward --rounds 9 --format datadog
"""
PAUSE_S = 0.05
"""Time from one byte of a slow answer to the next."""
ANSWERS = {
    "slow": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    "garbage": b"\x00\xff\x00 nothing that makes sense\r\n\r\n",
    "refusing": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "well": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
}
FAR_ENDS = ("dead", *ANSWERS)


def main() -> int:
    """Run the benchmark; return 1 if a far end that is not well costs more than `--most`."""
    options = _options()
    rates: dict[str, list[float]] = {name: [] for name in ("none", *FAR_ENDS)}
    costs: dict[str, list[float]] = {name: [] for name in rates}
    with contextlib.ExitStack() as running:
        urls = {name: running.enter_context(_far_end(name)) for name in FAR_ENDS}
        for number in range(options.rounds):
            names = list(rates)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                rate, cost_us, report = _measure(options, urls.get(name, ""))
                rates[name].append(rate)
                costs[name].append(cost_us)
                told = (
                    ", ".join(f"{key} {report[key]:,}" for key in ("sent", "refused", "dropped"))
                    if report
                    else ""
                )
                print(
                    f"  round {number + 1}  {name:<9} {rate:>9,.0f} spans/s"
                    f" {cost_us:6.2f} µs of processor a span  {told}",
                    flush=True,
                )
    base = statistics.median(rates["none"])
    for name in FAR_ENDS:
        ratios = [one / none for one, none in zip(rates[name], rates["none"], strict=True)]
        low, high = min(ratios), max(ratios)
        print(
            f"{name:<9} {statistics.median(rates[name]) / base:.3f} of without"
            f" (medians; round by round {low:.2f} to {high:.2f}), processor time a span"
            f" {statistics.median(costs[name]) / statistics.median(costs['none']):.3f}"
        )
    bad = [name for name in FAR_ENDS if name != "well"]
    return int(any(statistics.median(rates[n]) < (1 - options.most) * base for n in bad))


def _measure(options: argparse.Namespace, url: str) -> tuple[float, float, dict[str, int]]:
    """Return spans per second of a new collector, what each cost it in µs, and what it sent on."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "collector", "--port", "0", "--data", folder]
        command += ["--forward", f"{options.format}={url}"] if url else []
        collector = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert collector.stdout is not None
            port = int(collector.stdout.readline().rsplit(":", 1)[1])
            process = psutil.Process(collector.pid)
            before_s = sum(process.cpu_times()[:2])
            sent = send([port], options, "datadog", options.spans_per_trace)
            used_s = sum(process.cpu_times()[:2]) - before_s
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as answer:
                stats = json.load(answer)
            cost_us = 1e6 * used_s / max(1, stats["stored"]["spans"])
            return sent.rate, cost_us, (*stats["forward"], {})[0]
        finally:
            collector.terminate()
            collector.wait(15)


@contextmanager
def _far_end(name: str) -> Iterator[str]:
    """Run a far end; yield its address."""
    if name == "dead":
        with socket.socket() as taken:  # bound, but nothing listens there
            taken.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        return
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        serving = threading.Thread(target=_serve, args=(listener, name), daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def _serve(listener: socket.socket, name: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, name), daemon=True).start()


def _answer(connection: socket.socket, name: str) -> None:
    with connection, contextlib.suppress(OSError):
        _read_request(connection)
        connection.sendall(ANSWERS[name])
        while name == "slow":
            time.sleep(PAUSE_S)
            connection.sendall(b"x")


def _read_request(connection: socket.socket) -> None:
    """Read a request to its end."""
    head, body = b"", b""
    while b"\r\n\r\n" not in head:
        if not (piece := connection.recv(65_536)):
            raise ConnectionError("it hung up within its head")
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    left = length - len(body)
    while left > 0 and (piece := connection.recv(65_536)):
        left -= len(piece)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.forward",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="(default: %(default)s)")
    add("--seconds", type=float, default=4, help="seconds of load each (default: %(default)s)")
    add("--connections", type=int, default=8, help="concurrent connections (default: %(default)s)")
    add("--batch", type=int, default=512, help="spans per request (default: %(default)s)")
    add("--spans-per-trace", type=int, default=32, help="(default: %(default)s)")
    add("--format", default="otlp", help="otlp, zipkin or datadog (default: %(default)s)")
    add("--most", type=float, default=0.05, help="loss that is allowed (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
