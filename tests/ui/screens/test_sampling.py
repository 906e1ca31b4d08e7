"""The Sampling screen as a browser without scripts sees it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import HOSTILE, pairing
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.ui.conftest import reader
from tests.ui.test_security import Elements
from tests.waiting import wait_until

RULES: list[dict[str, Any]] = [
    {"service": "web", "resource": "GET /pair/*", "rate": 0.25, "per_second": 5},
    {"service": "taster"},
    {"rate": 0.5},
]
POLICIES: list[dict[str, Any]] = [
    {"keep": "error"},
    {"keep": "slow", "over_ms": 300.0},
    {"keep": "sample", "rate": 0.5},
]


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector whose rules and policies tests may change."""
    data = str(tmp_path_factory.mktemp("sampled"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        yield collector


@pytest.fixture
def page(sampled: Server) -> FlaskClient:
    """A reader of the page, with some rules and policies that have just been set."""
    put(sampled, "rules", {"rules": RULES})
    put(sampled, "policies", {"wait_s": 0, "policies": POLICIES})
    return reader(sampled.url)


def put(server: Server, what: str, content: object, method: str = "PUT") -> None:
    body = json.dumps(content).encode()
    with urlopen(Request(f"{server.url}/sampling/{what}", body, method=method)) as answer:
        assert answer.status == 200


def rules(page: FlaskClient) -> list[dict[str, Any]]:
    keys = ("service", "name", "resource", "tags", "rate", "per_second")
    rows = page.get("/api/sampling").json["rules"]
    return [{key: row[key] for key in keys if key in row} for row in rows]


def policies(page: FlaskClient) -> list[str]:
    return [row["reason"] for row in page.get("/api/sampling").json["tail"]["policies"]]


def version(page: FlaskClient, part: str) -> str:
    found = re.search(rf'id="{part}"[^>]*data-version="(\w+)"', page.get("/sampling").text)
    assert found is not None
    return found[1]


def send(page: FlaskClient, part: str, do: str, **fields: Any) -> Any:
    return page.post(f"/sampling/{part}", data={"version": version(page, part), "do": do, **fields})


def test_rules_are_shown_in_words(page: FlaskClient) -> None:
    text = page.get("/sampling").text
    assert "5 traces a second, then 25 %" in text
    assert "GET /pair/*" in text
    assert "No app follows these rules" in text
    assert "TRACE_SAMPLING=remote ./workshop up" in text


def test_a_rule_is_moved_and_removed(page: FlaskClient) -> None:
    response = send(page, "rules", "up:2")
    assert (response.status_code, response.headers["Location"]) == (303, "/sampling#rules")
    assert [rule.get("service") for rule in rules(page)] == ["web", None, "taster"]
    send(page, "rules", "down:0")
    send(page, "rules", "remove:2")
    assert rules(page) == [{"rate": 0.5}, RULES[0]]


def test_a_rule_is_added_and_changed(page: FlaskClient) -> None:
    fields = {"service": "shop", "rate": "7", "per_second": ""}
    tags = {"tag_key": ["http.host", ""], "tag_pattern": ["shop.*", ""]}
    assert send(page, "rules", "save:new", **fields, **tags).status_code == 303
    assert rules(page)[-1] == {"service": "shop", "rate": 0.07, "tags": {"http.host": "shop.*"}}
    opened = page.get("/sampling?rule=0").text
    assert re.search(r'name="resource" value="GET /pair/\*"', opened)
    assert re.search(r'name="rate" value="25"', opened)
    send(page, "rules", "save:0", service="web", rate="0")
    assert rules(page)[0] == {"service": "web", "rate": 0.0}


def test_what_is_wrong_is_said_beside_what_was_typed(page: FlaskClient) -> None:
    for typed, words in (("170", "A rate is from 0 to 100 %."), ("a lot", "is not a number")):
        response = send(page, "rules", "save:1", service="kept <b>", rate=typed)
        assert response.status_code == 400
        assert re.search(rf'name="rate" value="{typed}"[^>]*aria-invalid="true"', response.text)
        assert words in response.text
        assert 'value="kept &lt;b&gt;"' in response.text
    assert rules(page) == RULES


def test_a_policy_is_added_with_what_its_kind_needs_only(page: FlaskClient) -> None:
    fields = {"keep": "search", "query": "service:db", "name": "sql", "over_ms": "7", "rate": "2"}
    assert send(page, "policies", "save:new", **fields).status_code == 303
    send(page, "policies", "up:3")
    assert policies(page) == ["error", "slow", "sql", "sample"]
    refused = send(page, "policies", "save:new", keep="search", query='service:"')
    assert refused.status_code == 400
    assert "The query cannot be read" in refused.text
    refused = send(page, "policies", "save:new", keep="sample", rate="1", per_second="5")
    assert "A sample has either a rate or a number" in html.unescape(refused.text)


def test_a_policy_keeps_its_wait_and_the_wait_its_policies(page: FlaskClient) -> None:
    on = page.post("/sampling/wait", data={"do": "on", "wait_s": "2.5"})
    assert on.headers["Location"] == "/sampling#tail"
    send(page, "policies", "remove:2")
    tail = page.get("/api/sampling").json["tail"]
    assert (tail["wait_s"], policies(page)) == (2.5, ["error", "slow"])
    assert "on: waits 2.5 s" in page.get("/sampling").text
    for typed in ("900", "soon", ""):
        refused = page.post("/sampling/wait", data={"do": "on", "wait_s": typed})
        assert refused.status_code == 400
        assert f'value="{typed}" aria-invalid="true"' in refused.text
    page.post("/sampling/wait", data={"do": "off", "wait_s": "2.5"})
    assert "Off: everything that arrives is kept" in page.get("/sampling").text


def test_the_last_policy_cannot_be_removed(page: FlaskClient) -> None:
    for _ in POLICIES[1:]:
        send(page, "policies", "remove:0")
    response = send(page, "policies", "remove:0")
    assert response.status_code == 400
    assert policies(page) == ["sample"]


def test_one_that_never_matches_names_the_one_in_its_way(page: FlaskClient) -> None:
    send(page, "rules", "up:2")
    send(page, "rules", "up:1")
    send(page, "policies", "save:new", keep="error", resource="GET /pair/*")
    text = page.get("/sampling").text
    assert "Never: rule 1 takes all that it would" in text
    assert "Never: policy 1 takes all that it would" in text


def test_a_form_about_another_list_changes_nothing_and_keeps_what_was_typed(
    page: FlaskClient, sampled: Server
) -> None:
    old = version(page, "rules")
    put(sampled, "rules", {"rules": RULES[:1]})
    for do in ("remove:0", "save:0"):
        form = {"version": old, "do": do, "service": "mine", "rate": "5"}
        response = page.post("/sampling/rules", data=form)
        assert response.status_code == 409
        assert "was changed elsewhere meanwhile" in response.text
    assert 'value="mine"' in response.text
    assert len(rules(page)) == 1


@pytest.mark.parametrize("do", ["", "up", "up:x", "up:-1", "remove:99", "up:new", "explode:1"])
def test_forms_that_no_page_sends_are_refused(page: FlaskClient, do: str) -> None:
    assert send(page, "rules", do).status_code == 400
    assert rules(page) == RULES


@pytest.mark.parametrize("path", ["rules", "policies", "wait"])
def test_only_this_machine_and_pages_of_ours_may_change_anything(
    page: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"version": version(page, "rules"), "do": "remove:0", "wait_s": "1"}
    far = {"REMOTE_ADDR": "192.168.1.7"}

    def refused(**options: Any) -> bool:
        return bool(page.post(f"/sampling/{path}", data=form, **options).status_code == 403)

    assert refused(headers={"Origin": "https://evil.example"})
    assert refused(headers={"Sec-Fetch-Site": "cross-site"})
    assert refused(environ_overrides=far)
    assert (rules(page), policies(page)) == (RULES, ["error", "slow", "sample"])
    monkeypatch.setenv("SAMPLING_ANYWHERE", "1")
    assert not refused(environ_overrides=far)


def test_others_see_it_without_what_changes_it(page: FlaskClient) -> None:
    text = page.get("/sampling?rule=0", environ_overrides={"REMOTE_ADDR": "192.168.1.7"}).text
    assert "GET /pair/*" in text
    assert "can be changed on the machine" in text
    assert not re.search(r'method="post"|name="do"', text)


def test_who_follows_is_told(page: FlaskClient, sampled: Server) -> None:
    etag = page.get("/api/sampling").json["version"]
    put(sampled, "rules", {"service": "shop", "etag": "old"}, "POST")
    question = {"service": "web", "etag": etag, "decided": [{"matched": 8, "kept": 2}] * 3}
    put(sampled, "rules", question, "POST")
    text = " ".join(page.get("/sampling").text.split())
    assert re.search(r'class="current"></i> <b>web</b> asked \d s ago', text)
    assert re.search(r'class="behind"></i> <b>shop</b> asked \d s ago', text)
    assert "No app follows" not in text
    assert re.search(r'id="rule-matched-0" data-live>8 ', text)


def test_what_the_tail_keeps_is_drawn(page: FlaskClient, sampled: Server) -> None:
    page.post("/sampling/wait", data={"do": "on", "wait_s": "0.1"})
    seeds = range(700, 706)
    Stack(sampled.url, "").send([pairing(seed, fail=seed % 2 == 0) for seed in seeds])
    wait_until(lambda: page.get("/api/sampling/kept").json["buckets"])
    text = page.get("/sampling").text
    assert re.search(r'<rect class="piece error".*?error: 3 traces; kept', text, re.DOTALL)
    assert 'href="/?q=kept%3Aerror"' in text


def test_what_a_rate_would_keep(deployed: Server) -> None:
    text = reader(deployed.url).get("/sampling?percent=50").text
    assert 'name="percent" inputmode="decimal" value="50"' in text
    part = reader(deployed.url).get("/sampling/what-if?percent=100").text
    assert "<html" not in part
    assert "± 0 %" in part
    assert "p99 of all" in part
    nonsense = reader(deployed.url).get("/sampling?percent=lots").text
    assert 'name="percent" inputmode="decimal" value="1"' in nonsense


def test_with_nothing_there_the_page_says_what_it_is_for(empty_client: FlaskClient) -> None:
    text = " ".join(empty_client.get("/sampling").text.split())
    assert "No rules yet: every trace" in text
    assert "The tail is off, so nothing was decided" in text
    assert "No trace is stored yet" in text


def test_with_the_collector_away_it_is_said_that_nothing_was_changed(alone: FlaskClient) -> None:
    assert "The collector is down" in alone.get("/sampling").text
    response = alone.post("/sampling/rules", data={"do": "remove:0", "version": ""})
    assert response.status_code == 503
    assert "nothing was changed" in response.text


def test_hostile_names_stay_text(page: FlaskClient, sampled: Server) -> None:
    hostile = [text[:400] for text in HOSTILE if text]
    listed = [{"service": text, "tags": {text: text}, "rate": 0.5} for text in hostile]
    put(sampled, "rules", {"rules": listed})
    tail = [{"keep": "error", "resource": text} for text in hostile]
    put(sampled, "policies", {"wait_s": 0, "policies": tail})
    put(sampled, "rules", {"service": HOSTILE[0], "etag": "x"}, "POST")
    for address in (
        "/sampling",
        "/sampling?rule=0",
        "/sampling?policy=0",
        "/sampling?rule=%3Cb%3E",
    ):
        for tag, attributes in Elements(page.get(address).text).found:
            assert tag not in ("img", "iframe", "object", "style", "base")
            assert not [name for name in attributes if name.startswith("on")]
            if tag == "script":
                assert (attributes["src"] or "").startswith("/static/")
