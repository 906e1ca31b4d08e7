"""recorder: listens to Locust and keeps the record of each run, as a file and at the collector."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from loadtest import options, run_store
from loadtest.record import record
from loadtest.tally import Sample, Tally
from tracer import tracer

OFTEN = 1.0
"""Seconds between two looks at a run."""
STORED = 5
"""So many looks, and it is stored once more: the pages show how far it is."""
REPORTS = 4.0
"""Seconds until all processes have reported what they counted last."""


class Recorder:
    """One process's part in a run; the first process puts the parts together."""

    def __init__(self) -> None:
        self.environment: Any = None
        self.tally = Tally()
        self.number = 0
        self._began = 0
        self._ended = 0.0
        self._wanted: dict[int, int] = {}
        self._known: dict[str, Any] = {}
        self._dials: dict[str, dict[str, float]] = {}
        self._opened = False

    def install(self, events: Any) -> None:
        """Listen to Locust."""
        events.init.add_listener(self.prepare)
        events.test_start.add_listener(self.start)
        events.request.add_listener(self.request)
        events.report_to_master.add_listener(self.send)
        events.worker_report.add_listener(self.receive)
        events.test_stopping.add_listener(self.stopping)
        events.test_stop.add_listener(self.stop)
        events.quit.add_listener(self.quit)

    def prepare(self, environment: Any, **_: Any) -> None:
        """Take the shape that was asked for; Locust itself would take the first that there is."""
        self.environment = environment
        environment.unsent = 0
        shapes = environment.available_shape_classes or {}
        environment.shape_class = shapes.get(environment.parsed_options.shape.title())
        if environment.shape_class:
            environment.shape_class.runner = environment.runner
        if environment.parsed_options.headless and not self._is_worker:
            self._open()  # now, because once the run has begun its time is counted

    def start(self, **_: Any) -> None:
        """Begin a run. What its visitors must know goes into the options that Locust sends them."""
        self.tally, self._wanted = Tally(), {}
        self.environment.unsent = 0
        if self._is_worker:
            return
        if not self._opened:
            self._open()
        self._opened = False
        told = self.environment.parsed_options
        told.peak = int(told.num_users or 1)
        shape = self.environment.shape_class
        told.shape = type(shape).__name__.lower() if shape else "constant"
        told.run_time = options.run_time(told)
        self._began, self._ended = time.time_ns(), 0
        self._known = self._describe()
        told.run_number = self.number
        gevent.spawn(self._watch, self._began)

    def request(
        self, name: str, response_time: float, exception: object, context: Any, **_: Any
    ) -> None:
        """Count one request."""
        self.tally.add(
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
        """Put what this process has counted into its message to the first one."""
        self._take_unsent()
        data["tally"] = self.tally.pack()
        self.tally = Tally()

    def receive(self, data: dict[str, Any], **_: Any) -> None:
        """Count what another process has sent."""
        self.tally.merge(Tally.unpack(data["tally"]))

    def stopping(self, **_: Any) -> None:
        """The run is over, but for the requests under way."""
        self._ended = self._ended or time.time()

    def stop(self, **_: Any) -> None:
        """All requests are over; the last counts and spans may still be on their way."""
        if self._began and not self.environment.parsed_options.headless:
            gevent.spawn_later(REPORTS, self._finish, self._began)

    def quit(self, **_: Any) -> None:
        """Locust ends, and with it the run."""
        if self._began:
            self._finish(self._began)

    def so_far(self) -> dict[str, Any]:
        """The record of the run as it is now."""
        self._take_unsent()
        seconds = (self._ended or time.time()) - self._began / 1e9
        state = "running"
        if self._ended:
            early = seconds < self.environment.parsed_options.run_time - OFTEN
            state = "interrupted" if early else "finished"
        known = {"number": self.number, "state": state, **self._known}
        return record(self.tally, self._wanted, self._began, seconds, **known)

    @property
    def _is_worker(self) -> bool:
        """Whether another process, the first one, keeps the record."""
        return isinstance(self.environment.runner, WorkerRunner)

    def _open(self) -> None:
        """Ask for the number of the run that is to begin, and where the app's dials stand."""
        told = self.environment.parsed_options
        host = (self.environment.host or "").rstrip("/")
        self._dials = run_store.dials(host, os.environ.get("TASTER_URL", "").rstrip("/"))
        about = {"began": str(time.time_ns()), "state": "running", "note": told.note, "host": host}
        self.number = 0 if told.mark else run_store.open_run(about)
        self._opened = True

    def _describe(self) -> dict[str, Any]:
        """What is known of a run before it begins."""
        told, runner = self.environment.parsed_options, self.environment.runner
        host = (self.environment.host or "").rstrip("/")
        return {
            "note": str(told.note)[:200],
            "host": host,
            "dials": self._dials,
            "deploys": [],
            "load": {
                "mode": "open" if told.rate else "closed",
                "shape": told.shape,
                "users": told.peak,
                "rate": told.rate or None,
                "think": None if told.rate else told.think,
                "wave": told.wave if told.shape == "waves" else None,
                "run_time": told.run_time,
                "workers": runner.worker_count if isinstance(runner, MasterRunner) else 1,
                "visitors": {each.__name__: each.weight for each in self.environment.user_classes},
            },
        }

    def _watch(self, began: int) -> None:
        """Look at the run every second while it goes on, and end one that goes on for too long."""
        looks = 0
        while self._began == began and not self._ended:
            looks += 1
            self._wanted[int(time.time())] = self.environment.runner.target_user_count
            self._write()
            if self.number and looks % STORED == 0:
                run_store.store(self.number, self.so_far())
            if time.time() - began / 1e9 > options.LONGEST + OFTEN:
                self.environment.runner.stop()
            gevent.sleep(OFTEN)

    def _finish(self, began: int) -> None:
        """Store the run, unless the next one has begun."""
        if self._began != began:
            return
        tracer.flush(timeout=2)
        self._known["deploys"] = run_store.deploys(self.number)
        self._write()
        if self.number:
            run_store.store(self.number, self.so_far())

    def _take_unsent(self) -> None:
        self.tally.unsent += self.environment.unsent
        self.environment.unsent = 0

    def _write(self) -> None:
        """Write the run so far into the file of `--record`, whole or not at all."""
        if path := self.environment.parsed_options.record:
            fresh = Path(f"{path}.new")
            fresh.write_text(json.dumps(self.so_far()), "utf-8")
            fresh.replace(path)
