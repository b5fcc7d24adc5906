"""Drinking bottles and their closures."""

from __future__ import annotations

from ..model import Model
from ..outlines import fillet, round_section, spline, vessel
from ..shapes import disc, lathe, ring, sweep, turn
from ..specs import Bottle, Finish

STEEL = Finish("metal", "#c9ccd0", matte=True)


def build(shape: Bottle, model: Model) -> None:
    """Model the body and the cap."""
    curve = fillet(shape.outline, 1.4, 8)
    top_radius, top = curve[-1]
    if shape.hollow:
        model.add(lathe(vessel(curve, 0.28, 0.8), 96))
    else:
        model.add(lathe([(0.0, 0.0), *curve, (0.0, top)], 96))
    CAPS[shape.cap](model, top_radius, top)


def _screw(model: Model, r: float, z: float) -> None:
    model.paint(disc(r - 0.15, z - 0.1, z + 0.3, 0.05), STEEL)
    model.add(disc(r + 0.15, z + 0.25, z + 2.6, 0.35), 1)


def _loop(model: Model, r: float, z: float) -> None:
    _screw(model, r, z)
    knots = [(-r + 0.3, 0, z + 2.3), (-r + 0.2, 0, z + 3.7), (-r * 0.4, 0, z + 4.5)]
    knots += [(-x, 0, h) for x, _, h in reversed(knots)]
    model.add(sweep(spline(knots, 10), round_section(1.3, 0.5, 20, 4)), 1)


def _cork(model: Model, r: float, z: float) -> None:
    plug = [(0.0, z - 1.4), (r - 0.4, z - 1.4), (r + 0.05, z + 1.7), (0.0, z + 1.7)]
    model.add(lathe(fillet(plug, 0.2)), 1)


def _sport(model: Model, r: float, z: float) -> None:
    dome = [(r + 0.1, z), (r + 0.1, z + 1.3), (1.3, z + 2.8), (1.2, z + 3.6), (0.0, z + 3.6)]
    model.add(lathe(fillet([(0.0, z), *dome], 0.5)), 1)
    nozzle = [(0.0, z + 3.5), (0.8, z + 3.5), (0.8, z + 4.4), (1.05, z + 4.6), (0.9, z + 5.4)]
    model.add(lathe(fillet([*nozzle, (0.0, z + 5.4)], 0.15)), 2)


def _straw(model: Model, r: float, z: float) -> None:
    model.add(disc(r + 0.2, z, z + 2.0, 0.4), 1)
    path = spline([(0, 0, z + 1.8), (0, 0, z + 3.4), (0.6, 0, z + 4.6), (2.4, 0, z + 5.2)], 10)
    model.add(sweep(path, round_section(1.0, 1.0, 20)), 2)


def _swing(model: Model, r: float, z: float) -> None:
    stopper = [(0.0, z - 0.3), (r, z), (r + 0.1, z + 0.9), (0.6, z + 1.5), (0.0, z + 1.6)]
    model.add(lathe(fillet(stopper, 0.3)), 1)
    model.paint(ring(r + 0.12, 0.25, z - 0.8), STEEL)
    for side in (-1, 1):
        knots = [(0, side * (r + 0.15), z - 0.8), (0.5, side * (r + 0.5), z + 0.2)]
        knots += [(0.1, side * (r * 0.7), z + 1.3), (0, side * 0.3, z + 1.5)]
        wire = sweep(spline(knots, 8), round_section(0.24, 0.24, 12), (1, 0, 0))
        model.paint(wire, STEEL)
    model.paint(turn(disc(0.2, -r, r, 0.05), x=90), STEEL).location.z = z + 0.9


CAPS = {
    "screw": _screw,
    "loop": _loop,
    "cork": _cork,
    "sport": _sport,
    "straw": _straw,
    "swing": _swing,
}
