"""The recorder listens to Locust and keeps each run's record, as a file and at the collector."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from loadtest import options, run_store
from loadtest.request_counts import RunCounts, Sample
from loadtest.run_record import run_record
from tracer import tracer

LOOK_INTERVAL_S = 1.0
"""Seconds between two looks at a run under way."""
STORE_EVERY_LOOKS = 5
"""Looks after which a run under way is stored again, so that the pages show its progress."""
LAST_REPORTS_S = 4.0
"""Seconds until all processes have reported their last counts."""


class Recorder:
    """One process's part of a run; the first process puts all parts together."""

    def __init__(self) -> None:
        self.environment: Any = None
        self.counts = RunCounts()
        self.number = 0
        """The run's number at the collector; 0 if it is not stored there."""
        self._start_ns = 0
        """When the run began, since 1970; 0 before the first one."""
        self._end_s = 0.0
        """When the run ended, since 1970; 0 until then."""
        self._users: dict[int, int] = {}
        """The planned number of users by the second since 1970."""
        self._details: dict[str, Any] = {}
        """What was known before the run began."""
        self._dials: dict[str, dict[str, float]] = {}
        self._opened = False

    def install(self, events: Any) -> None:
        """Listen to Locust's events."""
        events.init.add_listener(self.prepare)
        events.test_start.add_listener(self.start)
        events.request.add_listener(self.request)
        events.report_to_master.add_listener(self.send)
        events.worker_report.add_listener(self.receive)
        events.test_stopping.add_listener(self.stopping)
        events.test_stop.add_listener(self.stop)
        events.quit.add_listener(self.quit)

    def prepare(self, environment: Any, **_: Any) -> None:
        """Choose the shape of `--shape`; Locust by itself would choose the first one it finds."""
        self.environment = environment
        environment.unsent = 0
        shapes = environment.available_shape_classes or {}
        environment.shape_class = shapes.get(environment.parsed_options.shape.title())
        if environment.shape_class:
            environment.shape_class.runner = environment.runner
        if environment.parsed_options.headless and not self._is_worker:
            self._open()  # now: once the run has begun, its time counts

    def start(self, **_: Any) -> None:
        """Begin a run. What its users must know goes into the options that Locust sends them."""
        self.counts, self._users = RunCounts(), {}
        self.environment.unsent = 0
        if self._is_worker:
            return
        if not self._opened:
            self._open()
        self._opened = False
        parsed = self.environment.parsed_options
        parsed.peak = int(parsed.num_users or 1)
        shape = self.environment.shape_class
        parsed.shape = type(shape).__name__.lower() if shape else "constant"
        parsed.run_time = options.run_time_s(parsed)
        self._start_ns, self._end_s = time.time_ns(), 0
        self._details = self._describe()
        parsed.run_number = self.number
        gevent.spawn(self._watch, self._start_ns)

    def request(
        self, name: str, response_time: float, exception: object, context: Any, **_: Any
    ) -> None:
        """Count one request."""
        self.counts.add(
            Sample(
                context["trace_id"],
                name,
                context["start"],
                response_time * 1e6,
                context["waited"],
                str(exception)[:500] if exception else "",
                context.get("planted", "")[:500],
            )
        )

    def send(self, data: dict[str, Any], **_: Any) -> None:
        """Put this process's counts into its message to the first process."""
        self._take_unsent()
        data["run_counts"] = self.counts.pack()
        self.counts = RunCounts()

    def receive(self, data: dict[str, Any], **_: Any) -> None:
        """Add the counts that another process has sent."""
        self.counts.merge(RunCounts.unpack(data["run_counts"]))

    def stopping(self, **_: Any) -> None:
        """Note the end of the run; some requests are still under way."""
        self._end_s = self._end_s or time.time()

    def stop(self, **_: Any) -> None:
        """Store the run soon: the last counts and spans may still be on their way."""
        if self._start_ns and not self.environment.parsed_options.headless:
            gevent.spawn_later(LAST_REPORTS_S, self._finish, self._start_ns)

    def quit(self, **_: Any) -> None:
        """Store the run, as Locust ends."""
        if self._start_ns:
            self._finish(self._start_ns)

    def so_far(self) -> dict[str, Any]:
        """Return the record of the run as it is now."""
        self._take_unsent()
        seconds = (self._end_s or time.time()) - self._start_ns / 1e9
        state = "running"
        if self._end_s:
            early = seconds < self.environment.parsed_options.run_time - LOOK_INTERVAL_S
            state = "interrupted" if early else "finished"
        details = {"number": self.number, "state": state, **self._details}
        return run_record(self.counts, self._users, self._start_ns, seconds, **details)

    @property
    def _is_worker(self) -> bool:
        """Whether another process, the first one, keeps the record."""
        return isinstance(self.environment.runner, WorkerRunner)

    def _open(self) -> None:
        """Get a number for the run that is about to begin, and the values of the app's dials."""
        parsed = self.environment.parsed_options
        host = (self.environment.host or "").rstrip("/")
        self._dials = run_store.dials(host, os.environ.get("TASTER_URL", "").rstrip("/"))
        begun = {
            "began": str(time.time_ns()),
            "state": "running",
            "note": parsed.note,
            "host": host,
        }
        self.number = 0 if parsed.mark else run_store.open_run(begun)
        self._opened = True

    def _describe(self) -> dict[str, Any]:
        """Return what is known about a run before it begins."""
        parsed, runner = self.environment.parsed_options, self.environment.runner
        host = (self.environment.host or "").rstrip("/")
        return {
            "note": str(parsed.note)[:200],
            "host": host,
            "dials": self._dials,
            "deploys": [],
            "load": {
                "mode": "open" if parsed.rate else "closed",
                "shape": parsed.shape,
                "users": parsed.peak,
                "rate": parsed.rate or None,
                "think": None if parsed.rate else parsed.think,
                "wave": parsed.wave if parsed.shape == "waves" else None,
                "run_time": parsed.run_time,
                "workers": runner.worker_count if isinstance(runner, MasterRunner) else 1,
                "visitors": {user.__name__: user.weight for user in self.environment.user_classes},
            },
        }

    def _watch(self, start_ns: int) -> None:
        """Look at the run every second until it ends, and end it if it lasts too long."""
        looks = 0
        while self._start_ns == start_ns and not self._end_s:
            looks += 1
            self._users[int(time.time())] = self.environment.runner.target_user_count
            self._write()
            if self.number and looks % STORE_EVERY_LOOKS == 0:
                run_store.store(self.number, self.so_far())
            if time.time() - start_ns / 1e9 > options.MAX_RUN_TIME_S + LOOK_INTERVAL_S:
                self.environment.runner.stop()
            gevent.sleep(LOOK_INTERVAL_S)

    def _finish(self, start_ns: int) -> None:
        """Store the run, unless the next one has begun."""
        if self._start_ns != start_ns:
            return
        tracer.flush(timeout=2)
        self._details["deploys"] = run_store.deploys(self.number)
        self._write()
        if self.number:
            run_store.store(self.number, self.so_far())

    def _take_unsent(self) -> None:
        self.counts.unsent += self.environment.unsent
        self.environment.unsent = 0

    def _write(self) -> None:
        """Write the run so far into the file of `--record`, in one step."""
        if path := self.environment.parsed_options.record:
            fresh = Path(f"{path}.new")
            fresh.write_text(json.dumps(self.so_far()), "utf-8")
            fresh.replace(path)
