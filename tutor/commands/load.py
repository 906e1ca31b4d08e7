"""Put the app under load with Locust.

The load runs for a limited time. Every run is stored under a number, with its percentiles, its
saturation curve, and the slowest and the failed requests, each with its trace: as a self-contained
page (data/runs/7.html) and on the screen "Load", which also overlays runs. docs/load.md explains
what is measured.

examples:
  ./workshop load
  ./workshop load --users 50 --run-time 60s
  ./workshop load --shape steps --users 40 --run-time 40s --think 0     up to saturation
  ./workshop load --shape waves --visitors pairers --wave 6s            everybody at once
  ./workshop load --rate 10 --users 50                                  open: 10 requests per second
  ./workshop load --workers 4 --users 200                               from four processes
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from tutor import http, private_files
from tutor.errors import Exit, NotReadyError
from tutor.file_errors import explain
from tutor.load import locust, options, text_report
from tutor.paths import data_dir
from tutor.sandbox.hanging import HANG_S, hanging, in_words
from tutor.sandbox.target import wait_for_restart
from tutor.supervisor import client
from tutor.supervisor.own_stack import address, own_address, ping
from tutor.terminal import StatusLine, note, paint


def add_arguments(parser: ArgumentParser) -> None:
    options.add_arguments(parser)
    target = parser.add_argument_group("to load another app than the one that is running here")
    target.add_argument("--host", metavar="URL", help="its address, http://HOST:PORT")
    target.add_argument(
        "--allow-host",
        metavar="NAME",
        default="",
        help="HOST again, if it is another machine, to confirm that you may put it under load",
    )


def run(arguments: Namespace) -> int:
    client.tell_if_abandoned()
    collector, ui = own_address("collector"), address("ui")  # that keep the run, whoever is loaded
    if not arguments.host:
        wait_for_restart()
    web = (arguments.host or own_address("web")).rstrip("/")
    print(f"{options.in_words(arguments)} against {web}; Ctrl-C ends it early.", flush=True)
    line = StatusLine()
    progress = Progress(line)
    try:
        record, interrupted = locust.run(
            [
                *options.locust_options(arguments),
                *("--host", web, "--allow-host", arguments.allow_host),
            ],
            {
                "WEB_URL": address("web"),
                "UI_URL": ui,
                "COLLECTOR_URL": collector,
                "TASTER_URL": address("taster"),
            },
            arguments.workers,
            progress,
        )
    finally:
        line.end()
    progress.look(record)
    print(paint(text_report.heading(record), "bold"))
    print("\n".join(text_report.report(record, ui, blocks=sys.stdout.isatty())))
    print("\n" + save_html_report(record, ui))
    return Exit.INTERRUPTED if interrupted else Exit.GOOD


class Progress:
    """Shows how far a run has got; once, if nobody is answered, also where the code hangs."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._has_looked = False

    def __call__(self, so_far: locust.Record) -> None:
        """Show how far the run has got."""
        if so_far["seconds"] >= HANG_S:
            self.look(so_far)
        self._line.show(text_report.progress(so_far))

    def look(self, so_far: locust.Record) -> None:
        """Say where the code hangs if there is no answer yet, unless that was said before."""
        if so_far["total"]["requests"] or self._has_looked:
            return
        self._has_looked = True
        if failure := hanging("an answer", so_far["seconds"]):
            self._line.end()
            note(in_words(failure))


def save_html_report(run: locust.Record, ui: str) -> str:
    """Save the UI's page about `run` beside its record, `data/runs/7.html`, and return where both
    can be seen, or why they can't: that does not make the run a failure."""
    number = run["number"]
    if not number:
        return "The run is not stored: no collector accepted it. (data/logs/load.log says why.)"
    page = f"{ui}/load/{number}"
    try:
        ping(ui, client.current())  # another program's page would be no report
        answer = http.get(f"{page}/report", timeout=30, headers=http.UNSAMPLED)
    except NotReadyError as problem:
        return f"Run {number} is stored, without a report: {problem}"
    if answer.status != 200:
        return f"Run {number} is stored, without a report: {page} answered {answer.status}"
    path = data_dir() / "runs" / f"{number}.html"
    try:
        private_files.make_folder(path.parent)
        private_files.write(path, answer.body)
    except OSError as problem:
        return f"The run:    {paint(page, 'cyan')}\nIt has no report: {explain(problem)}"
    return f"The run:    {paint(page, 'cyan')}\nIts report: {path}"
