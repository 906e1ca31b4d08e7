"""Stop the stack.

Only the processes that it started are stopped, and a build of the challenge. The traces stay in
data/.

examples:
  ./workshop down
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.challenge import running as challenge_running
from tutor.errors import Exit
from tutor.paths import state_file
from tutor.supervisor import client
from tutor.terminal import StatusLine


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    line = StatusLine()
    build = challenge_running.current()
    if build:
        challenge_running.stop(build)
        print(f"Build {build.number} of the challenge has stopped.")
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
    print("Nothing else is running." if build else "Nothing is running.")
    return Exit.GOOD
