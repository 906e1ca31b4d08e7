"""What can be told of requests from log lines alone, as `./workshop infer` does it, and how right
that is, measured by their traces."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.checks.probe import Probe
from tutor.errors import NotReadyError
from tutor.paths import ROOT

TIMEOUT_S = 60
NOTHING_READABLE = 2
"""The exit code of `collector.infer` for a log in which it finds no record."""
READ = (0, 1)
"""Its exit codes for a log that it has read, all or most of it."""


@dataclass(frozen=True)
class Inferred:
    """What follows from some lines."""

    records: Sequence[Mapping[str, Any]]
    """One for each line that could be read: `service`, `name`, `start` and `duration` (ns),
    `request_id`, and more."""
    right: int = 0
    """Calls that were given to the request that made them."""
    claimed: int = 0
    """Calls that were given to some request."""
    true: int = 0
    """Calls that there were."""
    problem: str = ""
    """Which line could not be read, and why; "" if all could."""

    def of(self, service: str) -> list[Mapping[str, Any]]:
        """Return the requests that a service wrote down, those that began first first."""
        own = [record for record in self.records if record["service"] == service]
        return sorted(own, key=lambda record: int(record["start"]))


def infer(app: Probe, lines: Sequence[str], *options: str) -> Inferred:
    """Return what follows from these lines, compared with the traces of the same time, which must
    have arrived. Raises `NotReadyError` if the collector does not answer."""
    command = [sys.executable, "-m", "collector.infer", "-", "--json", "--truth", *options]
    try:
        done = subprocess.run(
            [*command, "--collector", app.target.collector],
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            cwd=ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotReadyError(f"the inference took longer than {TIMEOUT_S} s") from None
    if done.returncode == NOTHING_READABLE:
        return Inferred((), problem=done.stderr.strip())
    if done.returncode not in READ:
        raise NotReadyError(done.stderr.strip() or f"it ended with {done.returncode}")
    found = json.loads(done.stdout)
    calls = found["score"]["calls"]
    return Inferred(
        found["records"],
        calls["right"],
        calls["claimed"],
        calls["true"],
        _first_rejected(found["rejected"], lines),
    )


def _first_rejected(rejected: Mapping[str, Any], lines: Sequence[str]) -> str:
    for each in rejected.values():
        first = each["first"][0]
        return f"{lines[first['line'] - 1]} ({first['reason']})"
    return ""
