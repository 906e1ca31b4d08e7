"""A tiny server for the supervisor's tests: `/ping` answers, `/crash` ends it with code 7, `/hang`
stops it from doing anything, and after `/sicken` its `/ping` answers 503.

    tiny_server.py --port N [--slow SECONDS] [--refuse] [--deaf] [--helper]

`--slow` waits before it listens, `--refuse` ends at once with an error, `--deaf` ignores SIGTERM,
`--helper` starts another process, whose number `/helper` answers.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    is_well = True

    def do_GET(self) -> None:
        if self.path == "/crash":
            print("I was told to crash", flush=True)
            os._exit(7)
        if self.path == "/hang":
            os.kill(os.getpid(), signal.SIGSTOP)
        self.send_response(200 if Handler.is_well else 503)
        self.send_header("Workshop-Stack", os.environ.get("STACK_ID", ""))
        self.end_headers()
        if self.path == "/helper":
            self.wfile.write(str(helper.pid).encode())
            return
        self.wfile.write(b"ok" if Handler.is_well else b'{"error": "my writer is dead"}')
        if self.path == "/sicken":
            Handler.is_well = False


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--slow", type=float, default=0)
parser.add_argument("--refuse", action="store_true")
parser.add_argument("--deaf", action="store_true")
parser.add_argument("--helper", action="store_true")
options = parser.parse_args()
if options.refuse:
    sys.exit("I refuse")
if options.deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if options.helper:
    helper = subprocess.Popen(["sleep", "60"])
time.sleep(options.slow)
print(f"hello from {os.getpid()}", flush=True)
HTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
