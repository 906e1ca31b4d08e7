"""Small pictures made of characters, plain ones where the output is no terminal."""

from __future__ import annotations

from collections.abc import Sequence

EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(value: float, largest: float, width: int, blocks: bool) -> str:
    """`value` as a bar of at most `width` characters, which `largest` fills."""
    share = min(max(value / largest, 0), 1) if largest else 0
    if not blocks:
        return ("#" * round(share * width)).ljust(width)
    whole, rest = divmod(round(share * width * 8), 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: Sequence[float], width: int) -> str:
    """`values` as columns of different heights, at most `width` of them."""
    columns = [max(piece) for piece in _pieces(values, width)]
    largest = max(columns, default=0)
    if not largest:
        return HEIGHTS[0] * len(columns)
    return "".join(HEIGHTS[min(int(value / largest * 8), 7)] for value in columns)


def _pieces(values: Sequence[float], most: int) -> list[Sequence[float]]:
    """`values` in at most so many pieces of the same size."""
    size = -(-len(values) // most) or 1
    return [values[at : at + size] for at in range(0, len(values), size)]
