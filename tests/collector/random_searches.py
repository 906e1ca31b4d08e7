"""Random searches, how to write them, and an independent definition of what they mean: applied to
traces in memory, without any index."""

from __future__ import annotations

from hypothesis import strategies as st

from collector.model import Span
from collector.search.ast import (
    COMPARISONS,
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    Or,
    RootDuration,
    RootField,
    RouteError,
    RouteField,
    SameSpan,
    SpanDuration,
    Tag,
    TagNumber,
    Text,
    TraceId,
    TraceIdHalf,
    Word,
)

SERVICES = ["web", "taster", "db", "redis"]
TEMPLATES = {
    "GET /taste/7": "GET /taste/?",
    "GET /taste/8": "GET /taste/?",
    "GET /ping?n=7": "GET /ping?n=?",
    "SELECT 7" + " " * 300: "SELECT ?" + " " * 300,
    "load 7": "load ?",
    'say "hi"': "say ?",
}
"""What else a trace is found by, for those names that hold ids."""
NAMES = ["flask.request", "sqlalchemy.query", "redis.command", "Flask.Request", "load 7", "load ?"]
RESOURCES = ["GET /pair/beer", "GET /ping", "SELECT * FROM beers", "GET", "größe\x1fx"]
RESOURCES += [*TEMPLATES, *TEMPLATES.values()]
TYPES = ["http", "sql", "cache", ""]
TAGS: dict[str, list[str | int | float]] = {
    "http.response.status_code": ["200", "500", 200, 404.0],
    "cache.hit": ["true", "false", ""],
    "rows": [0, 1, 60, 1.5, -3],
    "odd key": ["a b", "a\x1fb", "x" * 300, "x" * 300 + "y"],
}

HALVES = [f"{number:016x}" for number in range(3)]
"""Lower halves of trace ids."""

_TEXTS = {"service": SERVICES, "name": NAMES, "resource": RESOURCES, "type": TYPES}
_COMPARISONS = st.sampled_from([">", ">=", "<", "<="])
_NANOSECONDS = st.sampled_from([0, 1, 500, 999, 1_000, 2_500_000, 10**9])


def _text(values: list[str]) -> st.SearchStrategy[Text]:
    whole = st.sampled_from([*values, "nothing"])
    return whole.map(Text) | st.builds(lambda v, n: Text(v[:n], True), whole, st.integers(1, 290))


_FIELDS = st.sampled_from(sorted(_TEXTS)).flatmap(
    lambda field: st.builds(Field, st.just(field), _text(_TEXTS[field]))
)
_ROOT_FIELDS = st.sampled_from(["service", "name", "resource"]).flatmap(
    lambda field: st.builds(RootField, st.just(field), _text(_TEXTS[field]))
)
_TAGS = st.sampled_from(sorted(TAGS)).flatmap(
    lambda key: st.builds(
        Tag, st.just(key), _text([as_text(v) for v in TAGS[key]]) | st.just(Text("", True))
    )
)
_OF_SPANS = st.one_of(
    _FIELDS,
    _TAGS,
    st.builds(
        TagNumber,
        st.sampled_from(sorted(TAGS)),
        _COMPARISONS,
        st.sampled_from([-3.0, 0.0, 1.5, 404.0]),
    ),
    st.sampled_from(["web", "flask", "pair", "grösse", "x", "get /", "/?", "load ?"]).map(Word),
    st.builds(Error, st.booleans()),
    st.builds(SpanDuration, _COMPARISONS, _NANOSECONDS),
)
_LEAVES = st.one_of(
    _OF_SPANS,
    _ROOT_FIELDS,
    st.builds(RootDuration, _COMPARISONS, _NANOSECONDS),
    st.builds(RouteError, st.booleans()),
    _FIELDS.filter(lambda node: node.field in ("service", "resource")).map(
        lambda node: RouteField(node.field, node.text)
    ),
    st.builds(Measure, st.just("duration"), _COMPARISONS, _NANOSECONDS),
    st.builds(Measure, st.just("spans"), _COMPARISONS | st.just("="), st.integers(0, 12)),
    st.sampled_from(["0000", "0001", "00010", "ffff"]).map(TraceId),
    st.sampled_from(HALVES).map(TraceIdHalf),
)


def _combined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return several.map(And) | several.map(Or) | parts.map(Not)


_IN_BRACES = st.recursive(_OF_SPANS, _combined, max_leaves=4)
QUERIES: st.SearchStrategy[Node] = st.recursive(
    _LEAVES | _IN_BRACES.map(SameSpan), _combined, max_leaves=6
)


def write(node: Node) -> str:
    """Return the search as one would type it."""
    if isinstance(node, And):
        return " ".join(_in_parentheses(part, (And, Or)) for part in node.parts)
    if isinstance(node, Or):
        return " OR ".join(_in_parentheses(part, (Or,)) for part in node.parts)
    if isinstance(node, Not):
        return "-" + _in_parentheses(node.part, (And, Or))
    if isinstance(node, SameSpan):
        return "{" + write(node.part) + "}"
    if isinstance(node, Field):
        return f"{node.field}:{_quoted(node.text)}"
    if isinstance(node, RootField):
        return f"root.{node.field}:{_quoted(node.text)}"
    if isinstance(node, Tag):
        return f'"{node.key}":{_quoted(node.text)}'
    if isinstance(node, Word):
        return _quoted(Text(node.folded))
    if isinstance(node, Error):
        return f"error:{int(node.some)}"
    if isinstance(node, RouteField):
        return f"route.{node.field}:{_quoted(node.text)}"
    if isinstance(node, RouteError):
        return f"route.error:{int(node.failed)}"
    if isinstance(node, RootDuration):
        return f"root.duration:{node.comparison}{node.nanoseconds}ns"
    if isinstance(node, SpanDuration):
        return f"span.duration:{node.comparison}{node.nanoseconds}ns"
    if isinstance(node, Measure):
        unit = "ns" if node.measure == "duration" else ""
        return f"{node.measure}:{node.comparison}{node.value}{unit}"
    if isinstance(node, TagNumber):
        return f'"{node.key}":{node.comparison}{node.number}'
    if isinstance(node, TraceIdHalf):
        return f"trace:*{node.digits}"
    return f"trace:{node.prefix}*"


def _in_parentheses(node: Node, kinds: tuple[type, ...]) -> str:
    return f"({write(node)})" if isinstance(node, kinds) else write(node)


def _quoted(text: Text) -> str:
    escaped = text.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' + "*" * text.prefix


def as_text(value: str | int | float) -> str:
    """Return a tag's value as one searches for it."""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def matches(node: Node, trace_id: str, spans: list[Span]) -> bool:
    """Return whether the search matches a trace."""
    match node:
        case And(parts):
            return all(matches(part, trace_id, spans) for part in parts)
        case Or(parts):
            return any(matches(part, trace_id, spans) for part in parts)
        case Not(part):
            return not matches(part, trace_id, spans)
        case RootField(field, text):
            roots = sorted((s for s in spans if s.parent_id == 0), key=lambda span: span.start)
            return bool(roots) and _name_matches(text, getattr(roots[0], field))
        case RouteField(field, text):
            name = getattr(_top(spans), field)
            # A route is named by its template alone: its requests have many names.
            return _text_matches(text, TEMPLATES.get(name, name) if field == "resource" else name)
        case RouteError(failed):
            status = as_text(_top(spans).tags.get("http.response.status_code", ""))
            return failed == (_top(spans).error == 1 or status.startswith("5"))
        case RootDuration(comparison, nanoseconds):
            return COMPARISONS[comparison](_top(spans).duration, nanoseconds)
        case Measure("duration", comparison, value):
            end = max(span.start + span.duration for span in spans)
            return COMPARISONS[comparison](end - min(span.start for span in spans), value)
        case Measure(_, comparison, value):
            return COMPARISONS[comparison](len(spans), value)
        case TraceId(prefix):
            return trace_id.startswith(prefix)
        case TraceIdHalf(digits):
            return trace_id[16:] == digits
        case Error(some):
            return some == any(span.error for span in spans)
        case SameSpan(part):
            return any(_matches_span(part, span) for span in spans)
        case _:
            return any(_matches_span(node, span) for span in spans)


def _top(spans: list[Span]) -> Span:
    """Return the root, or the first span whose parent is missing. It names the route, too:
    none of these spans says that it is a server's."""
    ids = {span.span_id for span in spans}
    tops = [span for span in spans if span.parent_id not in ids]
    return min(tops, key=lambda span: (span.parent_id != 0, span.start))


def _matches_span(node: Node, span: Span) -> bool:
    match node:
        case And(parts):
            return all(_matches_span(part, span) for part in parts)
        case Or(parts):
            return any(_matches_span(part, span) for part in parts)
        case Not(part):
            return not _matches_span(part, span)
        case Field(field, text):
            return _name_matches(text, getattr(span, field))
        case Tag(key, text):
            return key in span.tags and _text_matches(text, as_text(span.tags[key]))
        case TagNumber(key, comparison, number):
            try:
                value = float(span.tags.get(key, "none"))
            except ValueError:
                return False
            return COMPARISONS[comparison](value, number)
        case Word(folded):
            texts = [span.service, span.name, span.resource]
            texts += [TEMPLATES.get(text, "") for text in texts]
            return folded in "\n".join(texts).casefold()
        case Error(some):
            return some == (span.error == 1)
        case SpanDuration(comparison, nanoseconds):
            return COMPARISONS[comparison](span.duration, nanoseconds)
    raise AssertionError(node)


def _name_matches(text: Text, value: str) -> bool:
    return _text_matches(text, value) or (
        value in TEMPLATES and _text_matches(text, TEMPLATES[value])
    )


def _text_matches(text: Text, value: str) -> bool:
    return value[: len(text.value)] == text.value if text.prefix else value == text.value
