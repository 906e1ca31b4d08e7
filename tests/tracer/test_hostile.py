"""Objects of the app that raise whatever is done to them: nothing of it reaches the app."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.tracer.sink import Sink
from tracer import Context, HttpWriter, InMemoryWriter, TraceMiddleware, Tracer
from tracer.encoding import encode_chunk
from tracer.span import active


class Own(BaseException):
    """An exception that no `except Exception` catches."""


METHODS = (
    *("__str__", "__repr__", "__eq__", "__hash__", "__bool__", "__len__", "__iter__", "__call__"),
    *("__getitem__", "__contains__", "__int__", "__float__", "__index__", "__format__", "__lt__"),
    *("__ge__", "__getattr__", "__fspath__"),
)
WORDS = ("encode", "decode", "items", "keys", "values", "copy", "partition", "upper")
RAISED = [RuntimeError, RecursionError, SystemExit, KeyboardInterrupt, GeneratorExit, Own]


def hostile_objects(kind: type[BaseException]) -> dict[str, Any]:
    """Return objects that raise `kind`, each in another way."""

    def fail(*_: object, **__: object) -> Any:
        raise kind

    everything = dict.fromkeys(METHODS, fail)
    lying = {**everything, "__class__": property(fail)}
    words = dict.fromkeys(WORDS, fail)

    class Meta(type):
        __hash__ = fail  # type: ignore[assignment]
        __eq__ = fail  # type: ignore[assignment]
        __instancecheck__ = __subclasscheck__ = fail
        __name__ = property(fail)  # type: ignore[assignment]

    text = type("Text", (str,), {**everything, **words})
    return {
        "object": type("Hostile", (), everything)(),
        "__class__": type("Lying", (), lying)(),
        "metaclass": Meta("Odd", (), {**everything})(),
        "class": Meta("Odd", (), {}),
        "str": str.__new__(text, "text"),
        "returns str": type("Sly", (), {"__str__": lambda self: str.__new__(text, "sly")})(),
        "bytes": type("Bytes", (bytes,), {**everything, **words})(b"bytes"),
        "int": type("Int", (int,), lying)(7),
        "float": type("Float", (float,), lying)(0.5),
        "dict": type("Dict", (dict,), {**everything, **words})(a=1),
        "values": {"key": type("Hostile", (), lying)()},
        "iterable": type("Iterable", (), {"__iter__": fail, "__str__": fail})(),
        "exception": type("Error", (Exception,), {**everything, "orig": property(fail)})(),
        "lying exception": type(
            "Error",
            (Exception,),
            {**lying, "__traceback__": property(fail), "args": property(fail)},
        )(),
        "odd exception": type("OddError", (Exception,), {**everything, "__module__": 7})(),
    }


NAMES = list(hostile_objects(RuntimeError))


@pytest.fixture(params=RAISED)
def kind(request: pytest.FixtureRequest) -> type[BaseException]:
    """What the objects raise."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=NAMES)
def hostile(request: pytest.FixtureRequest, kind: type[BaseException]) -> Any:
    return hostile_objects(kind)[request.param]


def test_wherever_it_is_passed(hostile: Any, tracer: Tracer, writer: InMemoryWriter) -> None:
    with tracer.trace("root", tags=hostile) as root:
        root.set_tag("key", hostile)
        root.set_tag(hostile, hostile)
        root.set_tags(hostile)
        root.set_tags({"key": hostile})
        root.add_event(hostile, hostile)
        root.add_event("event", {"key": hostile})
        root.add_link(hostile)
        root.add_link(Context(1, 1), hostile)
        root.add_submitters(hostile)
        root.add_submitters([hostile, Context(1, 2)])
        root.set_error(hostile)
        with tracer.activate(hostile), tracer.trace("inside") as inside:
            assert inside.parent_id == root.span_id
        with tracer.trace(hostile, hostile, hostile, hostile, hostile, hostile) as child:
            child.resource = hostile
        assert active.get() is root
        assert isinstance(repr(child), str)
    assert active.get() is None
    assert encode_chunk(writer.spans)
    assert [span.duration is not None for span in writer.spans] == [True] * 3


@pytest.mark.parametrize("name", [name for name in NAMES if "exception" in name])
def test_it_is_raised(
    name: str, kind: type[BaseException], tracer: Tracer, writer: InMemoryWriter
) -> None:
    hostile = hostile_objects(kind)[name]
    caught = None
    try:
        with tracer.trace("root"), tracer.trace("child"):
            raise hostile
    except Exception as error:
        caught = error
    assert caught is hostile
    assert active.get() is None
    assert [span.error for span in writer.spans] == [1, 1]
    assert str(writer.spans[0].tags["error.type"]).endswith("Error")
    assert encode_chunk(writer.spans)


def test_in_a_flask_app(hostile: Any, tracer: Tracer, writer: InMemoryWriter) -> None:
    app = Flask(__name__)
    TraceMiddleware(app, tracer)

    @app.get("/")
    def index() -> str:
        span = tracer.current_span()
        assert span is not None
        span.resource = hostile
        span.error = hostile
        return "fine"

    assert app.test_client().get("/").text == "fine"
    assert active.get() is None
    assert len(writer.spans) == 1


def test_a_writer_that_raises(kind: type[BaseException]) -> None:
    class Broken(InMemoryWriter):
        def put(self, spans: Any) -> None:
            raise kind

    tracer = Tracer(Broken())
    with tracer.trace("root"):
        pass
    assert active.get() is None


def test_contexts_of_odd_types_are_no_parents(tracer: Tracer) -> None:
    odd: Any = "odd"
    for context in (odd, Context(odd, 5), Context(5, odd), Context(5, 5, odd), Context(5, 5, 1, 7)):  # type: ignore[arg-type]
        with tracer.activate(context), tracer.trace("a") as span:
            assert span.parent_id == 0


def test_the_collector_receives_what_can_be_told(kind: type[BaseException], sink: Sink) -> None:
    tracer = Tracer(HttpWriter(sink.url, interval=0.01))
    for hostile in hostile_objects(kind).values():
        with tracer.trace(hostile, hostile, hostile, hostile):
            pass
    assert tracer.flush(5)
    tracer.shutdown(5)
    assert len(sink.spans) == len(NAMES)
    assert {span["name"] for span in sink.spans} >= {"<unprintable Hostile>", "<unprintable Odd>"}


def test_generators_that_are_left_halfway(tracer: Tracer, writer: InMemoryWriter) -> None:
    def work(name: str) -> Any:
        with tracer.trace(name):
            yield
            yield

    first, second, abandoned = work("first"), work("second"), work("abandoned")
    with tracer.trace("root") as root:
        next(first)
        next(second)
        first.close()  # in the wrong order
        next(abandoned)
        second.close()
        assert active.get() is not None
    assert active.get() is None
    abandoned.close()
    assert active.get() is None
    assert {span.name for span in writer.spans} == {"root", "first", "second", "abandoned"}
    assert {span.trace_id for span in writer.spans} == {root.trace_id}
    assert [span.error for span in writer.spans] == [0, 0, 0, 0]


def test_recursion_to_the_very_limit(tracer: Tracer) -> None:
    def recurse() -> None:
        with tracer.trace("deeper", tags={"key": object()}) as span:
            span.set_tag("key", RuntimeError("no"))
            recurse()

    with pytest.raises(RecursionError), tracer.trace("root"):
        recurse()
    assert active.get() is None


def test_a_real_ctrl_c_reaches_the_app(tracer: Tracer, writer: InMemoryWriter) -> None:
    """It arrives while an object of the app is being turned into text."""

    class Slow:
        def __str__(self) -> str:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1_000_000):
                pass
            return "slow"

    slow: Any = Slow()
    uses: list[Callable[[], object]] = [
        lambda: tracer.trace("a", tags={"key": slow}),
        lambda: tracer.trace("a").set_tag("key", slow),
        lambda: tracer.trace("a").add_event(slow),
    ]
    for use in uses:
        with pytest.raises(KeyboardInterrupt), tracer.trace("root"):
            use()
        assert active.get() is None
        assert writer.spans[-1].duration is not None
    with pytest.raises(KeyboardInterrupt), tracer.trace("root"):
        raise type("Error", (Exception,), {"__str__": Slow.__str__})
    assert active.get() is None


def test_a_handler_of_the_app_may_raise_it(tracer: Tracer) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    class Slow:
        def __str__(self) -> str:
            os.kill(os.getpid(), signal.SIGINT)
            return str(sum(range(100_000)))

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt), tracer.trace("root") as root:
            root.set_tag("key", Slow())
    finally:
        signal.signal(signal.SIGINT, before)
    assert active.get() is None


def test_in_another_thread_no_interrupt_is_real(tracer: Tracer) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with tracer.trace("a") as span:
                for hostile in hostile_objects(KeyboardInterrupt).values():
                    span.set_tag("key", hostile)
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert problems == []


def test_the_end_of_a_greenlet_is_not_kept_from_it() -> None:
    script = """
import gevent
from tracer import tracer, InMemoryWriter
tracer.writer = InMemoryWriter()
class Slow:
    def __str__(self):
        gevent.sleep(30)
def work():
    with tracer.trace("a") as span:
        span.set_tag("key", Slow())
    print("went on")
greenlet = gevent.spawn(work)
gevent.sleep(0.01)
greenlet.kill(timeout=10)
print(greenlet.dead, len(tracer.writer.spans))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.split() == ["True", "1"], done.stderr
