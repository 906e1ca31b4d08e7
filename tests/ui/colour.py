"""How different two colours look, even to eyes that lack one kind of cone.

OKLab: B. Ottosson, "A perceptual color space for image processing", 2020. Colour blindness:
Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency", 2009 (their matrices for a complete deficiency). Contrast: WCAG 2.2.
"""

from __future__ import annotations

import math

Rgb = tuple[float, float, float]
Matrix = tuple[Rgb, Rgb, Rgb]

NORMAL: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
PROTAN: Matrix = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTAN: Matrix = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
EYES = {"normal": NORMAL, "protan": PROTAN, "deutan": DEUTAN}

TO_CONES: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def linear(colour: str) -> Rgb:
    """Return the linear light of `#rrggbb`, each channel 0 to 1."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return red, green, blue


def times(matrix: Matrix, vector: Rgb) -> Rgb:
    """Apply a matrix to a vector."""
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def oklab(light: Rgb) -> Rgb:
    """Return linear light as OKLab."""
    long, medium, short = (max(0.0, cone) ** (1 / 3) for cone in times(TO_CONES, light))
    return times(TO_LAB, (long, medium, short))


def distance(one: str, other: str, eye: str = "normal") -> float:
    """Return how different two colours look, in hundredths of OKLab (2 is just noticeable)."""
    places = [oklab(times(EYES[eye], linear(colour))) for colour in (one, other)]
    return 100 * math.dist(*places)


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted(
        (0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(linear, (one, other))),
        reverse=True,
    )
    return (lighter + 0.05) / (darker + 0.05)
