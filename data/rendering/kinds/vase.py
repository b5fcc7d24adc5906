"""Vases: turned, fluted, faceted or twisted."""

from __future__ import annotations

import math

from ..model import Model
from ..outlines import round_section, spline, vessel
from ..shapes import lathe, sweep
from ..specs import Vase
from .mug import radius_at


def build(shape: Vase, model: Model) -> None:
    """Model the body and, if asked for, two ears."""
    curve = spline(shape.outline, 10)
    top = curve[-1].y

    def ribs(angle: float, height: float) -> float:
        fade = min(1.0, height / 2.0, max(0.0, (top - height) / 1.5))
        phase = shape.flutes * (angle + shape.twist * height)
        return 1 + shape.depth * fade * (0.5 + 0.5 * math.cos(phase))

    model.add(lathe(vessel(curve, 0.45, 0.8), 144, ribs if shape.flutes else None))
    if shape.handles:
        for side in (-1, 1):
            knots = [(radius_at(curve, top * 0.9) - 0.25, top * 0.9)]
            reach = radius_at(curve, top * 0.62)
            knots += [(reach + 1.2, top * 0.94), (reach + 1.9, top * 0.82)]
            knots += [(reach + 1.0, top * 0.7), (reach - 0.25, top * 0.62)]
            path = spline([(side * x, 0.0, z) for x, z in knots], 10)
            model.add(sweep(path, round_section(1.3, 0.9, 20)), 1)
