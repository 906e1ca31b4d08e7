"""Open the traces in your browser.

Also prints the address, in case there is no browser on this machine.

examples:
  ./workshop open
"""

from __future__ import annotations

import webbrowser
from argparse import ArgumentParser, Namespace

from tutor import http
from tutor.errors import Exit, NotReadyError
from tutor.supervisor.client import address, not_running, tell_if_abandoned


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    url = address("ui")
    try:
        http.get(f"{url}/ping")
    except NotReadyError as problem:
        raise not_running(problem) from None
    print(url, flush=True)
    if not webbrowser.open(url):
        print("No browser could be started here; please open the address yourself.")
    return Exit.GOOD
