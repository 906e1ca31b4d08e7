"""Retries without a pause, and what looks like them."""

from __future__ import annotations

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import (
    call,
    each,
    failed,
    sleep,
    sql,
    step,
    timed_out,
    together,
    web,
    work,
)

FOUND = "retry_storm"
BOTH = "retry_storm round_timeout"
QUICK = "http://taster/taste?beer=ipa"
UNAVAILABLE = {"http__response__status_code": "503"}

CASES = [
    Case("three quick failures", FOUND, web(*each(3, lambda n: failed()), ms=20)),
    Case(
        "quick failures with a moment between",
        FOUND,
        web(*each(4, lambda n: [failed("GET /taste", 1), work(2)]), ms=20),
    ),
    Case(
        "quick failures, 5 ms between",
        FOUND,
        web(*each(4, lambda n: [failed("GET /taste", 3), work(5)]), ms=20),
    ),
    Case("at last it works", FOUND, web(*each(3, lambda n: failed()), call())),
    Case("two, then it works", FOUND, web(failed(), failed(), call())),
    Case(
        "two, then it is given up", FOUND, web(failed("GET /taste", 30), failed("GET /taste", 30))
    ),
    Case("three timeouts of a second", BOTH, web(*each(3, lambda n: timed_out(1_000)))),
    Case(
        "three timeouts, each noticed late",
        BOTH,
        web(*each(3, lambda n: [timed_out(1_000, late=7), work(15)])),
    ),
    Case("answers of 503", FOUND, web(*each(5, lambda n: failed("GET /taste", 8, **UNAVAILABLE)))),
    Case(
        "answers of 429 that nobody heeds",
        FOUND,
        web(*each(5, lambda n: failed("GET /taste", 4, http__response__status_code="429"))),
    ),
    Case(
        "below servers that fail",
        FOUND,
        web(*each(3, lambda n: failed("GET /taste", 1, web(service="taster", ms=30, error=1)))),
    ),
    Case(
        "a locked database", FOUND, web(*each(4, lambda n: sql("UPDATE t SET a = ?", 5, error=1)))
    ),
    Case(
        "a deadlock, then it works",
        FOUND,
        web(
            *each(3, lambda n: sql("UPDATE t SET a = ?", 15, error=1)),
            sql("UPDATE t SET a = ?", 3),
            step("match", ms=60),
        ),
    ),
    Case(
        "among others that succeed",
        FOUND,
        web(
            call("GET /taste", 5),
            *each(3, lambda n: failed("GET /taste", 9)),
            call("GET /taste", 4),
            step("pair", ms=200),
        ),
    ),
    Case(
        "among others, with the beer in a tag",
        FOUND,
        web(
            call("GET /taste", 5, beer__name="ale"),
            failed("GET /taste", 9, beer__name="ipa"),
            failed("GET /taste", 9, beer__name="ipa"),
            call("GET /taste", 5, beer__name="bock"),
            step("pair", ms=200),
        ),
    ),
    Case(
        "numbered by the conventions",
        FOUND,
        web(
            call("GET /taste", 4),
            failed(),
            failed(http__request__resend_count=1),
            call("GET /taste", 4),
            call("GET /taste", 4),
            step("pair", ms=200),
        ),
    ),
    Case(
        "each attempt in a span of its own",
        FOUND,
        web(*each(3, lambda n: step(f"attempt {n}", failed("GET /taste", 8), error=1))),
    ),
    Case(
        "each attempt in a span that does not fail",
        FOUND,
        web(*each(3, lambda n: step("try_once", failed("GET /taste", 8)))),
    ),
    Case(
        "a span around all attempts",
        FOUND,
        web(step("taste_with_retries", *each(3, lambda n: failed("GET /taste", 8)), error=1)),
    ),
    Case(
        "an attempt's number in a tag",
        FOUND,
        web(*each(3, lambda n: failed("GET /taste", 8, retry__attempt=str(n)))),
    ),
    Case(
        "a request id in a tag",
        FOUND,
        web(*each(3, lambda n: failed("GET /taste", 8, request_id=f"r{n}"))),
    ),
    Case("an id in the resource", FOUND, web(*each(3, lambda n: failed("GET /taste/7", 8)))),
    Case("the address in a tag", FOUND, web(*each(3, lambda n: failed("GET", 8, url__full=QUICK)))),
    Case("ten in a row", FOUND, web(*each(10, lambda n: failed("GET /taste", 8)))),
    Case("functions", FOUND, web(*each(3, lambda n: step("charge", ms=20, error=1)))),
    Case(
        "gRPC",
        FOUND,
        web(*each(3, lambda n: failed("/t.T/Taste", 9, name="grpc.client", type="rpc"))),
    ),
    Case(
        "two storms",
        FOUND,
        web(
            *each(3, lambda n: failed("GET /taste/1", 8)),
            *each(3, lambda n: failed("GET /taste/2", 8)),
        ),
    ),
    Case(
        "a second of each, hardly a pause",
        BOTH,
        web(*each(3, lambda n: [timed_out(2_000), work(20)])),
    ),
    Case("in a worker", FOUND, step("worker", *each(3, lambda n: failed("GET /taste", 8)))),
    Case(
        "connections refused",
        FOUND,
        web(
            *each(4, lambda n: failed("GET /taste", 1, error__type="ConnectionRefusedError")), ms=9
        ),
    ),
    # near-misses
    Case("one", "", web(failed(), call())),
    Case(
        "six calls of which two neighbours failed",
        "",
        web(
            call("GET /taste", 5),
            call("GET /taste", 5),
            failed(),
            failed(),
            call("GET /taste", 5),
            call("GET /taste", 5),
            step("pair", ms=200),
        ),
    ),
    Case(
        "six calls of which the first two failed",
        "",
        web(failed(), failed(), *each(4, lambda n: call("GET /taste", 5)), step("pair", ms=200)),
    ),
    Case(
        "six with ids of which three failed",
        "",
        web(
            *each(2, lambda n: call(f"GET /taste/{n}", 5)),
            *each(3, lambda n: failed(f"GET /taste/{n + 2}")),
            call("GET /taste/6", 5),
            step("pair", ms=200),
        ),
    ),
    Case(
        "all of six with ids failed", "", web(*each(6, lambda n: failed(f"GET /taste/{n}")), ms=40)
    ),
    Case(
        "all of six with a tag failed",
        "",
        web(*each(6, lambda n: failed("GET /taste", 3, beer__name="abcdef"[n - 1])), ms=40),
    ),
    Case(
        "all of six with an address failed",
        "",
        web(*each(6, lambda n: failed("GET", 3, url__full=f"http://t/taste?beer={n}")), ms=40),
    ),
    Case(
        "every other one failed",
        "",
        web(*each(4, lambda n: [call("GET /taste", 5), failed()]), step("pair", ms=200)),
    ),
    Case(
        "a 5 s timeout with a pause of 400 ms",
        "round_timeout",
        web(*each(3, lambda n: [timed_out(5_000), sleep(400)])),
    ),
    Case("a pause of 100 ms", "", web(*each(3, lambda n: [failed(), sleep(100)]))),
    Case(
        "a pause of 50 ms after quick failures",
        "",
        web(*each(4, lambda n: [failed("GET /taste", 3), sleep(50)])),
    ),
    Case(
        "a pause that doubles",
        "",
        web(*each(4, lambda n: [failed("GET /taste", 7), sleep(25 * 2**n)])),
        "childless_work",
    ),
    Case(
        "a pause that doubles from a few ms on",
        "",
        web(*each(5, lambda n: [failed("GET /taste", 2), sleep(3 * 2**n)]), step("pair", ms=300)),
    ),
    Case(
        "a pause with chance in it",
        "",
        web(*each(4, lambda n: [failed("GET /taste", 7), work((37, 120, 95, 260)[n - 1])])),
    ),
    Case(
        "at once, then longer and longer",
        "",
        web(failed(), failed(), sleep(200), failed(), sleep(400), failed(), sleep(800), call()),
    ),
    Case(
        "a pause span between",
        "",
        web(*each(3, lambda n: [failed("GET /taste", 7), step("backoff", ms=60)])),
    ),
    Case("side by side", "", web(together(*each(4, lambda n: failed("GET /taste", 30))))),
    Case("hedged", "", web(together(failed("GET /taste", 30), failed("GET /taste", 30), apart=10))),
    Case("different calls", "", web(failed("GET /a"), failed("GET /b"), failed("GET /c"), ms=9)),
    Case(
        "what does not exist",
        "",
        web(*each(4, lambda n: failed("GET /beer", 4, http__response__status_code="404")), ms=30),
    ),
    Case(
        "what is forbidden",
        "",
        web(*each(3, lambda n: failed("GET /beer", 4, http__response__status_code="403")), ms=30),
    ),
    Case("fails and works by turns", "", web(failed(), call(), failed(), call())),
    Case(
        "one failure in each of three requests",
        "",
        web(*each(3, lambda n: step("part", failed("GET /a/7", 5), call("GET /b", 5))), ms=30),
        "sequential_fan_out retry_storm",
    ),
    Case("nothing fails", "", web(call(), call())),
]
