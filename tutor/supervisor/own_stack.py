"""This folder's own stack: where it answers, and that it is really this stack that answers there.

A port proves nothing: while the stack is down, any program may have it, even another folder's
stack. So every server of a stack answers `/ping` with the id that is in `data/stack.json`.
"""

from __future__ import annotations

import os
import time

from tutor import http
from tutor.errors import NotReadyError
from tutor.supervisor import client
from tutor.supervisor.state import StackState

START = "The stack is not running. Start it: ./workshop up"
RESTART_S = 3.0
"""How long the supervisor takes to start a server again that has crashed, with some to spare."""


class StrangerError(NotReadyError):
    """Something answers, but it is not of this stack."""


def own_address(name: str) -> str:
    """Return the address of the stack's server `name` (`web`), which has just answered there. One
    that has crashed gets a moment to be started again.

    Without a stack of this folder's own, the environment may say where one is (`WEB_URL`, as in
    Docker).

    Raises `NotReadyError` if the stack is not running, or something else answers in its place.
    """
    stack, url = client.current() or client.abandoned(), address(name)
    deadline = time.monotonic() + (RESTART_S if stack and stack.is_alive else 0)
    while True:
        try:
            ping(url, stack)
        except NotReadyError as problem:
            if time.monotonic() < deadline and not isinstance(problem, StrangerError):
                time.sleep(0.1)
                continue
            raise NotReadyError(f"{problem}\n  {_cure(name, stack)}") from None
        return url


def address(name: str) -> str:
    """Return where people find the stack's server `name`, for links. Nobody has asked it: from
    within a container it may not even be found there.

    Raises `NotReadyError` if there is no stack.
    """
    stack = client.current() or client.abandoned()
    url = stack.url(name) if stack else os.environ.get(f"{name.upper()}_URL")
    if not url:
        raise NotReadyError(f"this stack has no {name}" if stack else START)
    return url


def ping(url: str, stack: StackState | None, timeout_s: float = 10) -> http.Answer:
    """Return how the server at `url` answers `/ping`. It must be one of `stack`, if that is known.

    Raises `NotReadyError` if nothing answers, `StrangerError` if something else does.
    """
    answer = http.get(f"{url}/ping", timeout_s, http.UNSAMPLED)
    if stack and answer.headers.get("workshop-stack", "") != stack.id:
        raise StrangerError(f"what answers at {url} is another program, not this stack")
    return answer


def _cure(name: str, stack: StackState | None) -> str:
    if stack is None:
        return START
    if not stack.is_alive:
        return client.in_words(stack)
    return f"See what is wrong: ./workshop status, then ./workshop logs {name}"
