"""What the load test can do, and what the closed mode hides.

First the requests a second that one process of Locust makes, with a trace for each, against a
server that answers at once. Then an app that answers quickly but stands still once: the p90 that
either mode reports, beside what people would have suffered who come by the clock.
"""

from __future__ import annotations

import argparse
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tutor.load import locust
from tutor.ports import any_free

EXAMPLES = """examples:
  python -m bench.load                 about a minute
  python -m bench.load --seconds 6     a quick look
"""
BODY = json.dumps({"beers": [{"name": "ipa"}]}).encode()
ANSWER_S = 0.02
STILL_S = 2.0
RATE = 20
VISITORS = 10


class Handler(BaseHTTPRequestHandler):
    """Answers after `answer_s`; requests that come while the app stands still wait for its end."""

    protocol_version = "HTTP/1.1"
    answer_s = 0.0
    still = (math.inf, math.inf)

    def do_GET(self) -> None:
        begin, end = self.still
        now = time.monotonic()
        time.sleep(self.answer_s + (end - now if begin <= now < end else 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def app(answer_s: float, still_after: float = math.inf) -> Iterator[str]:
    """A server that stands still once, so many seconds after its beginning."""
    begin = time.monotonic() + still_after
    handler = type("App", (Handler,), {"answer_s": answer_s, "still": (begin, begin + STILL_S)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def run(web: str, seconds: float, *options: str) -> locust.Record:
    """The record of a run of pairers."""
    nowhere = f"http://127.0.0.1:{any_free()}"
    told = ["--host", web, "--run-time", f"{seconds:g}s", "--mark", "bench", *options, "Pairer"]
    return locust.run(told, {"WEB_URL": web, "COLLECTOR_URL": nowhere})[0]


def p90_suffered(seconds: float) -> float:
    """The p90, in seconds, of people who come `RATE` times a second whatever the app does."""
    due = [number / RATE for number in range(int(RATE * seconds))]
    begin = seconds / 2
    times = sorted(
        ANSWER_S + (begin + STILL_S - at if begin <= at < begin + STILL_S else 0) for at in due
    )
    return times[math.ceil(0.9 * len(times)) - 1]


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=12, metavar="N", help="of each run; 12")
    seconds = parser.parse_args().seconds

    with app(answer_s=0) as web:
        options = ("--users", "50", "--spawn-rate", "50", "--think", "0")
        most = run(web, seconds, *options)["total"]["throughput"]
    print(f"traced requests a second from one process: {most:.0f}")

    visitors = ("--users", str(VISITORS), "--spawn-rate", str(VISITORS))
    modes = {
        "closed": ("--think", f"{VISITORS / RATE:g}"),
        "open": ("--rate", str(RATE)),
    }
    suffered = p90_suffered(seconds)
    print(
        f"an app that stands still for {STILL_S:g} s of {seconds:g}, {RATE} requests a second: p90"
    )
    print(f"  what people suffer  {suffered:6.2f} s")
    for mode, told in modes.items():
        starting = 2.0
        with app(ANSWER_S, starting + seconds / 2) as web:
            total = run(web, seconds, *visitors, *told)["total"]
        p90 = dict(total["percentiles"])[90] / 1e9
        print(f"  {mode + ' mode says':18}  {p90:6.2f} s   {p90 / suffered:.0%}")


if __name__ == "__main__":
    main()
