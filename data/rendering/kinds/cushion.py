"""Cushions: pillows standing on their lower edge."""

from __future__ import annotations

import math

from mathutils import Vector

from ..model import Model
from ..outlines import Ring, round_section
from ..shapes import disc, lathe, project_uv, ring, rod, skin, sweep
from ..specs import Cushion

LEAN = math.radians(-9)


def build(shape: Cushion, model: Model) -> None:
    """Model the filling, then its trimming, and lean everything back."""
    if shape.form == "bolster":
        _bolster(shape, model)
    else:
        _pillow(shape, model)
    for part in model.parts:
        part.rotation_euler.x += LEAN


def _edge(shape: Cushion, size: float = 1.0, power: float = 14.0) -> Ring:
    """Return the seam; the sides of a filled pillow are slightly concave."""
    if shape.form == "round":
        power = 2.0
    seam: Ring = []
    for x, z in round_section(2.0, 2.0, 96, power):
        pinch = 0.0 if shape.form == "round" else 0.07 * size**3
        wide, tall = 1 - pinch * (1 - z * z), 1 - pinch * (1 - x * x)
        half = (shape.width / 2 * size, shape.height / 2 * size)
        seam.append(Vector((x * wide * half[0], 0.0, z * tall * half[1])))
    return seam


def _pillow(shape: Cushion, model: Model) -> None:
    rings: list[Ring] = []
    steps = 26
    dent = 0.45 if shape.trim == "buttons" else 0.0
    for i in range(-steps, steps + 1):
        size = math.sin(math.pi / 2 * (1 - abs(i) / steps)) if i else 1.0
        size = max(size, 0.001)
        power = 2.2 + 11.8 * size**3
        bulge = (1 - size**2) ** 0.75 - dent * math.exp(-((size / 0.16) ** 2))
        y = math.copysign(shape.depth / 2 * bulge, i) if i else 0.0
        rings.append([p + Vector((0, y, 0)) for p in _edge(shape, size, power)])
    model.add(project_uv(skin("pillow", rings)))
    TRIMS[shape.trim](shape, model)


def _piping(shape: Cushion, model: Model) -> None:
    cord = round_section(0.9, 0.9, 12)
    model.add(sweep(_edge(shape), cord, (0, 1, 0), loop=True), 1)


def _tassels(shape: Cushion, model: Model) -> None:
    for x in (-1, 1):
        for z in (-1, 1):
            corner = Vector((x * shape.width * 0.463, 0, z * shape.height * 0.463))
            away = Vector((x * 0.75, 0, -0.05 if z < 0 else -0.6))
            model.add(rod(corner, corner + away * 2.4, 0.9), 1)
            model.add(rod(corner + away * 2.2, corner + away * 10, 0.8, 1.9), 1)


def _buttons(shape: Cushion, model: Model) -> None:
    _piping(shape, model)
    for side in (-1, 1):
        button = disc(1.5, -0.5, 0.5, 0.45)
        button.rotation_euler.x = math.pi / 2
        depth = shape.depth / 2 * 0.62
        # Lean the place by hand: rotating the part turns it about its own origin only.
        model.add(button, 1).location = Vector((0, side * depth, side * depth * math.sin(LEAN)))


def _fringe(shape: Cushion, model: Model) -> None:
    for i in range(31):
        t = -0.9 + 1.8 * i / 30
        x, z = shape.width / 2 * (1 - 0.07 * (1 - t * t)), t * shape.height / 2
        for side in (-1, 1):
            tip = (side * (x + 3.6), 0.4 * (i % 3 - 1), z - 0.3)
            model.add(rod((side * (x - 1), 0, z), tip, 0.42, 0.8), 1)


def _bare(shape: Cushion, model: Model) -> None:
    """Plain seam: nothing to add."""


def _bolster(shape: Cushion, model: Model) -> None:
    r, half = shape.height / 2, shape.width / 2
    ends = [(0.0, -half + 0.8), (r * 0.8, -half), (r, -half + 2)]
    curve = [*ends, *((x, -z) for x, z in reversed(ends))]
    model.add(lathe(curve, 72)).rotation_euler.y = math.pi / 2
    for side in (-1, 1):
        cord = ring(r * 0.97, 0.9, side * (half - 1.2))
        knob = disc(2.0, side * half - 0.7, side * half + 0.7, 0.5)
        for part in (cord, knob):
            model.add(part, 1).rotation_euler.y = math.pi / 2


TRIMS = {
    "piping": _piping,
    "tassels": _tassels,
    "buttons": _buttons,
    "fringe": _fringe,
    "none": _bare,
}
