"""Open the traces in your browser.

Also prints the address, in case there is no browser on this machine.

examples:
  ./workshop open
"""

from __future__ import annotations

import webbrowser
from argparse import ArgumentParser, Namespace

from tutor.errors import Exit
from tutor.supervisor.client import tell_if_abandoned
from tutor.supervisor.own_stack import own_address


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    url = own_address("ui")
    print(url, flush=True)
    if not webbrowser.open(url):
        print("No browser could be started here; please open the address yourself.")
    return Exit.GOOD
