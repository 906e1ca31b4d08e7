"""What a tracer can be told: by the environment when it is made, by `configure` at any time."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import NoReturn

from . import environment
from .history import setting_of
from .logical_clock import LogicalClock
from .sampling import Sampler, sampler_of
from .sampling.choice import REMOTE
from .sampling.remote import RemoteSampler
from .text import to_text
from .writer import HttpWriter, Writer

log = logging.getLogger("tracer")

DEFAULT_URL = "http://127.0.0.1:8126"


class Settings:
    """A tracer's settings: attributes to be read, and changed by `configure`."""

    def __init__(self, writer: Writer | None = None) -> None:
        """Read the settings from the environment.

        These are COLLECTOR_URL, SERVICE, VERSION, ENV, TRACE_SAMPLING, TRACE_SAMPLING_HASH,
        TRACE_SQL_LITERALS, TRACE_CLOCK and TRACE_HISTORY.
        `writer` takes the finished spans; by default they go to the collector.
        """
        self._collector_url = os.environ.get("COLLECTOR_URL") or DEFAULT_URL
        self.writer = writer or HttpWriter(self._collector_url)
        self.service = os.environ.get("SERVICE") or "python"
        self.version = os.environ.get("VERSION") or ""
        self.env = os.environ.get("ENV") or ""
        self.enabled = True
        self.sql_literals = environment.is_on("TRACE_SQL_LITERALS")
        self._own_clock = LogicalClock()  # never begins again, however often it is turned on
        has_clock = environment.is_on("TRACE_CLOCK")
        self.logical_clock: LogicalClock | None = self._own_clock if has_clock else None
        """The clock that requests and answers carry; None if they carry none."""
        self._clock: Callable[[], int] = time.time_ns
        self.history_setting = environment.history()
        self._hash = environment.sampling_hash()
        self.sampler: Sampler = self._sampler_from_environment()

    def configure(
        self,
        *unnamed: NoReturn,
        hostname: str | None = None,
        port: int | None = None,
        service: str | None = None,
        version: str | None = None,
        env: str | None = None,
        enabled: bool | None = None,
        sampling: object = None,
        sql_literals: bool | None = None,
        logical_clock: bool | None = None,
        clock: Callable[[], int] | None = None,
        history: bool | int | str | None = None,
    ) -> None:
        """Change the settings given and leave the others.

        `hostname` and `port` say where the collector is, `version` and `env` become tags of each
        service's first span in a trace. `sampling` says which traces to keep: a share from 0 to 1,
        a list of rules or the path of a JSON file with them (`tracer.sampling.rules`), "remote" for
        those of the collector, or "unitary:0.1" to choose single spans. `sql_literals` records
        texts and numbers in SQL as they are; by default each is a `?`. `logical_clock` sends a
        Lamport clock along (`tracer.logical_clock`). `clock` tells the time of day, ns since 1970,
        in place of `time.time_ns`; it is read once for all spans of a trace in this process.
        `history` sends along what has been executed (`tracer.history`): True, False, "ask" for
        requests that ask for it, or the bytes that it may take.

        Raises `TypeError` if a setting has no name: nobody could tell a service from a host, and a
        wrong guess would lose every trace; `ValueError` if `sampling` or `history` is none. That
        ends the program where it begins, as any wrong call does; once it runs, nothing is raised.
        """
        if unnamed:
            raise TypeError(_must_be_named(unnamed[0]))
        if hostname is not None or port is not None:
            self.writer.close(timeout=0)  # it still sends what it has
            self._collector_url = f"http://{hostname or '127.0.0.1'}:{port or 8126}"
            self.writer = HttpWriter(self._collector_url)
        if service is not None:
            self.service = to_text(service)
        if version is not None:
            self.version = to_text(version)
        if env is not None:
            self.env = to_text(env)
        if enabled is not None:
            self.enabled = enabled
        if sql_literals is not None:
            self.sql_literals = sql_literals is True
        if logical_clock is not None:
            self.logical_clock = self._own_clock if logical_clock is True else None
        if clock is not None:
            self._clock = clock
        if history is not None:
            self.history_setting = setting_of(history)
        if sampling is None and isinstance(self.sampler, RemoteSampler):
            sampling = REMOTE  # perhaps for another service, or of another collector
        if sampling is not None:
            self._use(self._sampler(sampling))

    def _sampler(self, setting: object) -> Sampler:
        """Return the sampler that a setting means. Raises `ValueError` if it means none."""
        return sampler_of(setting, self._collector_url, self.service, self._hash)

    def _sampler_from_environment(self) -> Sampler:
        """Return the sampler that the environment asks for. An invalid setting must not keep the
        app from starting."""
        setting = os.environ.get("TRACE_SAMPLING") or "1"
        try:
            return self._sampler(setting)
        except ValueError as problem:
            log.warning("TRACE_SAMPLING: %s: keeping all traces", problem)
            return self._sampler(1)

    def _use(self, sampler: Sampler) -> None:
        if isinstance(self.sampler, RemoteSampler):
            self.sampler.close()
        self.sampler = sampler


def _must_be_named(value: object) -> str:
    example = f"service={value!r}" if type(value) is str else 'service="web"'
    return f"settings are given by name, as in tracer.configure({example})"
