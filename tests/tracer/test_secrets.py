# ruff: noqa: S608
"""What libraries quote in their exceptions is the app's data, and is not recorded.

Each case raises a real exception of a real library, with a secret wherever it may be.
"""

from __future__ import annotations

import builtins
import gc
import http.client
import logging
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import redis
import requests
import sqlalchemy
import urllib3
from sqlalchemy.exc import DBAPIError, PendingRollbackError, StatementError
from sqlalchemy.orm import Session, declarative_base

from tests.serving import serving
from tracer import HttpWriter, Span, Tracer, patch, tracer
from tracer.encoding import encode_chunk
from tracer.errors import error_tags

SECRET = "hu" + "sh"
"""In two parts, since recorded stacks quote source lines."""
ANY_TEXT = ".*"
NUMBER = 70_000_000 + 7_777


def everything(spans: list[Span]) -> str:
    return encode_chunk(spans).decode(errors="replace")


def assert_nothing_told(spans: list[Span]) -> None:
    told = everything(spans)
    assert SECRET not in told.lower()
    assert str(NUMBER) not in told


class Unkind(BaseHTTPRequestHandler):
    """Answers nearly everything with what makes a client raise; mostly it echoes the query."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/redirect":
            self.send_response(302)
            self.send_header("Location", self.path)
        elif path == "/garbage":
            self.wfile.write(f"{SECRET} 1 2 3\r\n\r\n".encode())
            return
        elif path == "/chunks":
            body = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n"
            self.wfile.write(body.encode())
            return
        elif path == "/gzip":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(SECRET)))
            self.end_headers()
            self.wfile.write(SECRET.encode())
            return
        elif path == "/json":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET.encode())
            return
        elif path == "/hang-up":
            return
        else:
            self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Unkind)) as url:
        yield url.removeprefix("http://")


HTTP_CALLS: dict[str, Callable[[str], object]] = {
    "refused": lambda _: requests.get(f"http://127.0.0.1:1/a?key={SECRET}", timeout=5),
    "refused, odd query": lambda _: requests.get(
        f"http://127.0.0.1:1/a?key=it's({SECRET}) (Caused by {SECRET})", timeout=5
    ),
    "refused, with a password": lambda _: requests.get(
        f"http://me:{SECRET}@127.0.0.1:1/a", timeout=5
    ),
    "status": lambda host: requests.get(
        f"http://me:{SECRET}@{host}/a?key={SECRET}", timeout=5
    ).raise_for_status(),
    "fragment": lambda host: requests.get(
        f"http://{host}/a#key={SECRET}", timeout=5
    ).raise_for_status(),
    "too many redirects": lambda host: requests.get(f"http://{host}/redirect?{SECRET}", timeout=5),
    "no HTTP": lambda host: requests.get(f"http://{host}/garbage?{SECRET}", timeout=5),
    "no chunks": lambda host: requests.get(f"http://{host}/chunks?{SECRET}", timeout=5),
    "no gzip": lambda host: requests.get(f"http://{host}/gzip?{SECRET}", timeout=5),
    "no JSON": lambda host: requests.get(f"http://{host}/json?{SECRET}", timeout=5).json(),
    "hung up": lambda host: requests.get(f"http://{host}/hang-up?{SECRET}", timeout=5),
    "no such scheme": lambda _: requests.get(f"ftp://me:{SECRET}@h/a?key={SECRET}", timeout=5),
    "no scheme": lambda _: requests.get(f"h/a?key={SECRET} and {SECRET}", timeout=5),
    "no host": lambda _: requests.get(f"http://?key={SECRET}", timeout=5),
    "no IPv6": lambda _: requests.get(f"http://me:{SECRET}@[bad/?{SECRET}", timeout=5),
    "no port": lambda _: requests.get(f"http://me:x/{SECRET}@h", timeout=5),
    "header": lambda host: requests.get(
        f"http://{host}/", headers={"Authorization": f"{SECRET}\n"}, timeout=5
    ),
    "header's type": lambda host: requests.get(
        f"http://{host}/",
        headers={"X": [SECRET]},  # type: ignore[dict-item]
        timeout=5,
    ),
    "proxy": lambda host: requests.get(
        f"http://{host}/?{SECRET}",
        proxies={"http": f"http://me:{SECRET}@127.0.0.1:1"},
        timeout=5,
    ),
    "no proxy": lambda host: requests.get(
        f"http://{host}/?{SECRET}", proxies={"http": f"http:///{SECRET}"}, timeout=5
    ),
    "no number in JSON": lambda host: requests.post(
        f"http://{host}/?{SECRET}", json={SECRET: float("nan")}, timeout=5
    ),
    "urllib3": lambda _: urllib3.PoolManager(retries=False).request(
        "GET", f"http://127.0.0.1:1/?{SECRET}"
    ),
    "urllib3's retries": lambda _: urllib3.PoolManager(retries=0).request(
        "GET", f"http://me:{SECRET}@127.0.0.1:1/?{SECRET}"
    ),
    "http.client": lambda _: http.client.HTTPConnection("h").request("GET", f"/a?{SECRET} b"),
    "urllib": lambda host: urllib.request.urlopen(f"http://{host}/a?key={SECRET}", timeout=5),
    "urllib's port": lambda host: urllib.request.urlopen(f"http://me:{SECRET}/@{host}", timeout=5),
}


@pytest.mark.filterwarnings("ignore:.*unclosed")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("patched", [True, False])
@pytest.mark.parametrize("case", HTTP_CALLS)
def test_clients_of_http(case: str, patched: bool, server: str, spans: list[Span]) -> None:
    patch(requests=patched)
    with pytest.raises(Exception, match=ANY_TEXT), tracer.trace("root") as root:
        HTTP_CALLS[case](server)
    gc.collect()  # some exceptions hold a socket; here that is known
    assert root.tags["error.message"]
    assert_nothing_told(spans)
    assert tracer.current_span() is None


def test_the_reason_of_a_refused_call_is_kept(spans: list[Span]) -> None:
    with pytest.raises(requests.ConnectionError), tracer.trace("root") as root:
        requests.get(f"http://127.0.0.1:1/beers?key={SECRET}", timeout=5)
    message = str(root.tags["error.message"])
    assert "Max retries exceeded with url: /beers?… (Caused by NewConnectionError" in message
    assert "Connection refused" in message


def test_an_apps_error_may_quote_that_of_a_library(server: str, spans: list[Span]) -> None:
    def call() -> None:
        try:
            requests.get(
                f"http://me:{SECRET}@{server}/a?key={SECRET}", timeout=5
            ).raise_for_status()
        except requests.HTTPError as error:
            raise RuntimeError(f"no beer: {error}") from error

    with pytest.raises(RuntimeError), tracer.trace("root") as root:
        call()
    expected = f"no beer: 404 Client Error: Not Found for url: http://{server}/a?…"
    assert root.tags["error.message"] == expected
    assert_nothing_told(spans)


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("GET http://h/a?b=c failed", "GET http://h/a?… failed"),
        ("GET http://h/a#b failed", "GET http://h/a?… failed"),
        ("is http://h/a there?", "is http://h/a there?"),
        ("is it http://h/a?", "is it http://h/a?"),
        ("'/a?b=c'", "'/a?…"),
        ("see https://me:x@h:80/a/b.", "see https://h:80/a/b."),
        ("see https://me:x/y@h/", "see https://…"),
        ("see https://me:x?y@h/", "see https://…"),
        ("see https://me:x#y@h/", "see https://…"),
        ("see https://h?mail=a@b", "see https://…"),
        ("see https://h/a?mail=a@b", "see https://h/a?…"),
        ("see http://[::1]:80/?x", "see http://[::1]:80/?…"),
        ("see http://h/?u=http://i/?x", "see http://h/?…"),
        ("no beer? and/or wine?", "no beer? and/or wine?"),
        ("'ipa'", "'ipa'"),
    ],
)
def test_addresses_in_any_text(text: str, recorded: str) -> None:
    assert error_tags(Exception(text))["error.message"] == recorded


class Beer(declarative_base()):  # type: ignore[misc]
    __tablename__ = "beers"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    name = sqlalchemy.Column(sqlalchemy.String, unique=True)
    brewed = sqlalchemy.Column(sqlalchemy.Date)
    kind = sqlalchemy.Column(sqlalchemy.Enum("ale", "lager", name="kinds"))
    abv = sqlalchemy.Column(sqlalchemy.Numeric)


def pending(session: Session) -> None:
    for _ in range(2):
        session.add(Beer(name=SECRET))
    try:
        session.flush()
    except DBAPIError:
        session.execute(sqlalchemy.text("SELECT 1"))


def without_sqlalchemy(_: Session) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"SELECT '{SECRET}")


def raw(sql: str) -> Callable[[Session], object]:
    return lambda session: session.execute(sqlalchemy.text(sql))


SQL_CALLS: dict[str, Callable[[Session], object]] = {
    "unique": lambda session: [
        session.execute(sqlalchemy.insert(Beer).values(name=SECRET)) for _ in range(2)
    ],
    "literal": raw(f"SELECT '{SECRET}', {NUMBER}, -{NUMBER} FROM nowhere"),
    "syntax at a literal": raw(f"SELECT FROM '{SECRET}' '{SECRET}'"),
    "unfinished": raw(f"SELECT 'it''s {SECRET}"),
    "in double quotes": raw(f'SELECT * FROM beers WHERE name = "{SECRET}" AND nothing = {NUMBER}'),
    "no JSON": lambda session: session.execute(
        sqlalchemy.text("SELECT json(:x), json_extract('{}', :x)"), {"x": f"{SECRET} '{NUMBER}"}
    ),
    "no such type": lambda session: session.execute(
        sqlalchemy.text("SELECT :x"), {"x": {SECRET: NUMBER}}
    ),
    "too large": lambda session: session.execute(
        sqlalchemy.text("SELECT :x"), {"x": NUMBER * 10**30}
    ),
    "no date": lambda session: session.execute(sqlalchemy.insert(Beer).values(brewed=SECRET)),
    "a kind from the table": lambda session: [
        session.execute(sqlalchemy.text(f"INSERT INTO beers (kind) VALUES ('{SECRET}')")),
        session.execute(sqlalchemy.select(Beer.kind)).all(),
    ],
    "a date from the table": lambda session: [
        session.execute(sqlalchemy.text(f"INSERT INTO beers (brewed) VALUES ('{SECRET}')")),
        session.execute(sqlalchemy.select(Beer.brewed)).all(),
    ],
    "missing parameter": lambda session: session.execute(
        sqlalchemy.text("SELECT :x, :y"), {"x": SECRET}
    ),
    "many": lambda session: session.execute(
        sqlalchemy.insert(Beer), [{"name": SECRET}, {"name": SECRET}]
    ),
    "pending rollback": pending,
    "address": lambda _: sqlalchemy.create_engine(f"me:{SECRET}@h"),
    "port": lambda _: sqlalchemy.create_engine(f"sqlite://me:{SECRET}@h:{SECRET}/"),
    "dialect": lambda _: sqlalchemy.create_engine(f"nothing://me:{SECRET}@h/"),
    "no statement": lambda session: session.execute(f"SELECT '{SECRET}'"),  # type: ignore[call-overload]
    "no column": lambda session: session.execute(
        sqlalchemy.insert(Beer), [{"name": SECRET}, {"id": SECRET}]
    ),
    "without SQLAlchemy": without_sqlalchemy,
    "trigger": lambda session: [
        session.execute(
            sqlalchemy.text(
                "CREATE TRIGGER t BEFORE INSERT ON beers BEGIN"
                " SELECT RAISE(ABORT, 'no \"beer\"'); END"
            )
        ),
        session.execute(sqlalchemy.insert(Beer).values(name=SECRET)),
    ],
}


@pytest.mark.parametrize("patched", [True, False])
@pytest.mark.parametrize("case", SQL_CALLS)
def test_sqlalchemy(case: str, patched: bool, spans: list[Span]) -> None:
    patch(sqlalchemy=patched)
    engine = sqlalchemy.create_engine("sqlite://")
    Beer.metadata.create_all(engine)
    with (
        pytest.raises(Exception, match=ANY_TEXT),
        Session(engine) as session,
        tracer.trace("root") as root,
    ):
        SQL_CALLS[case](session)
    engine.dispose()
    assert root.tags["error.message"]
    assert_nothing_told(spans)
    assert tracer.current_span() is None


@pytest.mark.parametrize(
    ("reason", "recorded"),
    [
        ("UNIQUE constraint failed: beers.name", "UNIQUE constraint failed: beers.name"),
        ("no such table: beer2", "no such table: beer2"),
        ('near "hush": syntax error', "near ?: syntax error"),
        (
            'invalid input syntax for type integer: "a"b\'',
            "invalid input syntax for type integer: ?",
        ),
        ("duplicate key\nDETAIL: Key (name)=(hush) already exists.", "duplicate key"),
        ("The duplicate key value is (hush).", "The duplicate key value is (?)."),
        ("Can't connect to server on 'h' (111)", "Can't connect to server on ? (?)"),
        ("value 12.5 is out of range", "value ? is out of range"),
    ],
)
def test_reasons_of_drivers(reason: str, recorded: str) -> None:
    error = StatementError("message", "SELECT 1", {}, Exception(reason))
    assert error_tags(error)["error.message"] == recorded


def test_the_reason_of_a_mysql_error_is_its_second_argument() -> None:
    origin = Exception(1062, "Duplicate entry 'it's hush' for key 'beers.name'")
    error = DBAPIError("INSERT", {}, origin)
    assert error_tags(error)["error.message"] == "Duplicate entry ?"


def test_a_transaction_that_was_rolled_back() -> None:
    text = (
        "rolled back. Original exception was: UNIQUE failed: a.b\n[SQL: hush]\n[parameters: hush]"
    )
    recorded = error_tags(PendingRollbackError(text))["error.message"]
    assert recorded == "rolled back. Original exception was: UNIQUE failed: a.b"


REDIS_CALLS: dict[str, Callable[[Any], object]] = {
    "wrong type": lambda client: [client.set("a", SECRET), client.lpush("a", SECRET)],
    "one text": lambda client: client.execute_command(f"SET a {SECRET} NX XX"),
    "one text, unknown": lambda client: client.execute_command(f"NOTHING {SECRET} 'it's {SECRET}'"),
    "unknown": lambda client: client.execute_command("NOTHING", SECRET, f"it's '{SECRET}"),
    "subcommand": lambda client: client.execute_command("CONFIG", SECRET),
    "script": lambda client: client.eval("return redis.error_reply(ARGV[1])", 0, SECRET),
    "script's code": lambda client: client.eval("error('a ' .. ARGV[1])", 0, SECRET),
    "no script": lambda client: client.eval(f"no {SECRET}", 0),
    "no number": lambda client: client.config_set("maxmemory", SECRET),
    "password": lambda client: client.execute_command("AUTH", SECRET, SECRET),
    "no such type": lambda client: client.set("a", {SECRET: 1}),
    "pipeline": lambda client: client.pipeline().lpush("s", SECRET).execute(),
    "no transaction": lambda client: client.pipeline(False).lpush("s", SECRET, "b").execute(),
    "pipeline of scripts": lambda client: (
        client.pipeline().eval("return redis.error_reply(ARGV[1])", 0, SECRET).execute()
    ),
    "pipeline of texts": lambda client: (
        client.pipeline().execute_command(f"LPUSH s {SECRET}").execute()
    ),
    "address": lambda _: redis.Redis.from_url(f"nothing://:{SECRET}@h"),
    "port": lambda _: redis.Redis.from_url(f"redis://:x/{SECRET}@h:{SECRET}"),
}


@pytest.mark.parametrize("case", REDIS_CALLS)
def test_redis(case: str, redis_url: str, spans: list[Span]) -> None:
    patch(redis=True)
    with ExitStack() as stack:
        client = stack.enter_context(redis.Redis.from_url(redis_url))
        client.flushdb()
        client.set("s", "text")
        with pytest.raises(Exception, match=ANY_TEXT), tracer.trace("root") as root:
            REDIS_CALLS[case](client)
    assert root.tags["error.message"]
    assert_nothing_told(spans)
    assert tracer.current_span() is None


def test_a_command_in_one_text_is_split(redis_url: str, spans: list[Span]) -> None:
    patch(redis=True)
    with redis.Redis.from_url(redis_url) as client, tracer.trace("root"):
        client.execute_command(f"SET beer {SECRET}")
        client.execute_command(b"get beer")  # type: ignore[no-untyped-call]
        client.execute_command("CONFIG GET", "maxmemory")
    assert [(span.resource, span.tags.get("redis.key")) for span in reversed(spans[1:])] == [
        ("SET", "beer"),
        ("GET", "beer"),
        ("CONFIG GET", None),
    ]
    assert_nothing_told(spans)


def test_what_surrounds_an_exception_is_not_recorded() -> None:
    def fail() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            problem = RuntimeError("no beer")
            problem.__notes__ = [SECRET]  # type: ignore[attr-defined]
            raise problem from cause

    with pytest.raises(RuntimeError) as raised:
        fail()
    assert SECRET not in str(error_tags(raised.value))


def test_the_exceptions_of_a_group_are_not_recorded() -> None:
    group = getattr(builtins, "ExceptionGroup", None)
    if group is None:
        pytest.skip("before Python 3.11 there are no exception groups")
    tags = error_tags(group("several", [requests.ConnectionError(SECRET)]))
    assert tags["error.message"] == "several (1 sub-exception)"
    assert SECRET not in str(tags)


@pytest.mark.parametrize("url", [f"http://me:{SECRET}@127.0.0.1:1", f"http://me:{SECRET}/x@h:1"])
def test_the_tracers_own_log(url: str, caplog: pytest.LogCaptureFixture) -> None:
    own = Tracer(HttpWriter(url, interval=0.01))
    with caplog.at_level(logging.DEBUG), own.trace("a"):
        pass
    own.shutdown(5)
    assert "lost" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("wanted", [True, False])
def test_literals_are_recorded_if_they_are_wanted(
    wanted: bool, spans: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    patch(sqlalchemy=True)
    monkeypatch.setattr(tracer, "sql_literals", False)
    tracer.configure(sql_literals=wanted)
    engine = sqlalchemy.create_engine("sqlite://")
    with tracer.trace("root"), engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 'ipa', 5"))
    engine.dispose()
    assert spans[1].resource == ("SELECT 'ipa', 5" if wanted else "SELECT ?, ?")


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("0", False), ("", False)])
def test_the_environment_can_ask_for_literals(
    value: str, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACE_SQL_LITERALS", value)
    assert Tracer().sql_literals is wanted
