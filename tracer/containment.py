"""Keeping what is raised inside the tracer away from the app, whatever the app's objects do."""

from __future__ import annotations

import dis
import signal
from types import TracebackType

_RAISE = dis.opmap["RAISE_VARARGS"]
"""The instruction of a `raise` statement."""

_TYPE_NAME = type.__dict__["__name__"]
_TYPE_MODULE = type.__dict__["__module__"]
_TRACEBACK = BaseException.__dict__["__traceback__"]
_SCHEDULERS = ("greenlet", "gevent", "eventlet")
"""Libraries that end a piece of work by raising in it, as `gevent.Timeout` does."""


class Containment:
    """A block that no exception leaves: `with contained: …`.

    Only what is meant for the app itself goes through: Ctrl-C, and the end of a greenlet.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> bool:
        return error is not None and not is_for_the_app(error)


contained = Containment()


def is_for_the_app(error: BaseException) -> bool:
    """Return whether an exception was aimed at whatever code was running, ours by chance.

    An object of the app may raise anything when it is turned into text: `SystemExit`, even
    `KeyboardInterrupt`. That is no reason to end the program. A real Ctrl-C is, and it can arrive
    at any moment. It is told apart by its origin: Python's own handler, which is not written in
    Python, raises it between two instructions, not by a `raise`. Where the app has a handler of
    its own, a `KeyboardInterrupt` is taken for real.
    """
    kind = type(error)
    if not issubclass(kind, KeyboardInterrupt):
        return str(_TYPE_MODULE.__get__(kind)).partition(".")[0] in _SCHEDULERS
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return True
    return not _is_from_a_raise(error)


def _is_from_a_raise(error: BaseException) -> bool:
    innermost: TracebackType | None = _TRACEBACK.__get__(error)
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    if innermost is None:
        return False
    return innermost.tb_frame.f_code.co_code[innermost.tb_lasti] == _RAISE


def type_name(kind: type) -> str:
    """Return a class's name, even if its metaclass has redefined `__name__`."""
    return str(_TYPE_NAME.__get__(kind))
