"""What is written in a form is read as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from collector.infer.readers.read import read_records
from collector.infer.records import Record, Upstream
from collector.infer.rejects import Rejects

MS = 1_000_000
WORD = st.text("abcdefghijklmnopqrstuvwxyz_.-/0123456789", min_size=1, max_size=12)
ADDRESS = st.tuples(st.integers(1, 250), st.integers(1, 65_535)).map(
    lambda n: f"10.0.0.{n[0]}:{n[1]}"
)
MOMENT_MS = st.integers(10**12, 4 * 10**12)
DURATION_MS = st.integers(0, 10**6)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def read(form: str, *lines: str) -> list[Record]:
    rejects = Rejects()
    found = list(read_records([line.encode() for line in lines], rejects, form))
    assert rejects.kept == []
    return found


def moment(milliseconds: int, zone: timezone = timezone.utc) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (epoch + timedelta(milliseconds=milliseconds)).astimezone(zone)


def without_dash(text: str) -> str:
    return "" if text == "-" else text


@given(MOMENT_MS, DURATION_MS, WORD, WORD, WORD, WORD, ADDRESS | st.just(""), ZONES)
def test_request_log(
    start: int,
    duration: int,
    service: str,
    path: str,
    request_id: str,
    thread: str,
    callee: str,
    zone: timezone,
) -> None:
    to = f" to={callee}" if callee else ""
    (record,) = read(
        "requests",
        f"{moment(start, zone).isoformat(timespec='milliseconds')} {service} {duration} ms"
        f" GET /{path} 200{to} id={request_id} thread={thread}",
    )
    assert record == Record(
        service,
        f"GET /{path}",
        start * MS,
        (start + duration) * MS,
        without_dash(request_id),
        thread=without_dash(thread),
        callee=callee,
        resolution=MS,
    )


@given(MOMENT_MS, DURATION_MS, WORD, st.lists(WORD, max_size=3), ZONES)
def test_timing_log(
    end: int, duration: int, label: str, more: Sequence[str], zone: timezone
) -> None:
    words = ["web", "id-1", label, *more] if more else [label]
    (record,) = read(
        "timing",
        f"{moment(end, zone).isoformat(' ', 'milliseconds')} {' '.join(words)} took {duration} ms",
    )
    assert record == Record(
        "web" if more else "app",
        " ".join([label, *more]),
        (end - duration) * MS,
        end * MS,
        "id-1" if more else "",
        resolution=MS,
    )


@given(MOMENT_MS, WORD, WORD, ZONES)
def test_common_log_format(at: int, path: str, host: str, zone: timezone) -> None:
    at = at // 1000 * 1000
    written = moment(at, zone).strftime("%d/%b/%Y:%H:%M:%S %z")
    (record,) = read("access", f'{host} - - [{written}] "GET /{path}?q=1 HTTP/1.1" 200 17')
    assert (record.name, record.start, record.end) == (f"GET /{path}", at * MS, at * MS)


@given(MOMENT_MS, DURATION_MS, WORD, st.lists(st.tuples(ADDRESS, st.none() | DURATION_MS)))
def test_nginx(
    end: int, duration: int, request_id: str, asked: Sequence[tuple[str, int | None]]
) -> None:
    def seconds(milliseconds: int | None) -> str:
        return "-" if milliseconds is None else f"{milliseconds // 1000}.{milliseconds % 1000:03}"

    to = ", ".join(address for address, _ in asked) or "-"
    took = ", ".join(seconds(time) for _, time in asked) or "-"
    (record,) = read(
        "nginx",
        f'{seconds(end)} {seconds(duration)} {request_id} "GET / HTTP/1.1" 200 10.0.0.1'
        f' to="{to}" took="{took}"',
    )
    assert record.upstream == tuple(
        Upstream(address, None if time is None else time * MS) for address, time in asked
    )
    assert (record.start, record.end) == ((end - duration) * MS, end * MS)
    assert record.request_id == without_dash(request_id)


@st.composite
def connections(draw: st.DrawFn) -> list[tuple[int, int, str, str]]:
    """Connections of clients of their own to one server: start, end, client, server."""
    ports = draw(st.lists(st.integers(32_768, 60_999), unique=True, max_size=20))
    return [
        ((start := draw(MOMENT_MS)), start + draw(DURATION_MS), f"10.0.0.2:{port}", "10.0.0.1:5000")
        for port in ports
    ]


@given(connections(), st.randoms())
def test_flows_in_any_order(made: list[tuple[int, int, str, str]], random: object) -> None:
    def line(start: int, end: int, source: str, destination: str) -> str:
        times = (moment(at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z" for at in (start, end))
        cells = [*times, *source.split(":"), *destination.split(":"), "TCP"]
        return ",".join(cells)

    lines = [line(*flow) for flow in made]
    lines += [line(start, end, server, client) for start, end, client, server in made]
    random.shuffle(lines)  # type: ignore[attr-defined]
    found = read("flows", "ts,te,sa,sp,da,dp,pr", *lines)
    assert sorted((record.start, record.end, record.thread) for record in found) == sorted(
        (start * MS, end * MS, f"{client}-{server}") for start, end, client, server in made
    )
    assert {(record.caller, record.service) for record in found} <= {("10.0.0.2", "10.0.0.1:5000")}
