"""Logs that nobody should write: the reader goes on and says what was wrong."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.infer.readers.lines import MAX_LINE_BYTES
from collector.infer.readers.read import FORMS, LogFormError, read_records
from collector.infer.rejects import MAX_KEPT, Rejects
from collector.limits import NAME_CHARS, NANOSECONDS
from tests.fuzz.mutate import with_other_bytes

SAMPLES = {
    "requests": b"2026-11-27T07:01:02.123456Z web 1.5 ms GET /a 200 to=h:1 id=5f thread=47\n",
    "timing": b"2026-11-26 15:12:43,997 web my-first-trace donuts.query took 147.0 ms\n",
    "nginx": b'1795763019.327 0.131 5f "GET /a HTTP/1.1" 200 h to="h:1, h:2" took="0.130, -"\n',
    "access": b'h - - [20/Nov/2026:12:00:00 +0000] "GET /beers HTTP/1.1" 200 612 "-" "curl"\n',
    "flows": b"ts,te,sa,sp,da,dp,pr\n2026-11-27 07:03:39.327,2026-11-27 07:03:39.328,h,1,i,2,TCP\n",
}


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_whatever_a_log_holds_is_a_record_or_a_reject(form: str, data: st.DataObject) -> None:
    log = data.draw(with_other_bytes(SAMPLES[form] * 3) | st.binary(max_size=300))
    rejects = Rejects()
    for record in read_records(log.splitlines(keepends=True), rejects, form):
        assert 0 <= record.start <= record.end < 2 * NANOSECONDS
        assert len(record.service) <= NAME_CHARS
        assert len(record.name) <= NAME_CHARS
    assert len(rejects.kept) <= MAX_KEPT
    assert all(str(reject).isprintable() for reject in rejects.kept)


@given(st.lists(st.sampled_from([*SAMPLES.values(), b"\xff\xfe\n", b"\n", b"nonsense\n"])))
def test_any_mixture_is_in_one_form_or_in_none(lines: list[bytes]) -> None:
    with suppress(LogFormError):
        list(read_records(lines, Rejects()))


@pytest.mark.parametrize(
    ("compress", "is_open"), [(bytes, True), (gzip.compress, False)], ids=["plain", "gzip"]
)
def test_a_line_of_100_mb_is_one_reject_and_the_next_line_is_read(
    tmp_path: Path, compress: Callable[[bytes], bytes], is_open: bool
) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(compress(SAMPLES["timing"] + b"x" * 100_000_000 + b"\n" + SAMPLES["timing"]))
    rejects = Rejects()
    with log.open("rb") as opened:
        assert len(list(read_records(opened if is_open else log, rejects))) == 2
    assert [(reject.line, reject.reason) for reject in rejects.kept] == [
        (2, f"it is longer than {MAX_LINE_BYTES // 1024} kB")
    ]


def test_a_folder_or_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(OSError, match=r"Is a directory|No such file"):
            list(read_records(path, Rejects()))
