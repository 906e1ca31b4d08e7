"""What the pages say about searches as people type them, read without scripts."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import pairing
from tests.ui.conftest import PAIRING

TRACE = pairing(PAIRING)
SCREENS = ("/", "/routes", "/map", "/what-if")


def links(text: str) -> dict[str, str]:
    """Return the corrected searches of a page and their addresses."""
    found = re.findall(r'<a href="([^"]+)"><code>(.*?)</code></a>', text)
    return {html.unescape(search): html.unescape(address) for address, search in found}


@pytest.mark.parametrize(
    "pasted",
    [
        TRACE.hex.upper(),
        f" 0x{TRACE.hex} ",
        f"traceparent: 00-{TRACE.hex}-{TRACE.spans[0]['span_id']:016x}-01",
        TRACE.hex[16:],
        str(int(TRACE.hex, 16)),
        f"http://localhost:8080/trace/{TRACE.hex}",
    ],
)
def test_a_pasted_id_leads_to_its_trace(client: FlaskClient, pasted: str) -> None:
    response = client.get("/", query_string={"q": pasted})
    assert response.status_code == 302
    assert response.headers["Location"].partition("?")[0] == f"/trace/{TRACE.hex}"


@pytest.mark.parametrize("form", [f"0x{TRACE.hex}", TRACE.hex[16:], str(int(TRACE.hex, 16))])
def test_a_trace_is_addressed_by_any_form_of_its_id(client: FlaskClient, form: str) -> None:
    response = client.get(f"/trace/{form}?present=1")
    assert response.headers["Location"] == f"/trace/{TRACE.hex}?present=1"


def test_the_id_of_a_span_leads_to_the_span(client: FlaskClient) -> None:
    span_id = f"{TRACE.spans[1]['span_id']:016x}"
    response = client.get("/", query_string={"q": span_id, "present": "1"})
    assert response.headers["Location"] == f"/trace/{TRACE.hex}?span={span_id}&present=1"


def test_an_id_that_is_not_stored_says_so(client: FlaskClient) -> None:
    assert "No trace and no span with this id is stored" in client.get(f"/?q={'f' * 32}").text


@pytest.mark.parametrize("screen", SCREENS)
def test_a_search_that_cannot_be_read_is_corrected_by_a_link(
    client: FlaskClient, screen: str
) -> None:
    asked = {"q": "service:web duration:200ms", "last": "1h"}
    response = client.get(screen, query_string=asked)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    corrections = links(response.text)
    assert list(corrections) == ["service:web duration:>200ms", "service:web duration:<200ms"]
    corrected = client.get(corrections["service:web duration:>200ms"])
    assert corrected.status_code == 200
    assert corrected.request.args["last"] == "1h"


def test_each_side_of_a_comparison_is_corrected(client: FlaskClient) -> None:
    response = client.get("/compare?a_q=error:2&b_q=error:1")
    assert response.status_code == 400
    assert links(response.text)["error:0"] == "/compare?a_q=error%3A0&b_q=error%3A1"


def test_what_is_said_of_a_side_of_a_comparison_names_the_side(client: FlaskClient) -> None:
    text = client.get("/compare?a_q=servce:web&b_q=Service+%3D+web").text
    assert "<b>A:</b> No tag servce" in text
    assert "<b>B:</b> Read as" in text


@pytest.mark.parametrize("screen", SCREENS)
def test_a_term_that_nothing_can_match_is_named(client: FlaskClient, screen: str) -> None:
    response = client.get(screen, query_string={"q": "servce:web"})
    assert response.status_code == 200
    assert "No tag servce; did you mean service?" in response.text
    assert links(response.text)["service:web"].startswith(screen + "?q=service%3Aweb")


@pytest.mark.parametrize("screen", SCREENS)
def test_what_was_understood_is_shown(client: FlaskClient, screen: str) -> None:
    assert "Read as <code>service:web</code>" in client.get(f"{screen}?q=Service+%3D+web").text
    assert "Read as" not in client.get(f"{screen}?q=service:web").text


def test_terms_to_drop_are_told_apart_however_they_are_typed(client: FlaskClient) -> None:
    text = client.get("/", query_string={"q": "service : taster, duration: > 100 s"}).text
    assert "without <code>duration:&gt;100s</code>" in text


def test_connected_terms_stay_together_when_more_are_added(client: FlaskClient) -> None:
    response = client.get("/search", query_string={"q": "service:web or db", "error": "1"})
    assert response.headers["Location"] == "/?q=%28service%3Aweb+or+db%29+error%3A1"
