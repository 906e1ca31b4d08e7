"""Both descriptions of the API, docs/openapi.json and docs/api.md, name the routes that exist."""

from __future__ import annotations

import json
import re

from flask.testing import FlaskClient

from tests.servers import ROOT

DESCRIBED = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
IGNORED = ("/telemetry/", "/debugger/", "/v0.6/stats", "/v0.7/config")
"""What Datadog's clients send besides spans; people need not read about it."""


def test_openapi_names_every_route_and_method_and_no_other(client: FlaskClient) -> None:
    rules = client.application.url_map.iter_rules()
    routes = {
        (method.lower(), _as_described(rule.rule))
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = DESCRIBED["paths"].items()
    assert {(method, path) for path, methods in paths for method in methods} == routes


def test_the_prose_speaks_of_every_route() -> None:
    prose = re.sub(r"<(\w+) id>", r"{\1_id}", (ROOT / "docs" / "api.md").read_text("utf-8"))
    prose = prose.replace("<number>", "{number}")
    paths = [path for path in DESCRIBED["paths"] if not path.startswith(IGNORED)]
    assert not [path for path in paths if not re.search(re.escape(path) + r"[`?]", prose)]


def test_every_parameter_in_a_path_is_described_and_every_reference_leads_somewhere() -> None:
    for path, methods in DESCRIBED["paths"].items():
        for operation in methods.values():
            parameters = [_resolved(each) for each in operation.get("parameters", ())]
            in_path = {each["name"] for each in parameters if each["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path)), path
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DESCRIBED))):
        assert _resolved({"$ref": reference})
    names = [
        op["operationId"] for methods in DESCRIBED["paths"].values() for op in methods.values()
    ]
    assert len(names) == len(set(names))


def _as_described(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?_?(\w+)>", r"{\1}", rule)


def _resolved(value: dict[str, str]) -> dict[str, str]:
    found = DESCRIBED
    for name in value.get("$ref", "").removeprefix("#/").split("/"):
        found = found[name] if name else value
    return found
