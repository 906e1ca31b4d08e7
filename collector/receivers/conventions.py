"""Our span from a foreign one, by the conventions for attributes.

Formats other than Datadog's say only by attributes what a span calls, and whether that went well.
The names are those of OpenTelemetry's semantic conventions, new and old, of OpenTracing's, and of
Zipkin's. Everything derived here is in addition: no attribute is lost or renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from collector import limits
from collector.http_status import STATUS_TAGS
from collector.model import Event, Link, Span, TagValue
from collector.receivers.exported import own_fields
from collector.receivers.payload import SpanError

UNNAMED_SERVICE = "unnamed-service"
UNNAMED_OPERATION = "unnamed-operation"
KINDS = frozenset(("client", "server", "producer", "consumer", "internal"))

HTTP_METHOD = ("http.request.method", "http.method")
HTTP_URL = ("url.full", "http.url")
HTTP_PATH = ("url.path", "http.path", "http.target")
HTTP_KEYS = frozenset((*HTTP_METHOD, *STATUS_TAGS, *HTTP_URL, "http.path", "http.target"))
DB_SYSTEM = ("db.system.name", "db.system", "db.type")
DB_STATEMENT = ("db.query.text", "db.statement", "sql.query")
DB_OPERATION = ("db.operation.name", "db.operation")
DB_COLLECTION = ("db.collection.name", "db.sql.table", "db.mongodb.collection")
RPC_SYSTEM = ("rpc.system.name", "rpc.system")
MESSAGING_OPERATION = (
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.operation",
)
MESSAGING_DESTINATION = (
    "messaging.destination.name",
    "messaging.destination",
    "message_bus.destination",
)
STATUS_CODE = "otel.status_code"
"""OpenTelemetry's status in formats that have none: `OK` or `ERROR`."""
STATUS_MESSAGE = "otel.status_description"

_SQL_SYSTEMS = frozenset(
    """sql postgresql postgres mysql mariadb sqlite mssql oracle db2 h2 hsqldb derby other_sql
    cockroachdb clickhouse redshift snowflake hive trino microsoft.sql_server oracle.db ibm.db2
    aws.redshift""".split()  # noqa: SIM905
)
_OTHER_SYSTEMS = frozenset(
    """redis memcached valkey mongodb cassandra elasticsearch opensearch dynamodb
    aws.dynamodb""".split()  # noqa: SIM905
)
_NOT_FOUND = frozenset(("404", "405"))
_NO_ERROR = frozenset(("false", "0"))
_BARE_ERRORS = frozenset(("", "true", "1"))
_UINT64 = 2**64


def span_of(
    tags: dict[str, TagValue],
    *,
    span_id: int,
    parent_id: int,
    service: str,
    name: str,
    kind: str,
    start: int,
    duration: int,
    error: bool | None,
    events: Iterable[Event] = (),
    links: Iterable[Link] = (),
) -> Span:
    """Return our span of a foreign one, which takes `tags` over and adds to them.

    `tags` are its attributes (`collector.receivers.tag_values.attributes` makes them of values of
    any kind). `kind` is one of `KINDS`, "" if the format does not say: then the tag `span.kind`
    does, if there is one. `error` is None if the format does not say, and the attributes do; False
    means that the span is no error, whatever its attributes. Nothing is derived for a span that an
    export of ours has written (`collector.receivers.exported`).

    Raises `SpanError` if the ids are none that a span can have.
    """
    if not (0 < span_id < _UINT64 and 0 <= parent_id < _UINT64):
        check_ids(span_id, parent_id)
    kind = (kind or str(tags.get("span.kind", ""))).lower()
    if kind in KINDS:
        tags["span.kind"] = kind
    ours = own_fields(tags)
    if ours is None:
        _complete(tags)
    span = Span(
        span_id,
        parent_id,
        limits.cut(service, limits.NAME_CHARS) or UNNAMED_SERVICE,
        limits.cut(name, limits.NAME_CHARS) or UNNAMED_OPERATION,
        "",
        "",
        limits.cut_time(start),
        limits.cut_time(duration),
        0,
        tags,
        tuple(events)[: limits.TAGS],
        tuple(links)[: limits.TAGS],
    )
    if ours is None:
        _derive(span, error)
    else:
        span.resource, span.type, span.error, span.tags = ours
    span.type = limits.cut(span.type, limits.NAME_CHARS)
    span.resource = limits.cut(span.resource, limits.RESOURCE_CHARS) or span.name
    return span


def _derive(span: Span, error: bool | None) -> None:
    """Give a span the fields that its attributes imply."""
    span.type = _type(span.tags)
    span.resource = _resource(span)
    if _is_error(span.tags) if error is None else error:
        span.error = 1
        _explain(span)


def check_ids(span_id: int, parent_id: int) -> None:
    """Raise `SpanError` if the ids are none that a span can have."""
    for what, number, low in (("span_id", span_id, 1), ("parent_id", parent_id, 0)):
        if number < low:
            kind, problem = ("negative", "negative") if number < 0 else ("zero", "0")
            raise SpanError(f"{kind}_{what}", f"{what} is {problem}")
        if number >= _UINT64:
            raise SpanError(f"huge_{what}", f"{what} is {_UINT64:,} or more")


def _complete(tags: dict[str, TagValue]) -> None:
    """Add what our screens look for and is there under another name only."""
    new_status, old_status = STATUS_TAGS
    if old_status in tags:
        tags.setdefault(new_status, tags[old_status])
    if "service.version" in tags:
        tags.setdefault("version", tags["service.version"])


def _type(tags: Mapping[str, TagValue]) -> str:
    """Return what a span is about, in our words; "" if nothing says so."""
    if "span.type" in tags and (given := str(tags["span.type"])):
        return given
    if system := _text(tags, DB_SYSTEM).lower():
        if system in _SQL_SYSTEMS:
            return "sql"
        return system.removeprefix("aws.") if system in _OTHER_SYSTEMS else "db"
    if "sql.query" in tags:
        return "sql"
    if _text(tags, RPC_SYSTEM):
        return "rpc"
    if "messaging.system" in tags or _text(tags, MESSAGING_DESTINATION):
        return "messaging"
    return "" if HTTP_KEYS.isdisjoint(tags) else "http"


def _resource(span: Span) -> str:
    """Return what a span is about in particular; "" if only its name says so."""
    tags = span.tags
    if "resource.name" in tags and (given := str(tags["resource.name"])):
        return given
    if span.type == "http":
        return _request(tags)
    if span.type == "rpc":
        return "/".join(filter(None, (_text(tags, ("rpc.service",)), _text(tags, ("rpc.method",)))))
    if span.type == "messaging":
        return _words(tags, MESSAGING_OPERATION, MESSAGING_DESTINATION)
    return _text(tags, DB_STATEMENT) or _words(tags, DB_OPERATION, DB_COLLECTION)


def _request(tags: Mapping[str, TagValue]) -> str:
    """Return a request as `GET /beers/<name>`; "" if neither route nor path is known.

    Paths that nobody serves are one resource, `GET 404`: there is no end to them.
    """
    method = _text(tags, HTTP_METHOD) or "HTTP"
    if method == "_OTHER":
        method = "HTTP"
    route, status = _text(tags, ("http.route",)), _text(tags, STATUS_TAGS)
    if not route and status in _NOT_FOUND and tags.get("span.kind") == "server":
        return f"{method} {status}"
    path = route or _path(_text(tags, HTTP_PATH)) or _path(_text(tags, HTTP_URL))
    return f"{method} {path}" if path else ""


def _path(address: str) -> str:
    """Return the path of a URL: "/" if it has none, "" if the text is not a URL."""
    if not address:
        return ""
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return ""


def _is_error(tags: Mapping[str, TagValue]) -> bool:
    """Tell whether the attributes mean an error: a status, `error` (an empty one, too), HTTP 5xx.

    Zipkin's `error` is there only if there is one; OpenTracing's may be `false`.
    """
    if STATUS_CODE in tags:
        status = str(tags[STATUS_CODE]).upper()
        if status in ("OK", "ERROR"):
            return status == "ERROR"
    if "error" in tags and str(tags["error"]).lower() not in _NO_ERROR:
        return True
    code = _text(tags, STATUS_TAGS)
    return len(code) == 3 and code.startswith("5")


def _explain(span: Span) -> None:
    """Add `error.type` and `error.message` if they are known under other names."""
    tags = span.tags
    reasons: list[tuple[TagValue, TagValue]] = [("", tags.get(STATUS_MESSAGE, ""))]
    if str(text := tags.get("error", "")).lower() not in _BARE_ERRORS | _NO_ERROR:
        reasons.append(("", text))
    for event in reversed(span.events):
        if event.name == "exception":
            got = event.attributes
            reasons.append((got.get("exception.type", ""), got.get("exception.message", "")))
            break
    for key, values in zip(
        ("error.type", "error.message"), zip(*reasons, strict=True), strict=True
    ):
        if value := next(filter(None, values), ""):
            tags.setdefault(key, value)


def _words(tags: Mapping[str, TagValue], *choices: tuple[str, ...]) -> str:
    return " ".join(filter(None, (_text(tags, keys) for keys in choices)))


def _text(tags: Mapping[str, TagValue], keys: tuple[str, ...]) -> str:
    """Return the value of the first of these tags that there is; "" if there is none."""
    for key in keys:
        if key in tags and (text := str(tags[key])):
            return text
    return ""
