"""A tiny server for the supervisor's tests: `/ping` answers, `/crash` ends it with code 7.

    tiny_server.py --port N [--slow SECONDS] [--refuse] [--deaf]

`--slow` waits before it listens, `--refuse` ends at once with an error, `--deaf` ignores SIGTERM.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/crash":
            print("I was told to crash", flush=True)
            os._exit(7)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--slow", type=float, default=0)
parser.add_argument("--refuse", action="store_true")
parser.add_argument("--deaf", action="store_true")
options = parser.parse_args()
if options.refuse:
    sys.exit("I refuse")
if options.deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(options.slow)
print(f"hello from {os.getpid()}", flush=True)
HTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
