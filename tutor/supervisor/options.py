"""What a supervisor is started with."""

from __future__ import annotations

import msgspec

from tutor.supervisor.process import ProcessId
from tutor.supervisor.service import Service


class Options(msgspec.Struct):
    """`services`: what to run, `code`: the name of the app among them. `owner`: the process that
    the stack ends with; None if it ends only when it is told to."""

    services: list[Service]
    owner: ProcessId | None = None
    code: str = ""
