"""The colours of services in the style sheet: distinct for all eyes, and visible."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tests.ui.colour import EYES, contrast, distance
from ui.assets import STATIC
from ui.service_marks import GREYS, HUES

MIN_HUE_DISTANCE = 8.0
"""Hundredths of OKLab between any two hues (2 is just noticeable)."""
MIN_GREY_DISTANCE = 6.0
MIN_BAR_CONTRAST = 3.0
MIN_TEXT_CONTRAST = 4.5


def tokens() -> dict[str, dict[str, str]]:
    """Return the colours of `tokens.css` by theme."""
    sheet = (STATIC / "css" / "tokens.css").read_text()
    colours = re.findall(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", sheet)
    return {
        "light": {name: light or one for name, light, _, one in colours},
        "dark": {name: dark or one for name, _, dark, one in colours},
    }


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, str]:
    return tokens()[request.param]


def hues(theme: dict[str, str]) -> list[str]:
    return [theme[f"hue-{index}"] for index in range(HUES)]


@pytest.mark.parametrize("eye", EYES)
def test_any_two_hues_differ_and_differ_from_errors(theme: dict[str, str], eye: str) -> None:
    for one, other in combinations([*hues(theme), theme["error"]], 2):
        assert distance(one, other, eye) >= MIN_HUE_DISTANCE, (one, other)


@pytest.mark.parametrize("eye", EYES)
def test_greys_differ_from_hues_and_from_each_other(theme: dict[str, str], eye: str) -> None:
    greys = [theme[f"grey-{index}"] for index in range(GREYS)]
    for one, other in combinations([*greys, *hues(theme)], 2):
        if one in greys:
            assert distance(one, other, eye) >= MIN_GREY_DISTANCE, (one, other)


def test_bars_are_visible_on_every_background(theme: dict[str, str]) -> None:
    bars = [value for name, value in theme.items() if re.fullmatch(r"(hue|grey)-\d|error", name)]
    for bar in bars:
        assert contrast(bar, theme["surface"]) >= MIN_BAR_CONTRAST, bar


@pytest.mark.parametrize("name", ["ink", "muted", "accent", "error", "warning"])
def test_text_is_legible_on_every_background(theme: dict[str, str], name: str) -> None:
    for background in ("surface", "page", "hover"):
        assert contrast(theme[name], theme[background]) >= MIN_TEXT_CONTRAST, background


def test_known_distances_and_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert distance("#808080", "#808080") == 0
    assert distance("#ff0000", "#00ff00", "deutan") < distance("#ff0000", "#00ff00")
