"""Each form of log says what it says, and no more."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.infer.readers import flows
from collector.infer.readers.read import FORMS, LogFormError, read_records
from collector.infer.records import Record, Upstream
from collector.infer.rejects import MAX_KEPT, Rejects

MS = 1_000_000
NOON = 1_795_780_800_000 * MS
"""2026-11-27T12:00:00Z"""

NAMES = {"127.0.0.1:5000": "web", "127.0.0.1:5001": "taster", "10.0.0.9": "cart"}


@pytest.fixture(autouse=True)
def local_time_is_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as context:
        context.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def records(*lines: str, form: str | None = None, names: dict[str, str] = NAMES) -> list[Record]:
    """The records of a log with these lines, all of which must be readable."""
    rejects = Rejects()
    found = list(read_records([f"{line}\n".encode() for line in lines], rejects, form, names=names))
    assert rejects.kept == []
    return found


def test_timing_log_with_and_without_ids() -> None:
    without, with_id = (
        records("2026-11-27 12:00:00,500 match took 481.5 ms"),
        records("2026-11-27 12:00:00,500 web ab12 beer.query took 0.1 s"),
    )
    end = NOON + 500 * MS
    assert without == [Record("app", "match", end - 481_500_000, end, resolution=MS)]
    assert with_id == [Record("web", "beer.query", end - 100 * MS, end, "ab12", resolution=MS)]


def test_the_request_log_says_who_called_whom() -> None:
    served, call = records(
        "2026-11-27T12:00:00.123456Z web 12.345 ms GET /pair/beer 200 id=ab12 thread=4711",
        "2026-11-27T12:00:00.123999Z web 9.1 ms GET /taste ReadTimeout to=127.0.0.1:5001",
    )
    start = NOON + 123_456_000
    assert served == Record(
        "web", "GET /pair/beer", start, start + 12_345_000, "ab12", thread="4711", resolution=1000
    )
    assert (call.service, call.callee, call.request_id) == ("web", "taster", "")


@pytest.mark.parametrize(
    "line",
    [
        '10.0.0.9 - - [27/Nov/2026:13:00:00 +0100] "GET /beers?x=1 HTTP/1.1" 200 61 "-" "curl/8"',
        '10.0.0.9 - - [27/Nov/2026 12:00:00] "GET /beers HTTP/1.1" 200 -',
    ],
)
def test_an_access_log_knows_one_moment_and_no_duration(line: str) -> None:
    (record,) = records(line)
    expected = Record(
        "app",
        "GET /beers",
        NOON,
        NOON,
        caller="cart",
        resolution=1000 * MS,
        has_duration=False,
    )
    assert record == expected


def test_our_own_access_log_names_the_service() -> None:
    (record,) = records("2026-11-27T12:00:00 taster GET /taste?beer=ipa 200 python-requests/2")
    assert (record.service, record.name, record.end) == ("taster", "GET /taste", NOON)
    assert not record.has_duration


def test_nginx_says_which_upstreams_were_asked() -> None:
    line = '1795780800.250 0.200 5f2c "GET /pair/beer?name=ipa HTTP/1.1" 200 10.0.0.9 '
    one, two, none = records(
        line + 'to="127.0.0.1:5000" took="0.199"',
        line + 'to="127.0.0.1:5009, 127.0.0.1:5000 : unix:/x" took="-, 0.150 : 0.001"',
        line + 'to="-" took="-"',
    )
    end = NOON + 250 * MS
    upstream = (Upstream("web", 199 * MS),)
    assert one == Record(
        "nginx",
        "GET /pair/beer",
        end - 200 * MS,
        end,
        "5f2c",
        "cart",
        upstream=upstream,
        resolution=MS,
    )
    assert two.upstream == (
        Upstream("127.0.0.1:5009"),
        Upstream("web", 150 * MS),
        Upstream("unix:/x", MS),
    )
    assert none.upstream == ()


OLD = "ts,te,td,sa,da,sp,dp,pr"
NEW = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows"


def test_the_two_directions_of_a_connection_are_one_record() -> None:
    (record,) = records(
        OLD,
        "2026-11-27 12:00:00.100,x,0.020,127.0.0.1,127.0.0.1,40001,5001,TCP",
        "2026-11-27 12:00:00.101,x,0.030,127.0.0.1,127.0.0.1,5001,40001,TCP",
    )
    assert record == Record(
        "taster",
        "",
        NOON + 100 * MS,
        NOON + 131 * MS,
        thread="127.0.0.1:40001-127.0.0.1:5001",
        resolution=MS,
    )


def test_flows_of_several_hosts_say_who_called() -> None:
    known, unknown = records(
        NEW,
        "2026-11-27 12:00:00.100,0.020,6,10.0.0.9,40001,10.0.0.7,80,5,400,1",
        "2026-11-27 12:00:00.100,0.020,6,10.0.0.7,80,10.0.0.8,40002,5,400,1",
        "Summary",
        "flows,bytes,packets,avg_bps,avg_pps,avg_bpp",
        "2,800,10,1,1,1",
    )
    assert (known.caller, known.service) == ("cart", "10.0.0.7:80")
    assert (unknown.caller, unknown.service) == ("10.0.0.8", "10.0.0.7:80")


def test_one_pair_of_ports_used_twice_is_two_connections() -> None:
    flow = "2026-11-27 12:{}:00.100,x,0.020,127.0.0.1,127.0.0.1,{},TCP"
    found = records(
        OLD,
        flow.format("00", "40001,5001"),
        flow.format("01", "40001,5001"),
        flow.format("01", "5001,40001"),
        flow.format("02", "5001,40001"),
    )
    assert [(record.service, record.start - NOON) for record in found] == [
        ("taster", 100 * MS),
        ("taster", 60_100 * MS),
        ("taster", 120_100 * MS),
    ]


def test_only_so_many_flows_wait_for_their_other_direction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flows, "MAX_WAITING", 2)
    flow = "2026-11-27 12:00:00.100,x,0.020,127.0.0.1,127.0.0.1,{},TCP"
    lines = [OLD, *(flow.format(f"{port},5001") for port in (40001, 40002, 40003, 40004))]
    found = read_records([line.encode() for line in lines], Rejects())
    assert next(found).thread == "127.0.0.1:40001-127.0.0.1:5001"
    assert len(list(found)) == 3


def test_flows_without_the_names_of_columns_are_rejects() -> None:
    rejects = Rejects()
    assert list(read_records([b"1,2,3\n", b"4,5,6\n"], rejects, "flows")) == []
    assert (rejects.count, rejects.kept[0].reason) == (
        2,
        "no line before it names nfdump's columns",
    )


def test_a_file_may_be_compressed_and_names_the_service(tmp_path: Path) -> None:
    log = tmp_path / "shop.log.1.gz"
    log.write_bytes(gzip.compress(b"2026-11-27 12:00:00,500 match took 481.5 ms\n" * 1000))
    found = list(read_records(log, Rejects()))
    assert (len(found), found[0].service) == (1000, "shop")


def test_bad_lines_are_counted_and_named() -> None:
    lines = ["2026-11-27 12:00:00,500 match took 5 ms", "\x1b[2J nonsense", "", "more", "\0"]
    lines += ["2026-02-30 12:00:00,500 match took 5 ms", "x" * 70_000] + ["bad"] * 50
    rejects = Rejects()
    assert len(list(read_records([line.encode() for line in lines], rejects))) == 1
    assert (rejects.count, len(rejects.kept)) == (55, MAX_KEPT)
    assert [str(reject)[:70] for reject in rejects.kept[:5]] == [
        r"line 2: it is not a moment, a name, `took` and a time: \x1b[2J nonsens",
        "line 4: it is not a moment, a name, `took` and a time: more",
        r"line 5: it is not text: \x00",
        "line 6: there is no moment 2026-02-30 12:00:00: 2026-02-30 12:00:00,50",
        "line 7: it is longer than 64 kB: " + "x" * 37,
    ]


def test_a_log_in_no_known_form_is_refused_with_a_way_out() -> None:
    with pytest.raises(LogFormError, match=r"begins: hello\. Say how .* --pattern"):
        list(read_records([b"hello\n"], Rejects()))
    with pytest.raises(LogFormError, match=r"no form 'csv'; there are requests, timing"):
        list(read_records([b"hello\n"], Rejects(), form="csv"))
    assert list(read_records([], Rejects())) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_off_compressed_file_gives_what_there_is_and_says_so(
    form: str, tmp_path: Path
) -> None:
    log = tmp_path / "web.log.gz"
    log.write_bytes(gzip.compress(os.urandom(1_000_000).hex().encode())[:-100])
    with pytest.raises(OSError, match=r"web\.log\.gz is not whole"):
        list(read_records(log, Rejects(), form))
