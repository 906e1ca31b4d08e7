"""What an outage of the taster is predicted to do to the real app, and what it does."""

from __future__ import annotations

from pathlib import Path

import msgspec

from collector.analysis.outage import Outcome, outcomes_without
from collector.analysis.trace import Trace, read_trace
from collector.receivers.datadog import read_v04
from tests.services.pair import running_pair
from tests.services.sink import Trace as SentTrace

PAIRING = "/pair/beer?name="
QUICK = {"TASTE_MS": 1, "CONNECT_MS": 0, "SQL_ROUND_TRIP_MS": 0, "REDIS_ROUND_TRIP_MS": 0}


def without_the_taster(traces: list[SentTrace]) -> Outcome:
    """Return what is predicted for the route that pairs."""
    outcomes = outcomes_without([as_analysed(trace) for trace in traces], "taster")
    [outcome] = [found for found in outcomes if found.route.resource == "GET /pair/beer"]
    return outcome


def as_analysed(trace: SentTrace) -> Trace:
    [chunk] = read_v04(msgspec.msgpack.encode([trace.spans])).chunks
    return read_trace(chunk.trace_id, chunk.spans)


def test_what_an_outage_of_the_taster_does_is_unknown_until_it_was_seen(
    tmp_path: Path, redis_url: str
) -> None:
    """One donut of twelve never thaws in time, so that in each of these traces a call fails; and
    yet every request survives that, and none an outage."""
    with running_pair(tmp_path, redis_url) as pair:
        with pair.turned(TASTE_TIMEOUT_S=0.1, THAW_MS=130, ATTEMPTS=1, **QUICK):
            traces = [pair.traced(PAIRING + "barleywine")[1] for _ in range(3)]
        failed = [
            sum(span.get("error", 0) for span in trace.named("requests.request"))
            for trace in traces
        ]
        assert failed == [1, 1, 1]
        before = without_the_taster(traces)
        assert (before.needing, before.seen, before.verdict) == (3, 0, "unknown")

        pair.taster.process.terminate()
        pair.taster.process.wait(10)
        answers = [pair.get(PAIRING + beer) for beer in ("barleywine", "ipa", "stout", "pilsner")]
        measured = sum(answer.status_code >= 500 for answer in answers) / len(answers)
        assert measured == 1
        low, high = before.failing_range
        assert low <= measured <= high

        after = without_the_taster([*traces, *map(pair.sink.trace, answers)])
        assert (after.needing, after.seen, after.verdict) == (7, 4, "fails")
        assert after.failing == measured
