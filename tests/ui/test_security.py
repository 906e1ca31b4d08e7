"""Whatever a span carries stays text, and pages may load nothing but the UI's own files."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import HOSTILE, hostile, pairing
from tests.ui.conftest import BROKEN, PAIRING

TRACE = hostile(BROKEN)
ADDRESSES = [
    "/",
    "/?q=error:1",
    "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
    f"/trace/{TRACE.hex}",
    f"/trace/{TRACE.hex}/spans",
    *(f"/trace/{TRACE.hex}/span/{span['span_id']:016x}" for span in TRACE.spans),
    "/routes",
    "/route",
    "/route?tab=tree",
    "/route?tab=table&q=%3Cscript%3E",
    "/map",
    "/map?q=error:1&last=1h",
    "/nowhere",
]


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_policy_forbids_all_that_is_inline_or_foreign(
    client: FlaskClient, address: str
) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_keep_to_the_policy_and_names_stay_text(client: FlaskClient, address: str) -> None:
    for tag, attributes in Elements(client.get(address).text).found:
        assert tag not in ("img", "iframe", "object", "style", "base")
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").strip().lower().startswith("javascript:")
        if tag == "script":
            assert (attributes["src"] or "").startswith("/static/")


def test_hostile_names_are_shown_as_they_are(client: FlaskClient) -> None:
    text = client.get(f"/trace/{TRACE.hex}/spans").text
    assert "&lt;script&gt;document.title=" in text
    assert "{{ 7 * 7 }}" in text
    assert HOSTILE[0] not in text


def test_browsers_check_pages_again_and_keep_files(client: FlaskClient) -> None:
    assert client.get(f"/trace/{pairing(PAIRING).hex}").headers["Cache-Control"] == "no-cache"
    assert "max-age=31536000" in client.get("/static/any/js/url.js").headers["Cache-Control"]


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "js/../../app.py", "js", "none.js"])
def test_only_files_of_the_folder_are_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/any/{name}").status_code == 404
