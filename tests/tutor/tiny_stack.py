"""`./workshop` with a stack of one tiny server, which takes a moment to start:

    tiny_stack.py PORT COMMAND ARGUMENT…

It prints `begun` when the command begins.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.tutor.supervisor.tiny_service import SERVER
from tutor import cli
from tutor.commands import demo
from tutor.supervisor import plan
from tutor.supervisor.service import Service

PORT = sys.argv[1]


def tiny_services(ports: Mapping[str, int], **_: Any) -> list[Service]:
    command = (sys.executable, SERVER, "--port", PORT, "--slow", "0.2")
    return [Service("web", command, int(PORT))]


def begin(arguments: Sequence[str]) -> int:
    print("begun", flush=True)
    return dispatch(arguments)


demo.arrived = lambda *_: "no collector"
demo.report = lambda *_: None
plan.members = lambda load: []
plan.services = tiny_services
dispatch, cli.dispatch = cli.dispatch, begin
del sys.argv[1]
runpy.run_module("tutor", run_name="__main__")
