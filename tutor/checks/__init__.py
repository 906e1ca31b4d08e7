"""What the checks of the lessons are written with: all that a `steps/NN-slug/check.py` imports.

A check is one function, `check(app: Probe) -> None`. It returns if the lesson is done, and raises
`CheckFailed` (mostly through `expect`) at the first thing that is missing:

    from tutor.checks import Probe, expect, names_time, same_answers

    def check(app: Probe) -> None:
        same_answers(app)                                 # always first
        reply = app.get("/pair/beer?name=stout")          # a request of the check's own
        lines = [line for line in app.log_lines(since=reply) if "pair" in line]
        expect(
            any(names_time(line, reply.seconds) for line in lines),
            expected=f"`pair` to take {reply.seconds * 1000:.0f} ms, as the check measured",
            seen=f"{count(len(lines), 'line')} about `pair`, none with that time",
            look=app.code.place("/pair/beer"),
            detail=lines,
        )

A check looks at what can be observed: answers, timing.log, stored traces, a query plan. It never
judges source text (`place` only helps a message) or what somebody's terminal shows. If you solve a
lesson in another way than the checkpoint does, you must pass as well.
"""

# ruff: noqa: F401 (all of it is here for others to import)

from tutor.checks.answers import PAIRING, UNKNOWN_BEER, same_answers
from tutor.checks.baseline import Baseline, run_baseline
from tutor.checks.black_box import Inferred, infer
from tutor.checks.burst import measure_burst_speedup
from tutor.checks.cached_pairings import CachedPairings
from tutor.checks.carried_trace import CarriedTrace, carried_trace
from tutor.checks.dials import must_have_default_dials, turned
from tutor.checks.first_byte import TimedReply, get_timed, get_timed_in_turns
from tutor.checks.forwarded import must_be_forwarded
from tutor.checks.kept_traces import kept_traces, samples_at_tail, weight
from tutor.checks.overlap import Overlap, measure_overlap
from tutor.checks.probe import Probe, Reply
from tutor.checks.query_plan import query_plan, reads_whole_table
from tutor.checks.speedup import measure_speedup, must_be_faster, note_ratio
from tutor.checks.stored_trace import Span, Trace, max_concurrent, most_common_resource
from tutor.checks.tastings import must_taste_all
from tutor.checks.timing_log import names_time, none_about, time_in
from tutor.checks.tried_rules import TriedRules, as_of_a_visitor, made_up
from tutor.cost.record import lines_added
from tutor.course import predictions
from tutor.errors import UsageError
from tutor.failure import expect
from tutor.sandbox.temporary_stack import temporary_stack
from tutor.terminal import count
