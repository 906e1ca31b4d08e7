"""Tracing without a change to the program: libraries are patched as it imports them."""

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
    """Trace all libraries that can be patched, as soon as the program imports them."""
    patch(futures=True)
    # Not before the program imports them: it may never, and gevent has to be first.
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
    """Calls a function once a certain module has been imported."""

    def __init__(self, callbacks: dict[str, Callable[[], None]]) -> None:
        self._callbacks = callbacks

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module as Python would, and make its import call the function."""
        callback = self._callbacks.pop(name, None)
        spec = find_spec(name) if callback else None
        if callback is None or spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def run_and_call_back(module: ModuleType) -> None:
            execute(module)
            callback()

        spec.loader.exec_module = run_and_call_back  # type: ignore[method-assign]
        return spec


def _trace_flask() -> None:
    from flask import Flask

    replace(Flask, "__init__", _init_app)


def _init_app(init: Callable[..., None], app: Any, *args: Any, **kwargs: Any) -> None:
    init(app, *args, **kwargs)
    TraceMiddleware(app, service=os.environ.get("SERVICE") or app.name)
