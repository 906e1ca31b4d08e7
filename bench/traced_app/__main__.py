"""One service of the app under one of the tracers: `python -m bench.traced_app web "ours, all"`."""

from __future__ import annotations

import runpy
import sys

from bench.traced_app.tracers import TRACERS
from tutor.paths import ROOT

_, service, tracing = sys.argv
del sys.argv[1:]  # the service has arguments of its own
TRACERS[tracing](service)
runpy.run_path(str(ROOT / "services" / f"{service}.py"), run_name="__main__")
