"""What the load test can do, and what the closed mode hides.

First the requests per second that one process of Locust makes, with a trace for each, against a
server that responds at once. Then an app that responds quickly but hangs once: the p90 that each
mode reports, compared with what people would have suffered who come by the clock.
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
HANG_S = 2.0
RATE_PER_S = 20
USERS = 10


class Handler(BaseHTTPRequestHandler):
    """Responds after `answer_s`; requests that come while the app hangs wait for its end."""

    protocol_version = "HTTP/1.1"
    answer_s = 0.0
    hangs = (math.inf, math.inf)

    def do_GET(self) -> None:
        begin, end = self.hangs
        now = time.monotonic()
        time.sleep(self.answer_s + (end - now if begin <= now < end else 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def app(answer_s: float, hangs_after: float = math.inf) -> Iterator[str]:
    """Run a server that hangs once, `hangs_after` seconds after its start."""
    begin = time.monotonic() + hangs_after
    handler = type("App", (Handler,), {"answer_s": answer_s, "hangs": (begin, begin + HANG_S)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def run(web: str, seconds: float, *options: str) -> locust.Record:
    """Return the record of a run of pairers."""
    nowhere = f"http://127.0.0.1:{any_free()}"
    options_given = [
        "--host",
        web,
        "--run-time",
        f"{seconds:g}s",
        "--mark",
        "bench",
        *options,
        "Pairer",
    ]
    return locust.run(options_given, {"WEB_URL": web, "COLLECTOR_URL": nowhere})[0]


def p90_suffered(seconds: float) -> float:
    """Return the p90, in seconds, of people who come `RATE_PER_S` times per second regardless."""
    due = [number / RATE_PER_S for number in range(int(RATE_PER_S * seconds))]
    begin = seconds / 2
    times = sorted(
        ANSWER_S + (begin + HANG_S - moment if begin <= moment < begin + HANG_S else 0)
        for moment in due
    )
    return times[math.ceil(0.9 * len(times)) - 1]


def main() -> None:
    """Print both measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=float, default=12, metavar="N", help="length of each run (default: 12)"
    )
    seconds = parser.parse_args().seconds

    with app(answer_s=0) as web:
        options = ("--users", "50", "--spawn-rate", "50", "--think", "0")
        max_rate = run(web, seconds, *options)["total"]["throughput"]
    print(f"traced requests per second from one process: {max_rate:.0f}")

    user_options = ("--users", str(USERS), "--spawn-rate", str(USERS))
    modes = {
        "closed": ("--think", f"{USERS / RATE_PER_S:g}"),
        "open": ("--rate", str(RATE_PER_S)),
    }
    suffered = p90_suffered(seconds)
    print(
        f"an app that hangs for {HANG_S:g} s of {seconds:g}, {RATE_PER_S} requests per second: p90"
    )
    print(f"  what people suffer  {suffered:6.2f} s")
    for mode, mode_options in modes.items():
        locust_start_s = 2.0
        with app(ANSWER_S, locust_start_s + seconds / 2) as web:
            total = run(web, seconds, *user_options, *mode_options)["total"]
        p90 = dict(total["percentiles"])[90] / 1e9
        print(f"  {mode + ' mode says':18}  {p90:6.2f} s   {p90 / suffered:.0%}")


if __name__ == "__main__":
    main()
