from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ui.service_marks import known, letters, mark


@pytest.mark.parametrize(
    ("service", "classes"),
    [
        ({"color": 0, "kind": "service"}, "hue-0 texture-0"),
        ({"color": 7, "kind": "client"}, "hue-1 texture-1"),
        ({"color": 400, "kind": "service"}, "hue-4 texture-2"),
        ({"color": 3, "kind": "datastore"}, "grey-1 datastore"),
    ],
)
def test_colours_repeat_with_a_texture_and_datastores_are_grey(
    service: dict[str, object], classes: str
) -> None:
    assert mark("it", {"it": service}).classes == classes


def test_services_of_the_same_look_differ_by_their_letters() -> None:
    names = ["cart", "catalogue", "web", "cat", "c", "car", "worker"]
    services = {name: {"color": 17, "kind": "service"} for name in names}
    services["db"] = {"color": 18, "kind": "service"}
    marks = {name: mark(name, services).letters for name in services}
    assert len(set(marks.values())) == len(services)
    assert marks["db"] == "D", "nothing else looks like it"
    assert mark("cart", {"cart": services["cart"], "catalogue": services["catalogue"]}).letters == (
        "CR"
    )


def test_a_page_is_told_the_marks_of_all_services(client: FlaskClient) -> None:
    services = known(client.application.extensions["collector"])
    marks = client.get("/service-marks").json
    assert marks == {name: mark(name, services)._asdict() for name in services}
    assert marks["redis"]["letters"] == "R"
    assert "datastore" in marks["redis"]["classes"]


def test_a_service_not_known_yet_has_a_mark_too() -> None:
    assert mark("new", {}).classes == "unknown"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web", "W"),
        ("order-service", "OS"),
        ("svc_12", "S1"),
        ("🍩", "·"),
        ("", "·"),
        ("<img>", "I"),
    ],
)
def test_letters(name: str, text: str) -> None:
    assert letters(name) == text
