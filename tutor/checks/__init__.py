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

`same_answers(app, *paths)` (tutor/checks/answers.py): the app still answers as in lesson 1, to a
known beer, an unknown one and none (or to `paths`). Returns the reply to the first.

`Probe` (tutor/checks/probe.py)
  `get(path, headers=None, status=200)`, `get_taster(…)`, `post_taster(path, value)`: one request;
  a `Reply` has `.status`, `.headers` (names in lower case), `.text`, `.json()`, `.seconds`,
  `.trace_id`. Another status than the expected one (None: any) fails the check in the app's own
  words. 503 means "not ready", as does silence.
  `log_lines(since=reply)`: the lines in timing.log since that probe, both services'.
  `trace(reply)`: its stored `Trace`. Ask for it after all probes are sent: the wait is shared.
  `visits()`: the learner's own requests since `start`.
  `stored(query)`: how many stored traces match a search, and their percentiles.
  `note("now", "317 ms")`: something to tell beside the result, also if the check passes.
  `cost()`: what `./workshop cost` measured last, or None.
  `code.place("pair")`, `code.place("/pair/beer")`, `code.place("taste", "taster.py")`: file:line.
  `target.code`, `target.logs`: the folder of the code, and that of timing.log.

`Trace` (tutor/checks/stored_trace.py)
  `.url .id .root .roots .spans .services`, `.find(name=…, service=…, resource=…)`, `.outline()`
  (what it is made of, for `seen=`).
  `Span`: `.name .service .resource .type .start .duration .end` (ns) `.error .tags .parent
  .children .below .details["events"]`; `.began` (ns since 1970) to join spans of several traces.
  `most_at_once(spans)`: how many were under way at the same moment, of one trace or of several.
  `most_alike(spans)`: the resource that most of them have, and how many: the teeth of a comb.

Is it faster, and still right? (from lesson 12 on)
  `with baseline(app, 11) as before:` (tutor/checks/baseline.py) runs the code of lesson 11 beside
  the learner's. It takes a second or two to start, so look at other things meanwhile.
  `in_turns(app, before, paths)` (tutor/checks/speedup.py) asks both in turns, holds their answers
  together, and returns a `Speedup`: `.ratio`, of the quickest replies of each. `before.probe` is
  a `Probe` as `app` is.
  `must_be_faster(app, lesson, speedup, at_least, look)`: notes both times, the ratio, and what the
  learner has predicted for it; `note_ratio(app, lesson, ratio)` only notes the latter two.
  `must_taste_all(app, trace)`: every candidate was tasted for this pairing, and took its time.
  `dials_as_they_start(app)`: no dial is turned; a lesson cures in code.
  `at_once(app, paths)`, `crowd(app, paths, visitors, seconds)` (tutor/checks/crowd.py): load, for
  a few seconds at most; `Crowd` has `.replies` and `.throughput`.
  `Shelf(app)` (tutor/checks/redis_pairings.py): the keys of its Redis that name a beer, `keys("ipa")`, how
  long each is kept, `seconds_left(key)`, and `clear("ipa", …)`, as if they had just expired.
  `bursts_in_turns(app, before, enough)` (tutor/checks/burst.py): many different beers at the same
  time, none of them kept, with both apps; `.ratio` of the quickest, `.now` and `.before`.
  `together(app, burst)` (tutor/checks/overlap.py): what went on at the same time in such a burst,
  and what the pairings waited for.
  `arrival(app, path, encoding)`, `arrivals_in_turns(app, before, path, rounds)`
  (tutor/checks/first_byte.py): when the first byte came and when the last, `.first_s` and `.last_s`.
  `predictions.read(app.target.code)`: mine/predictions.txt, `{12: Prediction}`.

Lines of timing.log (tutor/checks/timing_log.py)
  `says(line, seconds)`: does it name about that time? `time_in(line)`: the time that it names, in
  seconds; `times_in(line)`: all that it may be naming. Units are understood however written.
"""

from __future__ import annotations

from tutor.checks.access_log import Visit
from tutor.checks.answers import NAMELESS, PAIRING, UNKNOWN, same_answers
from tutor.checks.baseline import Baseline, baseline
from tutor.checks.burst import Burst, Bursts, bursts_in_turns
from tutor.checks.crowd import Crowd, at_once, crowd
from tutor.checks.dials import dials_as_they_start
from tutor.checks.first_byte import Arrival, arrival, arrivals_in_turns
from tutor.checks.overlap import Together, together
from tutor.checks.probe import Probe, Reply
from tutor.checks.redis_pairings import Shelf
from tutor.checks.speedup import PAIRINGS, Speedup, in_turns, must_be_faster, note_ratio
from tutor.checks.stored_trace import Span, Trace, most_alike, most_at_once
from tutor.checks.tastings import must_taste_all
from tutor.checks.timing_log import says, time_in, times_in
from tutor.cost.record import Cost, lines_added
from tutor.course import predictions
from tutor.course.predictions import Prediction, PredictionError
from tutor.failure import CheckFailed, expect

__all__ = [
    "NAMELESS",
    "PAIRING",
    "PAIRINGS",
    "UNKNOWN",
    "Arrival",
    "Baseline",
    "Burst",
    "Bursts",
    "CheckFailed",
    "Cost",
    "Crowd",
    "Prediction",
    "PredictionError",
    "Probe",
    "Reply",
    "Shelf",
    "Span",
    "Speedup",
    "Together",
    "Trace",
    "Visit",
    "arrival",
    "arrivals_in_turns",
    "at_once",
    "baseline",
    "bursts_in_turns",
    "crowd",
    "dials_as_they_start",
    "expect",
    "in_turns",
    "lines_added",
    "most_alike",
    "most_at_once",
    "must_be_faster",
    "must_taste_all",
    "note_ratio",
    "predictions",
    "same_answers",
    "says",
    "time_in",
    "times_in",
    "together",
]
