"""Stop the stack.

Only the processes that it started are stopped. The traces stay in data/.

examples:
  ./workshop down
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.errors import Exit
from tutor.paths import state_file
from tutor.supervisor import client
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
    if left := client.abandoned():
        names = ", ".join(member.name for member in left.survivors())
        client.stop(left)
        print(f"The supervisor was gone; stopped what it had left running: {names}.")
        return Exit.GOOD
    state_file().unlink(missing_ok=True)
    print("Nothing is running.")
    return Exit.GOOD
