"""Print what the processes of the stack have printed.

The files are in data/logs/.

examples:
  ./workshop logs                      the last lines of each process
  ./workshop logs web                  the last 40 lines of web
  ./workshop logs web -f               the same, then new lines until Ctrl-C
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tutor.arguments import did_you_mean
from tutor.errors import Exit, UsageError
from tutor.paths import log_dir
from tutor.supervisor.log_files import last_lines
from tutor.terminal import paint


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the process (default: all)")
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing new lines")


def run(arguments: Namespace) -> int:
    logs = {path.stem: path for path in sorted(log_dir().glob("*.log"))}
    if not logs:
        print("There are no logs, because nothing was started yet. Start it: ./workshop up")
        return Exit.NOT_READY
    if arguments.name and arguments.name not in logs:
        hint = did_you_mean(arguments.name, logs)
        raise UsageError(f"there is no log of {arguments.name!r}.{hint} Logs: {', '.join(logs)}")
    chosen = {arguments.name: logs[arguments.name]} if arguments.name else logs
    ends = {name: path.stat().st_size for name, path in chosen.items()}
    for name, path in chosen.items():
        lines = last_lines(path, 40 if arguments.name else 8)
        print_lines(name, lines if lines or not arguments.name else ["(has printed nothing yet)"])
    while arguments.follow:
        time.sleep(0.2)
        for name, path in chosen.items():
            ends[name] = print_new(name, path, ends[name])
    return Exit.GOOD


def print_new(name: str, path: Path, start: int) -> int:
    """Print the complete lines after byte `start`; return where the next line begins."""
    if path.stat().st_size < start:  # the log was emptied, see `tutor.supervisor.log_files.trim`
        start = 0
    with path.open("rb") as log:
        log.seek(start)
        text, newline, _ = log.read().rpartition(b"\n")
    print_lines(name, text.decode("utf-8", "replace").splitlines())
    return start + len(text) + len(newline)


def print_lines(name: str, lines: list[str]) -> None:
    """Print lines of the process `name`."""
    for line in lines:
        print(f"{paint(f'{name:<10}', 'dim')} {line}", flush=True)
