"""What lessons do not touch needs no tracer, and none of ours."""

from __future__ import annotations

import subprocess
import sys

from tests.servers import ROOT

PROGRAM = """
import importlib, pkgutil, sys
import services
for module in pkgutil.iter_modules(services.__path__):
    if module.name not in ("web", "taster"):
        importlib.import_module(f"services.{module.name}")
from services import current_trace
with current_trace.span("palate.wait") as span:
    span.set_tag("waited", "long")
current_trace.tag("cache.hit", "true")
current_trace.set_error(ValueError())
current_trace.shutdown()
assert current_trace.trace_id() == ""
assert current_trace.headers() == {}
sys.exit("tracer is loaded" if "tracer" in sys.modules else 0)
"""


def test_an_app_that_others_trace_does_not_load_our_tracer() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
