"""Questions about many traces are answered over HTTP as docs/api.md says."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.aggregates import trace_analyses
from collector.aggregates.trace_analyses import analyses
from collector.aggregates.trace_insight import insight
from collector.analysis.trace import Trace
from collector.http import insights
from collector.model import Chunk, Span
from collector.store.trace_store import TraceStore
from tests.collector.analysis.traces import MS, SOME_TIME, span

Get = Callable[..., Any]
ROUTE = {"route_service": "web", "route": "GET /pair"}
TASTE = {"service": "taster", "name": "taste", "resource": "taste"}


def trace_id(number: int) -> str:
    return f"{number:032x}"


def pairing(number: int, queries: int, taste: int, version: str, error: int = 0) -> list[Span]:
    """A request with a comb of queries and a call to the taster; request number `number` comes that
    many times 10 ms after the first."""
    at = number * 10
    asked = at + 2 + 2 * queries
    end = asked + taste + 4
    comb = [
        span(10 + i, 2, at + 2 + 2 * i, at + 4 + 2 * i, "query", "db", "SELECT", "sql")
        for i in range(queries)
    ]
    return [
        span(1, 0, at, end + 2, "locust", "locust", "GET /pair", "http", "client"),
        span(
            *(2, 1, at + 1, end + 1, "flask", "web", "GET /pair", "http", "server", error),
            http__response__status_code=500 if error else 200,
            version=version,
        ),
        *comb,
        span(3, 2, asked, asked + taste + 2, "get", "web", "GET /taste", "http", "client", error),
        span(4, 3, asked + 1, asked + taste + 1, "taste", "taster", "taste", "", "server", error),
    ]


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    """Thirty requests of each of two deploys, the second with more queries, and one other route."""
    old = [Chunk(trace_id(n), pairing(n, 6, 20 + n % 7, "s-1", int(n == 3))) for n in range(1, 31)]
    new = [Chunk(trace_id(n), pairing(n, 9, 20 + n % 7, "s-2")) for n in range(31, 61)]
    ping = Chunk(trace_id(99), [span(1, 0, 5, 6, "flask", "web", "GET /ping", "http", "server")])
    store.add([*old, *new, ping])


def test_routes_come_with_most_time_first_and_their_findings(get: Get) -> None:
    answer = get("/api/routes")
    pair, ping = answer["routes"]
    assert (pair["service"], pair["resource"], pair["traces"]) == ("web", "GET /pair", 60)
    assert (ping["resource"], ping["traces"], ping["errors"]) == ("GET /ping", 1, 0)
    assert pair["errors"] == 1
    assert pair["share"] + ping["share"] == pytest.approx(1)
    assert pair["duration"]["p50"] <= pair["duration"]["p95"] <= pair["duration"]["p99"]
    assert {"kind": "n_plus_one", "traces": 60, "lesson": "12-batch"} in pair["findings"]
    sample = answer["sample"]
    assert (sample["matched"], sample["folded"], sample["pending"]) == (61, 61, 0)
    assert sample["how"] == "all 61 traces that match"
    assert sample["oldest"] == str(SOME_TIME + 5 * MS)
    assert int(sample["as_of"]) > int(sample["newest"])


def test_series_have_every_trace_once_in_buckets_bars_and_cells(get: Get) -> None:
    answer = get("/api/series", buckets=10, **ROUTE)
    assert len(answer["buckets"]) == 10
    assert sum(bucket["traces"] for bucket in answer["buckets"]) == 60
    assert sum(bar["traces"] for bar in answer["histogram"]) == 60
    assert sum(bar["errors"] for bar in answer["histogram"]) == 1
    assert sum(cell["traces"] for cell in answer["cells"]) == 60
    bars = answer["bars"]
    assert all(one["high"] == other["low"] for one, other in pairwise(bars))
    assert answer["bars"][-1]["high"] >= answer["max"] > bars[-1]["low"]
    assert answer["duration"]["p99"] <= answer["max"]
    for cell in answer["cells"]:
        slowest = get("/api/trace/" + cell["trace_id"])["columns"]["duration"][0]
        assert bars[cell["bar"]]["low"] < slowest <= bars[cell["bar"]]["high"]
    begin, end = SOME_TIME, SOME_TIME + 1000 * MS
    ranged = get("/api/series", buckets=10, **{"from": begin, "to": end})
    assert (ranged["begin"], ranged["step"]) == (str(begin), 100 * MS)


@pytest.mark.parametrize("by", ["path", "operation", "service"])
def test_the_nodes_of_a_graph_share_out_the_mean_duration(get: Get, by: str) -> None:
    answer = get("/api/graph", by=by, **ROUTE)
    assert (answer["by"], answer["count"], answer["left_out"]) == (by, 60, 0)
    total = sum(node["critical_mean"] for node in answer["nodes"])
    assert total == pytest.approx(answer["mean"])
    keys = {node["key"] for node in answer["nodes"]}
    assert {edge["called"] for edge in answer["edges"]} == keys
    assert not any(edge["back"] for edge in answer["edges"] if by != "service")
    db = next(node for node in answer["nodes"] if node["service"] == "db")
    assert len(db["median"]["span_id"]) == 16
    assert get(f"/api/trace/{db['slowest']['trace_id']}/span/{db['slowest']['span_id']}")
    assert ("findings" in answer) == (by != "service")
    assert ("lines" in answer) == (by == "path")


def test_findings_are_at_their_node_with_evidence(get: Get) -> None:
    answer = get("/api/graph", **ROUTE)
    [finding] = [each for each in answer["findings"] if each["kind"] == "n_plus_one"]
    node = next(node for node in answer["nodes"] if node["key"] == finding["key"])
    assert (node["service"], node["resource"]) == ("db", "SELECT")
    assert finding["traces"] == 60
    assert finding["what"].startswith("query SELECT × ")
    # of 6 or 9 queries of 2 ms each one might do
    assert finding["cost"] == pytest.approx((5 * 2 + 8 * 2) / 2 * MS)
    assert node["findings"] == [{k: v for k, v in finding.items() if k != "key"}]
    shown = get(f"/api/trace/{finding['trace_id']}/insight")["findings"]
    assert finding["what"] in [each["what"] for each in shown]


def test_the_lines_of_the_calling_tree_go_down_from_the_root(get: Get) -> None:
    answer = get("/api/graph", by="path", **ROUTE)
    lines = answer["lines"]
    assert [line["depth"] for line in lines] == [0, 1, 2, 3, 2]
    assert lines[0]["critical"] == pytest.approx(answer["mean"])


def test_the_map_says_who_pays_for_whom_and_finds_the_traces_of_an_edge(get: Get) -> None:
    answer = get("/api/map")
    assert answer["services"]["db"]["kind"] == "datastore"
    assert answer["dependencies"]["locust"] == {"web": 1, "db": 2, "taster": 2}
    assert answer["dependants"]["db"] == {"web": 1, "locust": 2}
    edges = {(edge["caller"], edge["called"]): edge for edge in answer["edges"]}
    assert set(edges) == {
        ("", "locust"), ("", "web"), ("locust", "web"), ("web", "db"), ("web", "taster")
    }  # fmt: skip
    assert get("/api/traces", q=edges["web", "taster"]["q"])["matched"] == 60
    assert get("/api/traces", q=edges["", "web"]["q"])["matched"] == 1
    pair = answer["bills"][0]
    assert (pair["resource"], pair["traces"]) == ("GET /pair", 60)
    critical = sum(each["critical"] for each in pair["services"].values())
    assert critical == pytest.approx(pair["duration"])
    assert sum(each["share"] for each in pair["services"].values()) == pytest.approx(1)


def test_a_comparison_blames_the_whole_difference_on_paths(get: Get) -> None:
    answer = get("/api/compare", a_q="version:s-1", b_q="version:s-2", **ROUTE)
    assert (answer["count_a"], answer["count_b"], answer["enough"]) == (30, 30, True)
    assert sum(shift["difference"] for shift in answer["shifts"]) == answer["difference"]
    assert answer["difference"] == round(answer["mean_b"] - answer["mean_a"])
    worst = answer["shifts"][0]
    assert (worst["service"], worst["structure"], worst["verdict"]) == ("db", "more", "changed")
    assert worst["path"] == ["locust GET /pair", "web flask GET /pair", "db query SELECT"]
    assert worst["depth"] == 2
    assert worst["difference"] == 3 * 2 * MS
    assert worst["median_a"]["value"] == worst["median_b"]["value"] == 2 * MS
    assert [shift["verdict"] for shift in answer["shifts"]].count("changed") == 1
    for side, bars in (("a", answer["a"]["histogram"]), ("b", answer["b"]["histogram"])):
        assert sum(bar["traces"] for bar in bars) == answer[side]["sample"]["folded"] == 30
    assert [bar["low"] for bar in answer["a"]["histogram"]] == [
        bar["low"] for bar in answer["b"]["histogram"]
    ]
    versions = {row["value"]: row["verdict"] for row in answer["attributes"]}
    assert (versions["s-1"], versions["s-2"]) == ("less in B", "more in B")
    assert [deploy["version"] for deploy in answer["deploys"]] == ["s-2", "s-1"]
    alone = get("/api/compare", a_q="service:nobody", b_q="version:s-2")
    assert {shift["structure"] for shift in alone["shifts"]} == {"added"}
    assert not alone["enough"]


def test_deploys_come_newest_first(get: Get) -> None:
    deploys = get("/api/deploys")["deploys"]
    assert [(each["version"], each["traces"]) for each in deploys] == [("s-2", 30), ("s-1", 30)]
    assert deploys[1]["oldest"] == str(SOME_TIME + 10 * MS)


def test_a_what_if_without_a_change_predicts_what_was_measured(get: Get) -> None:
    answer = get("/api/what-if", **ROUTE)
    assert answer["predicted"] == answer["measured"]
    assert answer["histograms"]["predicted"] == answer["histograms"]["measured"]
    assert (answer["count"], answer["concerned"], answer["sample"]["played"]) == (60, 0, 60)
    ways = {each["name"]: each["ways"] for each in answer["operations"]}
    assert ways["query"] == ["scale", "cache", "batch", "parallel"]
    assert ways["locust"] == ["scale"]
    same = json.dumps(TASTE | {"way": "scale", "factor": 1})
    assert get("/api/what-if", change=same, **ROUTE)["predicted"] == answer["measured"]


def test_a_what_if_predicts_the_effect_of_a_change(get: Get) -> None:
    gone = json.dumps(TASTE | {"way": "cache"})
    batch = json.dumps({"service": "db", "name": "query", "resource": "SELECT", "way": "batch"})
    answer = get("/api/what-if", change=[gone, batch], q="version:s-1", **ROUTE)
    assert answer["concerned"] == 1
    assert [each["way"] for each in answer["changes"]] == ["cache", "batch"]
    # of six queries of 2 ms one is left, and nothing of the taste, whose call takes 2 ms
    measured, predicted = answer["measured"], answer["predicted"]
    taste = sum(20 + n % 7 for n in range(1, 31)) / 30
    assert measured["mean"] - predicted["mean"] == pytest.approx((10 + taste) * MS)


def test_a_cache_that_some_calls_hit_saves_that_share(get: Get) -> None:
    gain = []
    for hit_ratio in (0, 0.5, 1):
        change = json.dumps(TASTE | {"way": "cache", "hit_ratio": hit_ratio})
        answer = get("/api/what-if", change=change, **ROUTE)
        assert answer["changes"][0]["hit_ratio"] == hit_ratio
        gain.append(answer["measured"]["mean"] - answer["predicted"]["mean"])
        assert answer["concerned"] == pytest.approx(hit_ratio, abs=0.02)
    assert gain[0] == 0
    assert gain[1] == pytest.approx(gain[2] / 2, rel=0.05)


def test_a_service_that_is_down_fails_whom_it_failed_before(get: Get) -> None:
    answer = get("/api/away", service="taster")
    outcomes = {each["resource"]: each for each in answer["outcomes"]}
    assert (outcomes["GET /pair"]["needing"], outcomes["GET /pair"]["verdict"]) == (60, "fails")
    assert outcomes["GET /ping"]["verdict"] == "unaffected"


def test_an_insight_says_what_a_trace_was_waiting_for_and_how_it_ranks(
    get: Get, client: FlaskClient
) -> None:
    address = f"/api/trace/{trace_id(13)}"
    trace, answer = get(address), get(address + "/insight")
    columns = trace["columns"]
    assert sum(end - begin for _, begin, end in answer["critical"]) == columns["duration"][0]
    assert answer["critical"][0][1] == 0
    assert answer["critical"][-1][2] == columns["duration"][0]
    assert sum(answer["critical_times"]) == columns["duration"][0]
    assert len(answer["ranks"]) == len(columns["id"])
    assert answer["ranks_of"] == {"traces": 60}
    _adds_up(trace, answer)
    taste = columns["id"].index(f"{4:016x}")
    assert answer["ranks"][taste] > 0.8  # 26 ms, the longest there are
    [finding] = [each for each in answer["findings"] if each["kind"] == "n_plus_one"]
    assert [columns["id"][row] for row in finding["rows"]] == finding["spans"]
    assert (answer["skew"], answer["corrected"]) == ([], None)
    first = client.get(address + "/insight")
    again = client.get(address + "/insight", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert first.headers["ETag"] == client.get(address).headers["ETag"]


def _adds_up(trace: dict[str, Any], insight: dict[str, Any]) -> None:
    """The totals of each operation are those of its rows."""
    columns, strings = trace["columns"], trace["strings"]
    rows: dict[tuple[str, str], list[int]] = {}
    for row, (service, name) in enumerate(zip(columns["service"], columns["name"], strict=True)):
        rows.setdefault((strings[service], strings[name]), []).append(row)
    operations = insight["operations"]
    assert [total["self"] for total in operations] == sorted(
        (total["self"] for total in operations), reverse=True
    )
    assert {(total["service"], total["name"]) for total in operations} == set(rows)
    for total in operations:
        of = rows[total["service"], total["name"]]
        durations = sorted(columns["duration"][row] for row in of)
        ranks = sorted(rank for row in of if (rank := insight["ranks"][row]) is not None)
        assert (total["count"], total["total"]) == (len(of), sum(durations))
        assert total["errors"] == sum(columns["error"][row] for row in of)
        assert total["self"] == sum(columns["self"][row] for row in of)
        assert total["critical"] == sum(insight["critical_times"][row] for row in of)
        assert (total["p50"], total["max"]) == (durations[(len(of) - 1) // 2], durations[-1])
        assert sum(duration <= total["p95"] for duration in durations) >= 0.95 * len(of)
        assert total["rank"] == (ranks[(len(ranks) - 1) // 2] if ranks else None)


def test_the_insight_of_a_trace_is_computed_once_until_it_grows(
    client: FlaskClient, store: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counting(trace: Trace, *more: Any) -> Any:
        made.append(len(trace.tree.spans))
        return insight(trace, *more)

    monkeypatch.setattr(insights, "insight", counting)
    monkeypatch.setattr(insights, "minute", lambda: "first")
    address = f"/api/trace/{'f' * 32}"
    store.add([Chunk("f" * 32, [span(1, 0, 0, 100, "call")])])
    first, second = (client.get(address + "/insight") for _ in range(2))
    assert first.json == second.json
    assert made == [1]
    store.add([Chunk("f" * 32, [span(2, 1, 10, 90, "query")])])
    grown = client.get(address + "/insight")
    assert made == [1, 2]
    monkeypatch.setattr(insights, "minute", lambda: "second")
    client.get(address + "/insight")
    assert made == [1, 2, 2], "its ranks are those of a minute ago at most"
    assert len(grown.json["critical_times"]) == 2
    assert grown.headers["ETag"] == client.get(address).headers["ETag"] != first.headers["ETag"]


def test_a_large_trace_is_told_of_as_a_small_one(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is analysed in another process, and compared with the same traces."""
    address = f"/api/trace/{trace_id(14)}"
    here = [get(address + more) for more in ("/insight", "/order")]
    monkeypatch.setattr(insights, "minute", lambda: "later")
    monkeypatch.setattr(trace_analyses, "LARGE_SPANS", 1)
    elsewhere: list[object] = []
    ask = analyses._ask
    monkeypatch.setattr(analyses, "_ask", lambda request: elsewhere.append(1) or ask(request))
    assert [get(address + more) for more in ("/insight", "/order")] == here
    assert len(elsewhere) == 2
    analyses.end()


def test_a_wrong_clock_is_named_and_can_be_corrected(store: TraceStore, get: Get) -> None:
    store.add(
        [
            Chunk(
                "e" * 32,
                [
                    span(1, 0, 100, 150, "call", kind="client"),
                    span(2, 1, 55, 95, "taste", "taster", kind="server"),
                ],
            )
        ]
    )
    answer, trace = get(f"/api/trace/{'e' * 32}/insight"), get("/api/trace/" + "e" * 32)
    [skew] = answer["skew"]
    assert (skew["service"], skew["host"], skew["offset"]) == ("taster", "taster", -50 * MS)
    assert skew["what"] == "50.0 ms suspected on taster"
    assert trace["columns"]["start"] == [45 * MS, 0]
    assert [(odd["kind"], odd["span"]) for odd in trace["odd"]] == [("clock_skew", f"{2:016x}")]
    assert answer["corrected"]["start"] == [45 * MS, 50 * MS]
    assert skew["proof"] is None


def test_a_clock_that_a_logical_clock_proves_wrong_has_bounds_and_the_spans_an_order(
    store: TraceStore, get: Get
) -> None:
    numbers: dict[str, Any] = {"clock__sent": 7, "clock__received": 10}
    answer_numbers: dict[str, Any] = {"clock__received": 8, "clock__sent": 9}
    store.add(
        [
            Chunk(
                "e1" * 16,
                [
                    span(1, 0, 100, 150, "call", kind="client", **numbers),
                    span(2, 1, 55, 95, "taste", "taster", kind="server", **answer_numbers),
                    span(3, 2, 60, 90, "bite", "taster"),
                    span(4, 2, 70, 80, "sip", "taster"),
                ],
            )
        ]
    )
    address = "/api/trace/" + "e1" * 16
    [skew] = get(f"{address}/insight")["skew"]
    what = (
        "the clock of taster is between 44.9 and 55.1 ms behind web's; proven by 1 call,"
        " 1 message received before sent"
    )
    assert skew["what"] == "50.0 ms proven on taster"
    assert skew["proof"] == {
        "what": what,
        "bounds": {"low": round(-55.1 * MS), "high": round(-44.9 * MS)},
        "last": None,
        "calls": 1,
        "contradictions": 1,
    }
    assert get(address)["odd"] == [{"kind": "proven_skew", "span": f"{2:016x}", "what": what}]
    order = get(f"{address}/order")
    assert (order["start"], order["end"]) == ([0, 1, 2, 3], [7, 6, 5, 4])
    assert order["ticks"] == 8
    assert order["concurrent"] == [[2, 1, [3]], [3, 1, [2]]]


PATHS = [
    *("/api/routes", "/api/series", "/api/graph", "/api/graph?by=path", "/api/map", "/api/deploys"),
    *("/api/compare?", "/api/what-if", "/api/away?service=db"),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_match_is_not_an_error(client: FlaskClient, path: str) -> None:
    nothing = {"q": "service:nobody", "a_q": "service:nobody", "b_q": "service:nobody"}
    answer = client.get(path, query_string=None if "?" in path else nothing)
    if "?" in path:
        answer = client.get(f"{path}&q=service:nobody&a_q=service:nobody&b_q=service:nobody")
    assert answer.status_code == 200, answer.text
    samples = [answer.json["sample"]] if "sample" in answer.json else []
    samples += [answer.json[side]["sample"] for side in "ab" if side in answer.json]
    assert samples
    for sample in samples:
        assert (sample["matched"], sample["folded"]) == (0, 0)
        assert sample["oldest"] is sample["newest"] is None
    assert answer.json["how"]


CHANGE = json.dumps(TASTE | {"way": "scale"})
PARALLEL = json.dumps(TASTE | {"way": "parallel"})
CACHED = json.dumps(TASTE | {"way": "cache"})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/api/routes?q=(", "cannot be read"),
        ("/api/routes?from=yesterday", "from"),
        ("/api/series?buckets=9", "buckets must be between 10 and 200"),
        ("/api/series?buckets=many", "buckets"),
        ("/api/graph?by=magic", "by must be one of path, operation, service"),
        ("/api/graph?route=x", "route_service"),
        (f"/api/graph?route_service={'x' * 501}&route=x", "route_service has more than 500"),
        ("/api/compare?b_q=(", "b_q"),
        ("/api/compare?a_to=-1", "a_to"),
        ("/api/away", "service is missing"),
        ("/api/what-if?change=nonsense", "change 1, 'nonsense'"),
        ('/api/what-if?change={"service":"x"}', "`name`"),
        (f"/api/what-if?change={PARALLEL[:-1]},%22width%22:0}}", "width must be at least 1"),
        (f"/api/what-if?change={CHANGE[:-1]},%22factor%22:-1}}", "factor"),
        (f"/api/what-if?change={CHANGE[:-1]},%22factor%22:1e9}}", "factor must be at most 1,000"),
        (f"/api/what-if?change={CHANGE[:-1]},%22width%22:1e99}}", "width"),
        (f"/api/what-if?change={CHANGE.replace('scale', 'magic')}", "choose one of scale"),
        (f"/api/what-if?change={CACHED[:-1]},%22hit_ratio%22:1.5}}", "between 0 and 1, not 1.5"),
        (f"/api/what-if?change={CACHED[:-1]},%22hit_ratio%22:%22all%22}}", "hit_ratio"),
        (f"/api/what-if?change={CACHED[:-1]},%22factor%22:0.8}}", "factor is for the way 'scale'"),
        (f"/api/what-if?change={CHANGE[:-1]},%22hit_ratio%22:0.8}}", "is for the way 'cache'"),
        (f"/api/what-if?change={CACHED[:-1]},%22width%22:8}}", "width is for the way 'parallel'"),
        (f"/api/what-if?{'&'.join(['change=' + CHANGE] * 21)}", "at most 20 changes"),
        ("/api/trace/xyz/insight", "not a trace id"),
    ],
)
def test_a_bad_value_is_named(client: FlaskClient, path: str, says: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert says in answer.json["error"]


def test_an_unknown_trace_is_not_found(client: FlaskClient) -> None:
    assert client.get("/api/trace/abc/insight").status_code == 404
