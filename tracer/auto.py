"""Tracing a program from outside: whatever it imports that we know is patched at that moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from .flask import TraceMiddleware
from .patch import patch
from .patch.method import replace


def trace_everything() -> None:
    """Trace all libraries we know, as soon as the program imports them."""
    patch(futures=True)
    # Not before the program does: it may never, and gevent wants to be there first.
    sys.meta_path.insert(
        0,
        _OnImport(
            {
                "flask": _trace_flask,
                "redis": lambda: patch(redis=True),
                "requests": lambda: patch(requests=True),
                "sqlalchemy": lambda: patch(sqlalchemy=True),
            }
        ),
    )


class _OnImport(MetaPathFinder):
    """Calls a function once its module has been imported."""

    def __init__(self, then: dict[str, Callable[[], None]]) -> None:
        self._then = then

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module as Python would have without us, but have it tell us."""
        then = self._then.pop(name, None)
        spec = find_spec(name) if then else None
        if then is None or spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_tell(module: ModuleType) -> None:
            run(module)
            then()

        spec.loader.exec_module = run_and_tell  # type: ignore[method-assign]
        return spec


def _trace_flask() -> None:
    from flask import Flask

    replace(Flask, "__init__", _make_app)


def _make_app(make: Callable[..., None], app: Any, *args: Any, **kwargs: Any) -> None:
    make(app, *args, **kwargs)
    TraceMiddleware(app, service=os.environ.get("SERVICE") or app.name)
