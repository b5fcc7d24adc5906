"""Mugs: a turned cup with a swept handle."""

from __future__ import annotations

import math

from mathutils import Vector

from ..model import Model
from ..outlines import round_section, spline, vessel
from ..shapes import lathe, sweep
from ..specs import Mug

# Handle curves: (distance from the wall, height as a part of the mug's height).
HANDLES = {
    "ear": ((-0.35, 0.80), (1.6, 0.86), (3.1, 0.68), (2.5, 0.38), (0.9, 0.22), (-0.35, 0.2)),
    "ring": ((-0.3, 0.74), (1.3, 0.78), (2.7, 0.62), (2.7, 0.42), (1.3, 0.25), (-0.3, 0.29)),
    "square": ((-0.3, 0.84), (2.2, 0.84), (2.8, 0.78), (2.8, 0.3), (2.2, 0.23), (-0.3, 0.23)),
    "loop": ((-0.3, 0.9), (1.4, 1.0), (3.2, 0.84), (3.1, 0.52), (1.5, 0.34), (-0.3, 0.3)),
    "low": ((-0.3, 0.62), (1.8, 0.68), (3.0, 0.5), (2.7, 0.24), (1.4, 0.12), (-0.3, 0.15)),
}


def radius_at(outline: list[Vector], height: float) -> float:
    """Return the outline's radius at a height."""
    return min(outline, key=lambda p: abs(p.y - height)).x


def build(shape: Mug, model: Model) -> None:
    """Model the cup, then a handle that starts inside the wall."""
    curve = spline(shape.outline, 8)
    facets = shape.facets

    def facet(angle: float, height: float) -> float:
        third = 2 * math.pi / facets
        flat = math.cos(math.pi / facets) / math.cos((angle % third) - third / 2)
        fade = min(1.0, max(0.0, (curve[-1].y - 0.6 - height) / 0.8))
        return 1 + (flat * 1.01 - 1) * fade

    model.add(lathe(vessel(curve, shape.wall), 96, facet if facets else None))
    top = curve[-1].y
    knots = []
    for distance, part in HANDLES[shape.handle]:
        height = part * top
        near = radius_at(curve, height) if distance < 0 else radius_at(curve, 0.55 * top)
        knots.append((near + distance * top / 9.5, 0.0, height))
    width = 0.95 if shape.handle != "ring" else 0.75
    section = round_section(1.3 * width, 0.75 * width, 20, 2.6)
    path = spline(knots, 12)
    model.add(sweep(path, section, (0, 1, 0), lambda t: 1.25 - 0.5 * math.sin(math.pi * t)), 1)
