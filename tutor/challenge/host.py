"""The process that runs a build in the background: `python -m tutor.challenge.host NUMBER`.

It ends when it is told to (SIGTERM), or after `MAX_RUN_S`, and everything that it started with it.
COLLECTOR_URL and UI_URL say where the traces go.
"""

from __future__ import annotations

import os
import sys
import time

from tutor.challenge import running
from tutor.challenge.challenges import Challenge
from tutor.challenge.running import RunningBuild
from tutor.errors import Exit, NotReadyError
from tutor.interrupts import interruptible
from tutor.sandbox.temporary_stack import temporary_stack
from tutor.supervisor.own_stack import address, own_address
from tutor.supervisor.process import ProcessId

MAX_RUN_S = 2 * 3600.0
"""How long a build runs if nobody stops it."""


def main(number: int) -> int:
    """Run a build until it is to end; return the exit code."""
    try:
        with interruptible():
            host(Challenge(number))
    except KeyboardInterrupt:
        return Exit.GOOD
    except NotReadyError as problem:
        print(problem, file=sys.stderr)
        return Exit.NOT_READY
    return Exit.GOOD


def host(challenge: Challenge) -> None:
    """Run a build for `MAX_RUN_S`. Raises `NotReadyError` if it does not start."""
    urls = {"collector": own_address("collector"), "ui": address("ui")}
    with temporary_stack(["redis"], urls) as stack:
        app = challenge.seal(stack.new_folder(challenge.version))
        with stack.run(app) as target:
            me = ProcessId.of(os.getpid())
            running.write(RunningBuild(challenge.number, target.web, me, stack.processes))
            try:
                time.sleep(MAX_RUN_S)
            finally:
                running.state_file().unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
