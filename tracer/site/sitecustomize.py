"""What Python runs before a program that `tracer-run` has started."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _trace() -> None:
    """Switch tracing on; if that fails, the program runs without it."""
    # The folder that holds the package is on the path only for now: the program may have other
    # modules of the same names.
    root = str(_HERE.parent.parent)
    sys.path.append(root)
    try:
        from tracer.auto import trace_everything

        trace_everything()
    except Exception as error:
        print(f"tracer-run: tracing is off: {error}", file=sys.stderr)
    finally:
        sys.path.remove(root)


def _run_hidden_sitecustomize() -> None:
    """Run the `sitecustomize` that this one hides, if the machine has its own."""
    others = [folder for folder in sys.path if Path(folder).resolve() != _HERE]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


_run_hidden_sitecustomize()
_trace()
