"""The service colours, as the style sheet has them: apart for all eyes, and visible."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tests.ui.colour import EYES, contrast, distance
from ui.assets import STATIC
from ui.service_marks import GREYS, HUES

APART = 8.0
"""Hundredths of OKLab between any two of the hues (2 is just noticeable)."""
APART_FROM_GREY = 6.0
VISIBLE = 3.0
LEGIBLE = 4.5


def tokens() -> dict[str, dict[str, str]]:
    """The colours of `tokens.css` by theme."""
    sheet = (STATIC / "css" / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", sheet)
    return {
        "light": {name: light or one for name, light, _, one in found},
        "dark": {name: dark or one for name, _, dark, one in found},
    }


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, str]:
    return tokens()[request.param]


def hues(theme: dict[str, str]) -> list[str]:
    return [theme[f"hue-{index}"] for index in range(HUES)]


@pytest.mark.parametrize("eye", EYES)
def test_any_two_hues_are_apart_and_apart_from_errors(theme: dict[str, str], eye: str) -> None:
    for one, other in combinations([*hues(theme), theme["error"]], 2):
        assert distance(one, other, eye) >= APART, (one, other)


@pytest.mark.parametrize("eye", EYES)
def test_greys_are_apart_from_hues_and_from_each_other(theme: dict[str, str], eye: str) -> None:
    greys = [theme[f"grey-{index}"] for index in range(GREYS)]
    for one, other in combinations([*greys, *hues(theme)], 2):
        if one in greys:
            assert distance(one, other, eye) >= APART_FROM_GREY, (one, other)


def test_bars_are_visible_on_every_background(theme: dict[str, str]) -> None:
    bars = [value for name, value in theme.items() if re.fullmatch(r"(hue|grey)-\d|error", name)]
    for bar in bars:
        assert contrast(bar, theme["surface"]) >= VISIBLE, bar


@pytest.mark.parametrize("name", ["ink", "muted", "accent", "error", "warning"])
def test_words_are_legible_on_every_background(theme: dict[str, str], name: str) -> None:
    for background in ("surface", "page", "hover"):
        assert contrast(theme[name], theme[background]) >= LEGIBLE, background


def test_known_distances_and_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert distance("#808080", "#808080") == 0
    assert distance("#ff0000", "#00ff00", "deutan") < distance("#ff0000", "#00ff00")
