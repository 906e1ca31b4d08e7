"""Who may change a setting, and what is said of a change that comes to nothing."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from flask import Flask

from collector.http.answers import RefusedError
from collector.http.setting_changes import changing, sent_body
from collector.store.file_errors import CannotOpenError
from collector.store.settings import SettingError

APP = Flask(__name__)
CANNOT_OPEN = CannotOpenError(Path("tail.db"), OSError(errno.EIO, "Input/output error"))


def fail_to_change(address: str, error: Exception | None) -> None:
    with (
        APP.test_request_context(environ_base={"REMOTE_ADDR": address}),
        changing("the rules", UnicodeError),
    ):
        assert error, "nobody gets so far from there"
        raise error


@pytest.mark.parametrize(
    ("address", "error", "status", "message"),
    [
        ("127.0.0.1", UnicodeError("line 3: no such word"), 400, "line 3: no such word"),
        ("127.0.0.1", SettingError("no room"), 503, "the rules cannot be written: no room"),
        ("127.0.0.1", CANNOT_OPEN, 503, "tail.db cannot be used: Input/output error"),
        ("10.0.0.9", None, 403, "the rules can only be changed from this machine, not from 10.0.0"),
        ("", None, 403, "not from 0.0.0.0"),
    ],
)
def test_what_comes_to_nothing_is_explained(
    address: str, error: Exception | None, status: int, message: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        fail_to_change(address, error)
    assert refused.value.status == status
    assert message in str(refused.value)


def test_a_bug_is_not_taken_for_something_wrong_in_what_was_sent() -> None:
    with pytest.raises(ValueError, match="a bug"):
        fail_to_change("::1", ValueError("a bug"))


def test_a_body_is_read_up_to_its_limit() -> None:
    with APP.test_request_context(data=b"rules"):
        assert sent_body(5) == b"rules"
    with APP.test_request_context(data=b"rules"), pytest.raises(RefusedError, match="4 bytes"):
        sent_body(4)
