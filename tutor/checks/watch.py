"""`./workshop check --watch`: checks after every save, and moves on only when told to."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from tutor.checks.runner import Result
from tutor.checks.running_check import RunningCheck
from tutor.course.hints import next_hint
from tutor.course.lessons import Step
from tutor.course.real_ports import real_ports, with_ports
from tutor.course.render_markdown import render
from tutor.course.session import Session
from tutor.errors import Exit
from tutor.sandbox.app_code import AppCode
from tutor.terminal import paint

CTRL_D = "\x04"
QUIT_KEYS = ("q", CTRL_D)

POLL_S = 0.2
"""The time between two looks at the folder and the keyboard."""

Check = Callable[[Step, Session], Result]


def watch(step: Step, session: Session, check: Check) -> int:
    """Check `step` now and after every save, until `q`, Ctrl-C or Ctrl-D.

    `n` moves on to the next lesson, once this one is done. Returns the exit code of the last check
    that was not cut short, 130 if there was none.
    """
    code = AppCode(session.workspace.folder)
    session.begin(step)
    exit_code = Exit.INTERRUPTED
    with single_keys() as keyboard, RunningCheck(watches=True) as running:
        while True:
            checked = code.digest()
            running.show(step, is_checking=True)
            try:
                with keyboard.quitting():
                    result = check(step, session)
            except KeyboardInterrupt:
                if keyboard.has_quit:
                    return exit_code
                raise
            exit_code = result.exit_code
            running.show(step, is_checking=False)
            following = handle_keys(
                keyboard,
                step,
                session,
                result,
                lambda: code.digest() != checked,  # noqa: B023
            )
            if following is None:
                return exit_code
            step = following


def handle_keys(
    keyboard: Keyboard,
    step: Step,
    session: Session,
    result: Result,
    was_saved: Callable[[], bool],
) -> Step | None:
    """Do what the keys ask for until there is something to check again.

    Returns the lesson to check, or None to end.
    """
    print(footer(step, session, result), flush=True)
    while not was_saved():
        key = keyboard.read(POLL_S)
        if key in QUIT_KEYS:
            return None
        if key == "h":
            index, hints = next_hint(step, session.progress)
            print("\n".join(render(with_ports(hints[index].text, real_ports()))), flush=True)
        if key == "n":
            following = session.course.after(step)
            if result.passed and following:
                session.begin(following)
                lesson = paint(f"./workshop lesson {following.number}", "cyan")
                print(f"\nNow: {paint(str(following), 'bold')}. Read it: {lesson}", flush=True)
                return following
            print("This lesson is not done yet." if following else "This is the last lesson.")
    print(f"\n{time.strftime('%H:%M:%S')} saved")
    return step


def footer(step: Step, session: Session, result: Result) -> str:
    """Return the line that says where the learner is, and what the keys do."""
    move_on = "n next lesson · " if result.passed and session.course.after(step) else ""
    look = result.look or session.workspace.folder.name
    return f"{session.progress.bar()}  {look}  {paint(f'{move_on}h hint · q quit', 'dim')}"


class Keyboard:
    """The keys pressed at the terminal, in lower case, without waiting for Enter.

    They are read by a thread, so that `q` is answered at once even while a check is running.
    """

    def __init__(self) -> None:
        self.has_quit = False
        self._keys: SimpleQueue[str] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_checking = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self) -> None:
        """Begin to read keys."""
        self._thread.start()

    def stop(self) -> None:
        """Leave the keyboard to others."""
        self._end.set()
        self._thread.join()

    def read(self, timeout_s: float) -> str | None:
        """Return the next key; None if none is pressed within `timeout_s`."""
        try:
            return self._keys.get(timeout=timeout_s)
        except Empty:
            return None

    @contextmanager
    def quitting(self) -> Iterator[None]:
        """Interrupt the `with` block as Ctrl-C would if a quit key is pressed: what it has begun
        is ended in good order. Raises `KeyboardInterrupt`."""
        with self._lock:
            if self.has_quit:
                raise KeyboardInterrupt
            self._is_checking = True
        try:
            yield
        finally:
            with self._lock:
                self._is_checking = False

    def _listen(self) -> None:
        while not self._end.is_set():
            if not select.select([sys.stdin], [], [], POLL_S)[0]:
                continue
            try:
                typed = os.read(sys.stdin.fileno(), 1)
            except OSError:  # the terminal is gone
                typed = b""
            key = typed.decode("ascii", "replace").lower() or CTRL_D
            self._keys.put(key)
            if key in QUIT_KEYS:
                with self._lock:
                    self.has_quit = True
                    if self._is_checking:
                        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                return


@contextmanager
def single_keys() -> Iterator[Keyboard]:
    """Read keys one by one for the `with` block, where there is a terminal; else none ever comes.

    Ctrl-C ends the block even if the shell that started it has told it to ignore that.
    """
    keyboard = Keyboard()
    if not sys.stdin.isatty():
        yield keyboard
        return
    import termios
    import tty

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    keyboard.start()
    try:
        yield keyboard
    finally:
        keyboard.stop()
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        signal.signal(signal.SIGINT, handler)
