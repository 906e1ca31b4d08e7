"""Calls one after another that could be side by side, and what looks like them."""

from __future__ import annotations

from tests.collector.analysis.cases.case import Case
from tests.collector.analysis.trace_builder import (
    Piece,
    call,
    each,
    failed,
    redis,
    sleep,
    sql,
    step,
    together,
    web,
    work,
)

FOUND = "sequential_fan_out"


def taste(number: int = 0, resource: str = "GET /taste", ms: float = 40) -> Piece:
    """A call whose server takes nearly all of its time."""
    return call(resource, 1, web(resource=resource, service="taster", ms=ms, delay=1))


CASES = [
    Case("12 tastes", FOUND, web(*each(12, taste))),
    Case("three", FOUND, web(*each(3, taste))),
    Case("ids in the resource", FOUND, web(*each(8, lambda n: taste(resource=f"GET /taste/{n}")))),
    Case(
        "UUIDs in the resource",
        FOUND,
        web(*each(8, lambda n: taste(resource=f"GET /beers/{n:08x}-0000-4000-8000-{n:012x}"))),
    ),
    Case(
        "names in the resource, encoded",
        FOUND,
        web(*each(8, lambda n: taste(resource=f"GET /taste/Pale%20Ale%20{n}"))),
    ),
    Case("ids in the name", FOUND, web(*each(8, lambda n: call("", 40, name=f"GET /taste/{n}")))),
    Case("ids in the query", FOUND, web(*each(8, lambda n: call(f"GET /taste?beer={n}", 40)))),
    Case(
        "an address in a tag",
        FOUND,
        web(*each(8, lambda n: call("GET", 40, url__full=f"http://taster/taste?beer={n}"))),
    ),
    Case("without a server's span", FOUND, web(*each(6, lambda n: call()))),
    Case("functions", FOUND, web(*each(12, lambda n: step("palate.taste", ms=25)))),
    Case("functions that call", FOUND, web(*each(8, lambda n: step("taste", taste(), ms=1)))),
    Case(
        "functions with a number each",
        FOUND,
        web(*each(8, lambda n: step(f"taste donut {n}", taste(), ms=1))),
    ),
    Case("a little work between", FOUND, web(*each(6, lambda n: [taste(), work(4)]))),
    Case(
        "a lookup between", FOUND, web(*each(6, lambda n: [redis("GET", 1), taste()])), "n_plus_one"
    ),
    Case(
        "gRPC",
        FOUND,
        web(*each(6, lambda n: call("/taster.Taster/Taste", 30, type="rpc", name="grpc.client"))),
    ),
    Case(
        "another client's names",
        FOUND,
        web(*each(6, lambda n: call("GET", 30, name="aiohttp.request"))),
    ),
    Case(
        "batches, one after another", FOUND, web(*each(4, lambda n: call("POST /taste/batch", 80)))
    ),
    Case("posts", FOUND, web(*each(6, lambda n: call("POST /taste", 30)))),
    Case(
        "slow ones of different length",
        FOUND,
        web(*each(6, lambda n: call("GET /taste", 20 + 10 * n))),
    ),
    Case("a few that overlap", FOUND, web(*each(6, lambda n: call()), together(call(), call()))),
    Case("seconds long", FOUND, web(*each(4, lambda n: call("GET /report", 1_500)))),
    Case(
        "a clock behind at the server",
        FOUND,
        web(*each(6, lambda n: call("GET /taste", 1, web(service="taster", ms=30, shift=-80)))),
    ),
    Case("below another call", FOUND, call("GET /pair", 1, web(*each(6, taste)))),
    Case("in a worker", FOUND, step("worker", *each(6, taste))),
    Case("half of a request", FOUND, web(*each(5, taste), step("match", ms=150))),
    Case(
        "one failed among them",
        FOUND,
        web(*each(4, taste), failed(http__response__status_code="404"), *each(4, taste)),
    ),
    Case(
        "some queries beneath",
        FOUND,
        web(*each(4, lambda n: step("rate", sql("SELECT x FROM t", 5), ms=30))),
    ),
    Case("downloads", FOUND, web(*each(5, lambda n: call(f"GET /images/{n}.png", 60)))),
    Case("kept alive, nothing between", FOUND, web(*each(10, lambda n: call("GET /taste", 15)))),
    Case("renders", FOUND, web(*each(8, lambda n: step("render", ms=20)))),
    # near-misses
    Case("two", "", web(*each(2, taste))),
    Case("side by side", "", web(together(*each(12, taste)))),
    Case("three at a time", "", web(*each(4, lambda n: together(taste(), taste(), taste())))),
    Case(
        "a small part of the trace",
        "",
        web(*each(5, lambda n: call("GET /x", 5)), step("a", ms=500)),
    ),
    Case(
        "one long, others short",
        "",
        web(call("GET /taste", 500), *each(4, lambda n: call("GET /taste", 3))),
    ),
    Case(
        "pages by a cursor in the resource",
        "",
        web(*each(10, lambda n: call(f"GET /beers?cursor=c{n}x", 40))),
    ),
    Case(
        "pages by a cursor, the first without",
        "",
        web(call("GET /beers", 40), *each(9, lambda n: call(f"GET /beers?cursor=a{n}", 40))),
    ),
    Case(
        "pages by a cursor in the address",
        "",
        web(*each(10, lambda n: call("GET /beers", 40, url__full=f"http://x/beers?after={n}&n=9"))),
    ),
    Case(
        "pages by a cursor in the query",
        "",
        web(*each(10, lambda n: call("GET /beers", 40, url__query=f"limit=9&page_token=t{n}"))),
    ),
    Case(
        "pages by a tag", "", web(*each(10, lambda n: call("GET /beers", 40, page__cursor=f"c{n}")))
    ),
    Case("pages by number", "", web(*each(10, lambda n: call(f"GET /beers?page={n}", 40)))),
    Case("pages in the path", "", web(*each(10, lambda n: call(f"GET /beers/page/{n}", 40)))),
    Case(
        "a function that fetches pages",
        "",
        web(*each(6, lambda n: step("fetch_page", call("GET /beers", 40)))),
    ),
    Case(
        "a continuation",
        "",
        web(*each(6, lambda n: call("GET /log", 40, http__url=f"/log?continuation-token={n}"))),
    ),
    Case("polls for a job", "", web(*each(8, lambda n: [call("GET /jobs/7", 60), sleep(200)]))),
    Case(
        "calls at a limited rate",
        "",
        web(*each(8, lambda n: [call(f"GET /beers/{n}", 80), sleep(250)])),
    ),
    Case("long polls", "", web(*each(4, lambda n: call("GET /poll", 900)))),
    Case("sleeps", "", web(*each(5, lambda n: step("time.sleep", ms=50)))),
    Case("backing off", "", web(*each(5, lambda n: step("retry.backoff", ms=50)))),
    Case("waits", "", web(*each(5, lambda n: step("palate.wait", ms=20))), "wait_before_work"),
    Case(
        "messages in their order",
        "",
        web(*each(6, lambda n: step("orders publish", ms=20, kind="producer"))),
    ),
    Case(
        "parts that a framework sends",
        "",
        web(*each(6, lambda n: step("websocket receive", ms=20))),
    ),
    Case("queries", "", web(*each(4, lambda n: sql("SELECT * FROM t WHERE id = ?", 20)))),
    Case(
        "each a query in a span of its own",
        "n_plus_one",
        web(*each(12, lambda n: step("load", sql("SELECT * FROM t WHERE id = ?", 8), ms=1))),
    ),
    Case("failures", "retry_storm", web(*each(4, lambda n: failed("GET /taste", 30)))),
    Case(
        "left running", "", web(*each(6, lambda n: step("mail", ms=60, left_running=True)), ms=20)
    ),
    Case(
        "each followed by the next",
        "",
        web(call("GET /a", 40), call("GET /b", 40), call("GET /c", 40), call("GET /d", 40)),
    ),
    Case("hedged", "", web(together(call(), call(), apart=20))),
]
