"""Stop the stack.

Only the processes that it started are stopped. The traces stay in data/.

examples:
  ./workshop down
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.errors import Exit
from tutor.paths import state_file
from tutor.supervisor import client, state
from tutor.supervisor.process import stop_all
from tutor.terminal import StatusLine


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    line = StatusLine()
    running = client.current()
    if running:
        line.show("Stopping …")
        client.stop(running)
        line.end("Stopped.")
        return Exit.GOOD
    left = state.read(state_file())
    orphans = left.leftovers() if left else []
    stop_all(orphans, timeout_s=5)
    state_file().unlink(missing_ok=True)
    if orphans:
        print("The supervisor was gone; stopped the processes that it had left running.")
    else:
        print("Nothing is running.")
    return Exit.GOOD
