"""Put the app under load with Locust, for a limited time, and tell what came of it.

Every run is stored under a number, with its percentiles, its saturation curve, and the slowest and
the failed requests, each with its trace: as a page that needs nothing else (data/runs/7.html) and
on the screen "Load", which also lays runs over each other. docs/load.md explains what is measured.

examples:
  ./workshop load
  ./workshop load --users 50 --run-time 60s
  ./workshop load --shape steps --users 40 --run-time 40s --think 0     up to saturation
  ./workshop load --shape waves --visitors pairers --wave 6s            everybody at once
  ./workshop load --rate 10 --users 50                                  open: 10 requests a second
  ./workshop load --workers 4 --users 200                               from four processes
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from tutor import http
from tutor.errors import Exit, NotReadyError
from tutor.load import format, html_report, locust, options
from tutor.stack import address, not_running
from tutor.terminal import StatusLine, paint


def add_arguments(parser: ArgumentParser) -> None:
    options.add_arguments(parser)
    target = parser.add_argument_group("another app than the one that runs here")
    target.add_argument("--host", metavar="URL", help="its address, http://HOST:PORT")
    target.add_argument(
        "--allow-host",
        metavar="NAME",
        default="",
        help="HOST again, if it is another machine: you may put it under load",
    )


def run(arguments: Namespace) -> int:
    web = (arguments.host or address("web")).rstrip("/")
    if not arguments.host:
        try:
            http.get(f"{web}/ping", headers=http.UNSAMPLED)
        except NotReadyError as problem:
            raise not_running(problem) from None
    print(f"{options.in_words(arguments)} against {web}; Ctrl-C ends it early.", flush=True)
    ui = address("ui")
    addresses = {name: address(name.lower()) for name in ("COLLECTOR", "TASTER")}
    line = StatusLine()
    try:
        record, interrupted = locust.run(
            [
                *options.locust_options(arguments),
                "--host",
                web,
                "--allow-host",
                arguments.allow_host,
            ],
            {"WEB_URL": address("web"), "UI_URL": ui}
            | {f"{name}_URL": url for name, url in addresses.items()},
            arguments.workers,
            lambda so_far: line.show(format.so_far(so_far)),
        )
    finally:
        line.end()
    print(paint(format.heading(record), "bold"))
    blocks = sys.stdout.isatty()
    print("\n".join(format.told(record, ui, blocks)))
    print(html_report.keep(record, ui))
    return Exit.INTERRUPTED if interrupted else Exit.GOOD
