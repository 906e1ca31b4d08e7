"""`python -m ui`: serve the pages until told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType

from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

from ui.app import create_app
from ui.proxy import MAX_STREAMS, streams

THREADS = MAX_STREAMS + 16
"""Each live stream holds a thread; the rest are for pages."""

EXAMPLES = """\
examples:
  python -m ui                                         serve on http://127.0.0.1:8080
  COLLECTOR_URL=http://127.0.0.1:9126 python -m ui     use a collector elsewhere
  python -m ui --port 0                                serve on any free port
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the server. Return 0 when told to stop, 2 for wrong usage, 3 if the port is taken."""
    options = _parser().parse_args(arguments)
    try:
        app = create_app(options.collector)
    except ValueError as error:
        print(f"ui: {error}", file=sys.stderr)
        return 2
    try:
        server = create_server(
            app, host=options.host, port=options.port, threads=THREADS, ident=None
        )
    except OSError as error:
        print(
            f"ui: cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr
        )
        return 3
    server.channel_class = _Channel
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    print(f"ui listening on http://{options.host}:{server.effective_port}", flush=True)
    server.run()
    return 0


class _Parser(HTTPRequestParser):
    """Does not ask for a body that the request does not have: waitress would wait for it, while the
    client waits for the answer."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if not (self.chunked or self.content_length):
            self.expect_continue = False


class _Channel(HTTPChannel):
    parser_class = _Parser


def _stop(_number: int, _frame: FrameType | None) -> None:
    streams.cut_all()
    raise SystemExit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ui",
        description="Serve the web pages that show traces.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--host",
        default=os.environ.get("HOST", "127.0.0.1"),
        help="address to listen on (HOST, default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("PORT", "8080")),
        help="port to listen on, 0 for any free one (PORT, default: 8080)",
    )
    parser.add_argument(
        "--collector",
        default=os.environ.get("COLLECTOR_URL", "http://127.0.0.1:8126"),
        metavar="URL",
        help="the collector's address (COLLECTOR_URL, default: http://127.0.0.1:8126)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
