"""Which requests the learner has made."""

from __future__ import annotations

from tutor.checks.access_log import LoggedRequest, learner_requests


def test_the_probes_of_checks_are_left_out(tmp_path):
    (tmp_path / "access.log").write_text(
        "2026-11-20T12:00:00 web GET /beers/double%20ipa?a=b 200 curl/8.5.0\n"
        "2026-11-20T12:00:01 web GET /beers 200 workshop-check\n"
        "garbage\n"
        "2026-11-20T12:00:02 taster GET /ping 404 Mozilla/5.0 (X11; Linux)\n"
    )
    assert learner_requests(tmp_path) == [
        LoggedRequest("web", "GET", "/beers/double ipa", "a=b", 200, "curl/8.5.0"),
        LoggedRequest("taster", "GET", "/ping", "", 404, "Mozilla/5.0 (X11; Linux)"),
    ]


def test_there_may_have_been_none(tmp_path):
    assert learner_requests(tmp_path) == []
