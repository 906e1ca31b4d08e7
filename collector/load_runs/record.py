"""The record of a load test run, as docs/api.md describes it.

Durations are in ns unless they say otherwise, moments are strings of ns since 1970, throughput is
answers per second. `None` where there is nothing to measure.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

Count = Annotated[int, Meta(ge=0, le=2**53)]
Amount = Annotated[float, Meta(ge=0, le=2.0**62)]
Text = Annotated[str, Meta(max_length=2000)]
Moment = Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")]
TraceId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


class Load(Struct, frozen=True):
    """The load that was asked for."""

    mode: Literal["closed", "open"] = "closed"
    shape: Text = "constant"
    users: Count = 1
    rate: Amount | None = None
    """Requests per second in open mode, None in closed mode."""
    think: Amount | None = None
    """Seconds between an answer and the visitor's next request, on average."""
    wave: Amount | None = None
    """Seconds from one wave of requests to the next; None if the shape is not waves."""
    run_time: Amount = 0
    """Seconds."""
    workers: Count = 1
    visitors: dict[Text, Amount] = {}
    """The weight of each kind of visitor."""


class Deploy(Struct):
    """A deployed version, and how many of the run's newest traces it answered."""

    version: Text
    traces: Count


class Dial(Struct):
    """The value of one of the app's dials during the run, and its default."""

    value: float
    default: float


class Route(Struct, frozen=True):
    """The requests of one route; of all routes if `name` is empty."""

    name: Text = ""
    requests: Count = 0
    failed: Count = 0
    planted: Count = 0
    """Failures that the app was told to produce."""
    throughput: Amount = 0
    p50: Amount | None = None
    p95: Amount | None = None
    p99: Amount | None = None
    mean: Amount | None = None
    max: Amount | None = None
    percentiles: Annotated[list[tuple[float, Amount]], Meta(max_length=200)] = []
    """Pairs such as (99.9, duration)."""


class Second(Struct):
    """One second of the run."""

    second: Count
    """Counted from the start of the run."""
    users: Count
    requests: Count = 0
    failed: Count = 0
    p50: Amount | None = None
    p95: Amount | None = None


class Level(Struct):
    """All seconds with the same number of visitors: one point of the saturation curve."""

    users: Count
    seconds: Count
    requests: Count = 0
    failed: Count = 0
    throughput: Amount = 0
    p50: Amount | None = None
    p95: Amount | None = None


class Failure(Struct):
    """Requests of one route that failed with the same error, and the trace of one of them."""

    name: Text
    error: Text
    count: Count
    trace_id: TraceId


class Sample(Struct):
    """One request, and its trace."""

    trace_id: TraceId
    name: Text
    start: Moment
    duration: Amount
    waited: Amount = 0
    """Time from when the request was due until it was sent."""
    error: Text = ""
    planted: Text = ""


class Run(Struct):
    """A run of the load test."""

    began: Moment
    number: Count = 0
    state: Literal["running", "finished", "interrupted"] = "finished"
    seconds: Amount = 0
    """How long it took."""
    note: Text = ""
    host: Text = ""
    load: Load = Load()
    deploys: Annotated[list[Deploy], Meta(max_length=100)] = []
    dials: dict[Text, Dial] = {}
    unsent: Count = 0
    """Requests that were due but never sent, in open mode."""
    total: Route = Route()
    routes: Annotated[list[Route], Meta(max_length=200)] = []
    timeline: Annotated[list[Second], Meta(max_length=4000)] = []
    levels: Annotated[list[Level], Meta(max_length=1000)] = []
    errors: Annotated[list[Failure], Meta(max_length=200)] = []
    slowest: Annotated[list[Sample], Meta(max_length=100)] = []
    failed: Annotated[list[Sample], Meta(max_length=100)] = []
    how: dict[Text, Text] = {}
    """How each kind of number was computed."""

    def brief(self) -> dict[str, object]:
        """Return what a list of runs shows of this one."""
        shown = ("number", "state", "began", "seconds", "note", "host", "load", "deploys")
        brief = {name: getattr(self, name) for name in shown}
        return brief | {"turned": self.turned, "total": replace(self.total, percentiles=[])}

    @property
    def turned(self) -> dict[str, float]:
        """The value of each dial that was not at its default."""
        return {name: dial.value for name, dial in self.dials.items() if dial.value != dial.default}
