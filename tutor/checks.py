"""What the checks of the lessons are written with: all that a `steps/NN-slug/check.py` imports.

A check is one function, `def check(app: Probe) -> None`. It returns if the lesson is done, and
raises `CheckFailed` (through `expect`, mostly) at the first thing that is not:

    from tutor.checks import Probe, expect, same_answers, says

    def check(app: Probe) -> None:
        same_answers(app)                                 # always first
        reply = app.get("/pair/beer?name=stout")          # a request of the check's own
        lines = [line for line in app.log_lines(since=reply) if "pair" in line]
        expect(
            len(lines) == 1,
            expected="one line about `pair` in timing.log for one request",
            seen=f"{len(lines)} such lines",
            look=app.code.place("/pair/beer"),
            detail=lines,
        )

It looks at what can be observed: answers, timing.log, stored traces. Never at source text (`place`
only helps a message), never at a terminal. Whoever solves a lesson another way than the checkpoint
must pass as well.

`same_answers(app, *paths)` (tutor/course/answers.py): the app still answers as in lesson 1, to a
known beer, an unknown one and none (or to `paths`). Returns the reply to the first.

`Probe` (tutor/course/probe.py)
  `get(path, headers=None, status=200)` and `get_taster(…)`: one request; a `Reply` has `.status`,
  `.headers` (names in lower case), `.text`, `.json()`, `.seconds`, `.trace_id`. Another status than
  the expected one (None: any) fails the check in the app's own words. 503 means "not ready", as
  does silence.
  `log_lines(since=reply)`: the lines in timing.log since that probe, both services'.
  `trace(reply)`: its stored `Trace`. Ask for it after all probes are sent: the wait is shared.
  `visits()`: the learner's own requests since `start`.
  `cost()`: what `./workshop cost` measured last, or None.
  `code.place("pair")`, `code.place("/pair/beer")`, `code.place("taste", "taster.py")`: file:line.
  `target.code`, `target.logs`: the folder of the code, and that of timing.log.

`Trace` (tutor/course/stored.py)
  `.url .id .root .roots .spans .services`, `.find(name=…, service=…, resource=…)`, `.outline()`
  (what it is made of, for `seen=`).
  `Span`: `.name .service .resource .type .start .duration .end` (ns) `.error .tags .parent
  .children .below .details["events"]`.

Lines of timing.log (tutor/course/timinglog.py)
  `says(line, seconds)`: does it name about that time? `time_in(line)`: the time that it names, in
  seconds; `times_in(line)`: all that it may be naming. Units are understood however written.
"""

from __future__ import annotations

from tutor.course.answers import NAMELESS, PAIRING, UNKNOWN, same_answers
from tutor.course.cost import Cost, lines_added
from tutor.course.failure import CheckFailed, expect
from tutor.course.probe import Probe, Reply
from tutor.course.stored import Span, Trace
from tutor.course.timinglog import says, time_in, times_in
from tutor.course.visits import Visit

__all__ = [
    "NAMELESS",
    "PAIRING",
    "UNKNOWN",
    "CheckFailed",
    "Cost",
    "Probe",
    "Reply",
    "Span",
    "Trace",
    "Visit",
    "expect",
    "lines_added",
    "same_answers",
    "says",
    "time_in",
    "times_in",
]
