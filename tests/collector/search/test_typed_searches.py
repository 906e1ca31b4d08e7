"""Searches as people type them: what each of them means."""

from __future__ import annotations

import pytest

from collector.search.corrections import corrected
from collector.search.parser import parse
from collector.search.query_error import QueryError

HEX = "4bf92f3577b34da6a3ce929d0e0e4736"
HALF = "a3ce929d0e0e4736"
DECIMAL = str(int(HALF, 16))
SPAN = "00f067aa0ba902b7"

STATUS_500 = '(http.response.status_code:500 OR "http.status_code":500 OR "status":500)'

UNDERSTOOD = [
    # as phones write: capitals, a blank after punctuation, quotes of their own
    ("Service:web", "service:web"),
    ("SERVICE:web", "service:web"),
    ("Service: web", "service:web"),
    ("service : web", "service:web"),
    ("Service: web, error: true.", "service:web error:1"),
    ("service:web, error:1", "service:web error:1"),
    ("Duration: > 200 ms", "duration:>200ms"),
    ("Duration:>1S", "duration:>1s"),
    ("resource:“GET /beers”", 'resource:"GET /beers"'),
    ("resource:„GET /beers“", 'resource:"GET /beers"'),
    ("resource:«GET /beers»", 'resource:"GET /beers"'),
    ("resource:‘GET /beers’", 'resource:"GET /beers"'),
    ("resource:'GET /beers'", 'resource:"GET /beers"'),
    ("resource:`GET /beers`", 'resource:"GET /beers"'),
    ("service：web", "service:web"),
    ("\ufeffservice:web\u200b", "service:web"),
    ("service:web\u00a0error:1", "service:web error:1"),
    ("–service:web", "-service:web"),
    # numbers, units and comparisons
    ("duration:>1m", "duration:>60s"),
    ("duration:>1min", "duration:>60s"),
    ("duration:>1.5h", "duration:>5400s"),
    ("duration:>2 minutes", "duration:>120s"),
    ("duration:>90sec", "duration:>90s"),
    ("duration:>1m30s", "duration:>90s"),
    ("duration:>5μs", "duration:>5us"),
    ("duration:>5ns", "duration:>5ns"),
    ("duration:>1,5s", "duration:>1.5s"),
    ("duration:>0,250s", "duration:>250ms"),
    ("duration:>.5s", "duration:>500ms"),
    ("duration: >200ms", "duration:>200ms"),
    ("duration>200ms", "duration:>200ms"),
    ("duration >= 200 ms", "duration:>=200ms"),
    ("duration≥200ms", "duration:>=200ms"),
    ("duration:≤200ms", "duration:<=200ms"),
    ("duration:=>200ms", "duration:>=200ms"),
    ("duration:100ms..200ms", "duration:>=100ms duration:<=200ms"),
    ("duration:[100ms TO 2s]", "duration:>=100ms duration:<=2s"),
    ("spans>100", "spans:>100"),
    ("spans:1,000", "spans:1000"),
    ("rows >= 60", "rows:>=60"),
    ("rows:>1,5", "rows:>1.5"),
    # Jaeger and Zipkin
    ("service=web", "service:web"),
    ("service = web", "service:web"),
    ("error=true", "error:1"),
    ("error:true", "error:1"),
    ("Error:Yes", "error:1"),
    ("error:false", "error:0"),
    ("error!=true", "-error:1"),
    ("operation=flask.request", '(name:flask.request OR "operation":flask.request)'),
    (
        "serviceName=web minDuration=100ms",
        '(service:web OR "serviceName":web) (duration:>=100ms OR "minDuration":100ms)',
    ),
    ("maxDuration:1s", '(duration:<=1s OR "maxDuration":1s)'),
    (
        'http.status_code="500" cache.hit=false',
        '(http.response.status_code:500 OR "http.status_code":500) cache.hit:false',
    ),
    # Datadog
    ("status:500", STATUS_500),
    ("status:error", '(error:1 OR "status":error)'),
    (
        "status:>=500",
        '(http.response.status_code:>=500 OR "http.status_code":>=500 OR "status":>=500)',
    ),
    ("@rows:60", '(rows:60 OR "@rows":60)'),
    ("resource_name:GET /beers", '(resource:"GET /beers" OR "resource_name":"GET /beers")'),
    ("service:(web OR db)", "(service:web OR service:db)"),
    ("-service:(web OR db)", "-(service:web OR service:db)"),
    ("*", ""),
    ("*:*", ""),
    ("* error:1", "error:1"),
    # Kibana
    ('service : "web" and error : true', "service:web error:1"),
    ("service:web or not error:1", "service:web OR -error:1"),
    ("service.name : web", '(service:web OR "service.name":web)'),
    ("NOT service:web AND error:1", "-service:web error:1"),
    ("!service:web", "-service:web"),
    ("+service:web +error:1", "service:web error:1"),
    ("_exists_:cache.hit", "cache.hit:*"),
    # Grafana's TraceQL, and Honeycomb
    ("service:web && error:1 || name:x", "service:web error:1 OR name:x"),
    ('{ name = "x" && rows > 3 }', "{name:x rows:>3}"),
    ("{.rows = 60}", '{(rows:60 OR ".rows":60)}'),
    (
        '{ resource.service.name = "web" }',
        '{(service:web OR "service.name":web OR "resource.service.name":web)}',
    ),
    ("{ status = error }", '{(error:1 OR "status":error)}'),
    ("span.rows != 3", '-(rows:3 OR "span.rows":3)'),
    ('name =~ "flask.*"', "name:flask*"),
    ('name =~ "a|b"', "name:a OR name:b"),
    ("rootServiceName = web", '(root.service:web OR "rootServiceName":web)'),
    ("duration_ms > 500", '(duration:>500ms OR "duration_ms":>500)'),
    ("trace.trace_id = " + HEX, f'(trace:{HEX} OR "trace.trace_id":{HEX})'),
    # values of several words
    ("resource:GET /beers", 'resource:"GET /beers"'),
    ("resource:GET /beers error:1", 'resource:"GET /beers" error:1'),
    ("Resource: get /beers", 'resource:"GET /beers"'),
    ("root.resource:POST /pair/*", 'root.resource:"POST /pair/"*'),
    # words
    ("pair or beer", "pair OR beer"),
    ("or", '"or"'),
    ("and", '"and"'),
    ("not found", '"not" found'),
    ("pair, beer", "pair beer"),
    ("*pair*", "pair"),
    ("/pair/beer?name=ipa", '"/pair/beer?name=ipa"'),
    ("http://localhost:5000/pair", '"http://localhost:5000/pair"'),
    ("List<String>", '"List<String>"'),
    ("synthetic:true", "synthetic:1"),
    # ids among other terms
    (HEX, f'("{HEX}" OR trace:{HEX})'),
    (HEX.upper(), f'("{HEX}" OR trace:{HEX})'),
    (f"trace:0x{HEX}", f"trace:{HEX}"),
    ("trace:4bf92f35-77b3-4da6-a3ce-929d0e0e4736", f"trace:{HEX}"),
    (f"trace:00-{HEX}-{SPAN}-01", f"trace:{HEX}"),
    (f"trace:{HALF}", f"(trace:{HALF}* OR trace:*{HALF})"),
    (f"trace:{int(HEX, 16)}", f"trace:{HEX}"),
    (f"trace:{DECIMAL}", f"(trace:{DECIMAL}* OR trace:{DECIMAL:0>32} OR trace:*{HALF})"),
    (f"error:1 {HALF}", f'error:1 ("{HALF}" OR trace:*{HALF})'),
]


@pytest.mark.parametrize(("typed", "canonical"), UNDERSTOOD)
def test_what_people_type_has_one_meaning(typed: str, canonical: str) -> None:
    assert parse(typed) == parse(canonical)


MISTAKES = [
    ("duration:200ms", "longer nor shorter", ["duration:>200ms", "duration:<200ms"]),
    ("duration:>200", "unit is missing", ["duration:>200ms", "duration:>200s"]),
    ("duration:>1,500ms", "1.5 or 1500", ["duration:>1.5ms", "duration:>1500ms"]),
    ("duration:>200x", "x is not a unit", ["duration:>200ms", "duration:>200s"]),
    ("duration:slow", "not a duration", []),
    (
        "web duration:200ms error:1",
        "longer",
        ["web duration:>200ms error:1", "web duration:<200ms error:1"],
    ),
    ("{duration:>1s}", "span.duration", ["{span.duration:>1s}"]),
    ("{ name = x && duration > 1s }", "whole trace", ["{ name = x && span.duration > 1s }"]),
    ("{error:1 root.service:web}", "whole trace", []),
    ("error:2", "0 or 1", ["error:1", "error:0"]),
    ("error:500", "0 or 1", ["status:500", "error:1", "error:0"]),
    ("(service:web", "not closed", ["(service:web)"]),
    ("{service:web", "not closed", ["{service:web}"]),
    ("service:web)", "unmatched", ["service:web"]),
    ('resource:"GET', "quote is not closed", ['resource:"GET"']),
    ("((a", "not closed", ["((a))"]),
    ("service:web OR", "where a term is expected", ["service:web"]),
    ("OR service:web", "where a term is expected", ["service:web"]),
    ("a AND OR b", "where a term is expected", ["a OR b"]),
    ("service:", "no value", ["service:*"]),
    ("service: error:1", "no value", ["service:* error:1"]),
    ("a(b)", "space is missing", ["a (b)", '"a(b)"']),
    ("name:a(b)", "space is missing", ['name:"a(b)"', "name:a (b)"]),
    ('a"b"', "space is missing", ['a "b"']),
    ("a ()", "where a term", ["a"]),
    ("service:w*b", "only at the end", ["service:w*", 'service:"w*b"']),
    ("service:*web*", "only at the end", ["web", 'service:"*web*"']),
    ("resource:*beers", "only at the end", ["beers", 'resource:"*beers"']),
    ('name=~"fla[st]k"', "regular expression", ['name:"fla[st]k"']),
    ("trace:xyz", "trace id", ["xyz"]),
    ("spans:>1.5", "whole number", []),
    ("synthetic:maybe", "0, 1 or any", ["synthetic:1", "synthetic:0", "synthetic:any"]),
    ("{a {b}}", "cannot be nested", []),
    ("{a} >> {b}", "'>>'", ["{a} {b}"]),
]


@pytest.mark.parametrize(("typed", "problem", "corrections"), MISTAKES)
def test_a_mistake_is_explained_and_corrected(
    typed: str, problem: str, corrections: list[str]
) -> None:
    with pytest.raises(QueryError) as raised:
        parse(typed)
    assert problem in str(raised.value)
    assert corrected(typed, raised.value) == corrections
    for correction in corrections:
        parse(correction)
