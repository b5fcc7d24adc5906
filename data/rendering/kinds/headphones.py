"""Headphones standing on their cups; they look forward (-y)."""

from __future__ import annotations

import math
from collections.abc import Callable

from mathutils import Vector

from ..model import Model
from ..outlines import fillet, round_section, spline
from ..shapes import disc, lathe, ring, rod, sweep
from ..specs import Headphones

SPAN = 8.2
TOP = 19.0


def build(shape: Headphones, model: Model) -> None:
    """Finish slots: shells, cushions, metal parts, band."""
    for side in (-1, 1):
        _cup(shape, model, side)
        _yoke(shape, model, side)
    _band(shape, model)


def _outline(cup: str) -> Callable[[float, float], float] | None:
    """Return the radius factor over the angle; the lathe's +y becomes the height."""
    if cup == "round":
        return None
    if cup == "oval":
        return lambda a, _: 1.0 / math.hypot(math.cos(a) / 1.22, math.sin(a) / 0.92)
    return lambda a, _: 1.05 / (abs(math.cos(a)) ** 4.5 + abs(math.sin(a)) ** 4.5) ** (1 / 4.5)


def _cup(shape: Headphones, model: Model, side: int) -> None:
    r, soft = shape.size, shape.cushion
    form = _outline(shape.cup)
    shell = [(0, 2.6), (r * 0.62, 2.6), (r * 0.8, 2.2), (r, 1.2), (r, 0.0), (0, 0.0)]
    cap = [(0, 2.85), (r * 0.5, 2.85), (r * 0.56, 2.5), (0, 2.5)]
    pad = [(r * 0.5, 0.1), (r * 0.98, 0.1), (r * 1.02, -soft), (r * 0.52, -soft), (r * 0.5, 0.1)]
    mesh = [(0, -0.4), (r * 0.6, -0.4)]
    parts = [
        model.add(lathe(fillet(shell, 0.6), 96, form), 0),
        model.add(lathe(fillet(cap, 0.12), 96, form), 2),
        model.add(lathe(fillet(pad, 0.9), 96, form), 1),
        model.add(lathe(mesh, 48, form), 1),
    ]
    if form is None:
        parts.append(model.add(ring(r * 0.99, 0.22, 0.55), 2))
    for part in parts:
        # Lathe axis along x, pointing outwards; the lathe's y stays the vertical.
        part.rotation_euler = (math.pi / 2, 0, math.pi / 2 if side > 0 else -math.pi / 2)
        part.location = (side * SPAN, 0, 0)


def _yoke(shape: Headphones, model: Model, side: int) -> None:
    x = side * (SPAN + 1.0)
    reach = shape.size * (1.26 if shape.cup == "oval" else 1.08)
    wide = shape.size * (0.95 if shape.cup == "oval" else 1.03)
    knots = [(x, -wide - 0.25, 0.4), (x, -wide * 0.85, reach * 0.72), (x, 0, reach + 0.7)]
    knots += [(x, wide * 0.85, reach * 0.72), (x, wide + 0.25, 0.4)]
    fork = sweep(spline(knots, 10), round_section(1.1, 0.55, 16, 3), (1, 0, 0))
    model.add(fork, 2)
    for y in (-1, 1):
        pivot = disc(0.5, -0.35, 0.35, 0.1)
        pivot.rotation_euler.x = math.pi / 2
        model.add(pivot, 2).location = (x, y * wide * 1.02, 0.4)
    model.add(rod((x, 0, reach + 0.3), (x * 0.985, 0, reach + 4.0), 0.5), 2)


def _arch(lift: float, low: float) -> list[Vector]:
    """Return the curve over the head, from left to right."""
    wide = SPAN + 1.0
    knots = [(-wide, 0, low), (-wide - 0.1, 0, low + 3.4), (-wide * 0.76, 0, TOP - 3.1 + lift)]
    knots += [(-wide * 0.38, 0, TOP - 0.7 + lift), (0, 0, TOP + lift)]
    return spline([*knots, *((-x, y, z) for x, y, z in reversed(knots[:-1]))], 12)


def _band(shape: Headphones, model: Model) -> None:
    low = shape.size * 1.1 + 2.0
    across = (0, 1, 0)
    if shape.band == "twin":
        for y in (-1.3, 1.3):
            wire = [p + Vector((0, y, 0)) for p in _arch(0.8, low)]
            model.add(sweep(wire, round_section(0.55, 0.55, 16), across), 2)
        strap = _arch(-1.0, low)[14:-14]
        model.add(sweep(strap, round_section(4.2, 0.6, 24, 4), across), 3)
        for end in (strap[0], strap[-1]):
            model.add(rod(end + Vector((0, -2, 0)), end + Vector((0, 2, 0)), 0.6), 2)
        return
    wide = 3.6 if shape.band == "solid" else 2.2
    model.add(sweep(_arch(0, low), round_section(wide, 0.9, 28, 3.5), across), 0)
    if shape.band == "solid":
        pad = [p - Vector((0, 0, 0.75)) for p in _arch(0, low)[22:-22]]
        swell = round_section(wide * 0.94, 1.7, 28, 3)
        model.add(
            sweep(pad, swell, across, lambda t: 0.35 + 0.65 * math.sin(math.pi * t) ** 0.4), 3
        )
