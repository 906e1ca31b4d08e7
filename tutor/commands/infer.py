"""Rebuild traces from logs or flow records alone.

Needs no tracer. Says which service calls which, where the time goes and how sure that is, and how
right, measured against the traces (--truth). `collector/infer/command.py` has its help.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from contextlib import suppress

from tutor import foreground
from tutor.errors import Exit, NotReadyError
from tutor.supervisor.own_stack import address, own_address

TAKES_ANYTHING = True
NEED_COLLECTOR = {"--truth", "--store"}
"""Options for which the collector of this stack is asked, unless another one is named."""


def run(arguments: Namespace) -> int:
    env = {"INFER_COMMAND": "./workshop infer"}
    command = [sys.executable, "-m", "collector.infer", *arguments.rest]
    names = {option.partition("=")[0] for option in arguments.rest}
    if {"-h", "--help"} & names:
        help_ = subprocess.run(
            command, env={**os.environ, **env}, capture_output=True, text=True, check=True
        )
        print(help_.stdout, end="")
        return Exit.GOOD
    if names & NEED_COLLECTOR and "--collector" not in names:
        env["COLLECTOR_URL"] = own_address("collector")
    with suppress(NotReadyError):  # logs can be read without a stack
        env["UI_URL"] = address("ui")
        env["INFER_NAMES"] = ",".join(
            f"{address(service).partition('//')[2]}={service}" for service in ("web", "taster")
        )
    return foreground.run(command, env)
