"""`python -m ui`: serve the pages until told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from types import FrameType

from ui.app import create_app
from ui.bounded_server import create_server
from ui.printable import make_logs_printable
from ui.proxy import MAX_STREAMS, streams

THREADS = MAX_STREAMS + 16
"""Each live stream holds a thread; the rest are for pages."""

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Size of a request's body: of a file that is opened where no script runs. With one, files of any
size come in smaller pieces."""

EXAMPLES = """\
examples:
  python -m ui                                         serve on http://127.0.0.1:8080
  COLLECTOR_URL=http://127.0.0.1:9126 python -m ui     use a collector elsewhere
  python -m ui --port 0                                serve on any free port
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the server. Return 0 when told to stop, 2 for wrong usage, 3 if the port is taken."""
    options = _parser().parse_args(arguments)
    make_logs_printable()
    try:
        app = create_app(options.collector, options.host, not options.no_workshop)
    except ValueError as error:
        print(f"ui: {error}", file=sys.stderr)
        return 2
    try:
        server = create_server(
            app,
            host=options.host,
            port=options.port,
            threads=THREADS,
            ident=None,
            max_request_body_size=MAX_BODY_BYTES,
            inbuf_overflow=MAX_BODY_BYTES,  # bodies need no room on a disk
        )
    except OSError as error:
        print(
            f"ui: cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr
        )
        return 3
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queueing is expected
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    print(f"ui listening on http://{options.host}:{server.effective_port}", flush=True)
    server.run()
    return 0


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
    parser.add_argument(
        "--no-workshop",
        action="store_true",
        help="show traces only: no course, no load tests, none of the workshop's commands",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
