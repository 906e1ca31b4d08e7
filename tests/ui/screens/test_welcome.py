"""What there is to read while there are no traces."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from tests.servers import Server, running
from tests.ui.conftest import Reader
from ui.app import create_app
from ui.ways_in import client_url

TO_COPY = re.compile(r'data-copy="([^"]*)"')


def empty_page(collector: Server, has_workshop: bool) -> str:
    app = create_app(collector.url, has_workshop=has_workshop)
    app.test_client_class = Reader
    return app.test_client().get("/").text


def to_copy(text: str) -> list[str]:
    return list(map(html.unescape, TO_COPY.findall(text)))


@pytest.mark.parametrize("has_workshop", [True, False])
def test_settings_for_the_clients_used_most_can_be_copied(
    empty: Server, has_workshop: bool
) -> None:
    text = empty_page(empty, has_workshop)
    assert to_copy(text)[2 * has_workshop :][:3] == [
        f"OTEL_EXPORTER_OTLP_ENDPOINT={empty.url} \\\n"
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\\nopentelemetry-instrument python app.py",
        f"DD_TRACE_AGENT_URL={empty.url} \\\nddtrace-run python app.py",
        f"{empty.url}/api/v2/spans",
    ]


def test_the_workshop_says_how_to_run_its_app_first(empty: Server) -> None:
    assert to_copy(empty_page(empty, True))[0] == "./workshop demo"


def test_ports_that_are_closed_are_named_with_what_opens_them(
    empty: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = empty_page(empty, True)
    assert re.search(r"not open:.*Jaeger</dt><dd>14268, 6831/udp, 6832/udp, 5778<", text, re.DOTALL)
    assert to_copy(text)[-1] == "./workshop down && ./workshop up --open"
    monkeypatch.setenv("PUBLISHED_PORTS", "8126=8126,9411=19411, 6831/udp=16831/udp")
    in_docker = empty_page(empty, True)
    assert to_copy(in_docker)[-1].endswith("docker-compose.open.yml docker compose up -d")
    assert "<dd>19411</dd>" in in_docker
    assert "<dd>14268, 16831/udp, 6832/udp, 5778</dd>" in in_docker
    alone = empty_page(empty, False)
    assert "start the collector with <code>--open</code>" in alone


def test_open_ports_are_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = str(tmp_path_factory.mktemp("open"))
    ports = {"COLLECTOR_OPEN": "any"}
    with running("-m", "collector", "--port", "0", "--data", data, env=ports) as collector:
        text = empty_page(collector, True)
        client = create_app(collector.url).extensions["collector"]
        rows = client.get("/api/receivers")["receivers"]
    zipkin = next(row["port"] for row in rows if row["name"] == "zipkin")
    assert f"<dt>Zipkin</dt><dd>{zipkin}</dd>" in text
    assert "not open" not in text


def test_a_port_that_is_taken_is_named_with_the_reason(
    empty: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"format": "Zipkin", "protocol": "http", "port": 9411, "open": False}
    answer = {"port": 8126, "receivers": [row | {"problem": "port 9411 is <taken>"}]}
    monkeypatch.setattr("ui.ways_in.ask", lambda path: answer)
    text = empty_page(empty, True)
    assert "<dt>Zipkin</dt><dd>9411</dd>" in text
    assert "<li>Port 9411 is &lt;taken&gt;.</li>" in text


def test_compare_says_the_same_while_there_is_nothing(empty_client: FlaskClient) -> None:
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=" in empty_client.get("/compare").text


@pytest.mark.parametrize(
    ("collector", "published", "for_clients"),
    [
        ("http://127.0.0.1:8127", "", "http://127.0.0.1:8127"),
        ("http://127.0.0.1:8126", "8126=9000", "http://127.0.0.1:9000"),
        ("http://collector:8126", "4318=9001,8126=9000", "http://127.0.0.1:9000"),
        ("http://box.example", "8126=9000", "http://box.example"),
    ],
)
def test_clients_are_told_an_address_that_they_can_reach(
    monkeypatch: pytest.MonkeyPatch, collector: str, published: str, for_clients: str
) -> None:
    monkeypatch.setenv("PUBLISHED_PORTS", published)
    assert client_url(collector) == for_clients
