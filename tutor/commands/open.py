"""Open the traces in your browser (and print the address, in case there is none).

examples:
  ./workshop open
"""

from __future__ import annotations

import webbrowser
from argparse import ArgumentParser, Namespace

from tutor import http
from tutor.errors import Exit, NotReadyError
from tutor.stack import address, not_running


def add_arguments(parser: ArgumentParser) -> None:
    """It takes none."""


def run(arguments: Namespace) -> int:
    url = address("ui")
    try:
        http.get(f"{url}/ping")
    except NotReadyError as problem:
        raise not_running(problem) from None
    print(url, flush=True)
    if not webbrowser.open(url):
        print("No browser could be started here; open the address yourself.")
    return Exit.GOOD
