"""The chart of `bench.infer`: shares as lines, over a few steps, as SVG for a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 430, 300
"""Size of a panel, px."""
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 40, 78
COLOURS = ("#0b6e4f", "#1f5fbf", "#b3261e", "#b3261e")
INK, GRID = "#222", "#ddd"


@dataclass(frozen=True)
class Series:
    """A line with a share, 0 to 1, for each step."""

    name: str
    shares: Sequence[float]
    is_dashed: bool = False


@dataclass(frozen=True)
class Panel:
    """Lines over the same steps, which are as far from each other as the next ones."""

    title: str
    steps: Sequence[int]
    series: Sequence[Series]


def svg(panels: Sequence[Panel], what: str) -> str:
    """Return the panels side by side, with the names of their lines below; `what` is their axis.
    All have the same lines."""
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}"'
        f' width="{width}" height="{HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(what)}</title>",
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16" fill="{INK}" font-weight="600">{escape(what)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate({number * WIDTH} 0)">', *_panel(panel), "</g>"]
    parts += _names(panels[0].series)
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel) -> list[str]:
    parts = []
    for percent in range(0, 101, 25):
        y = _y(percent / 100)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end"'
            f' fill="{INK}">{percent} %</text>'
        )
    for place, step in enumerate(panel.steps):
        x = _x(place, panel)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle"'
            f' fill="{INK}">{step}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - BOTTOM + 36}" text-anchor="middle"'
        f' fill="{INK}">{escape(panel.title)}</text>'
    )
    for series, colour in zip(panel.series, COLOURS, strict=True):
        points = [(_x(place, panel), _y(share)) for place, share in enumerate(series.shares)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}"{_stroke(series)}/>')
        if not series.is_dashed:
            parts += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points
            ]
    return parts


def _names(all_series: Sequence[Series]) -> list[str]:
    parts, x = [], float(LEFT)
    for series, colour in zip(all_series, COLOURS, strict=True):
        y = HEIGHT - 16
        parts.append(f'<path d="M{x:.0f} {y - 4}h24" stroke="{colour}"{_stroke(series)}/>')
        parts.append(f'<text x="{x + 30:.0f}" y="{y}" fill="{INK}">{escape(series.name)}</text>')
        x += 60 + 7 * len(series.name)
    return parts


def _stroke(series: Series) -> str:
    return ' stroke-width="1.5" stroke-dasharray="4 4"' if series.is_dashed else ' stroke-width="2"'


def _x(place: int, panel: Panel) -> float:
    return LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * place / max(1, len(panel.steps) - 1)


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)
