"""Teapots: a turned belly with lid, spout and handle."""

from __future__ import annotations

import math

from mathutils import Vector

from ..model import Model
from ..outlines import fillet, round_section, spline
from ..shapes import disc, lathe, ring, sweep, turn
from ..specs import Finish, Teapot
from .mug import radius_at


def build(shape: Teapot, model: Model) -> None:
    """Put body, lid, knob, spout and handle together."""
    curve = spline(shape.outline, 8)
    flutes = shape.flutes

    def ribs(angle: float, height: float) -> float:
        fade = math.sin(math.pi * min(1.0, height / curve[-1].y))
        return 1 + 0.02 * fade * abs(math.sin(angle * flutes / 2)) * 2

    profile = [(0.0, curve[0].y), *((p.x, p.y) for p in curve), (0.0, curve[-1].y)]
    model.add(lathe(profile, 96, ribs if flutes else None))
    _lid(shape, model, curve[-1])
    _spout(shape, model, curve)
    if shape.handle == "side":
        _side_handle(model, curve)
    else:
        _bail(model, curve)


def _lid(shape: Teapot, model: Model, edge: Vector) -> None:
    r, z = edge.x + 0.2, edge.y
    dome = [(r * math.cos(a), z + 0.4 + 0.32 * r * math.sin(a)) for a in arc_quarter()]
    model.add(lathe([(0.0, z), (r, z), (r, z + 0.25), *dome, (0.0, dome[-1][1])]))
    top = z + 0.4 + 0.32 * r
    if shape.knob == "ball":
        ball = [(0.0, 0.0), (0.45, 0.0), (0.45, 0.4), (1.0, 1.0), (0.85, 1.7), (0.0, 2.0)]
        profile = [(x, y + top - 0.1) for x, y in fillet(ball, 0.5)]
        model.add(lathe(profile, 40), 1)
    elif shape.knob == "disc":
        model.add(disc(0.5, top - 0.2, top + 0.7), 1)
        model.add(disc(1.5, top + 0.6, top + 1.1, 0.2), 1)
    else:
        hoop = turn(ring(0.95, 0.45, 0.0), x=90)
        hoop.location.z = top + 0.75
        model.add(hoop, 1)


def arc_quarter() -> list[float]:
    """Return the angles of a quarter circle in radians."""
    return [math.pi / 2 * i / 10 for i in range(11)]


def _spout(shape: Teapot, model: Model, curve: list[Vector]) -> None:
    top = curve[-1].y
    low = 0.38 * top
    start = radius_at(curve, low)
    if shape.spout == "swan":
        knots = [(start - 1.2, low), (start + 1.4, low + 0.4), (start + 2.6, low + 0.28 * top)]
        knots += [(start + 3.3, low + 0.5 * top), (start + 4.6, low + 0.62 * top)]
    else:
        knots = [(start - 1.2, low), (start + 1.2, low + 0.25 * top), (start + 3.6, 0.95 * top)]
    path = spline([(x, 0.0, z) for x, z in knots], 12)
    section = round_section(2.4, 2.4, 24)
    model.add(sweep(path, section, (0, 1, 0), lambda t: 1.5 - 0.95 * t**0.7))
    # A dark plug makes the tip look open.
    mouth = sweep(
        [path[-1], path[-1] + (path[-1] - path[-2]).normalized() * 0.03],
        section,
        (0, 1, 0),
        lambda _: 0.4,
    )
    model.paint(mouth, Finish("plastic", "#241c18", matte=True))


def _side_handle(model: Model, curve: list[Vector]) -> None:
    top = curve[-1].y
    upper, lower = radius_at(curve, 0.85 * top), radius_at(curve, 0.25 * top)
    reach = max(upper, lower)
    knots = [(-upper + 0.4, 0.85), (-reach - 1.6, 0.98), (-reach - 3.6, 0.84)]
    knots += [(-reach - 3.7, 0.58), (-reach - 2.0, 0.34), (-lower + 0.4, 0.24)]
    path = spline([(x, 0.0, z * top) for x, z in knots], 12)
    section = round_section(1.5, 0.95, 20, 2.6)
    model.add(sweep(path, section, (0, 1, 0), lambda t: 1.2 - 0.3 * math.sin(math.pi * t)), 1)


def _bail(model: Model, curve: list[Vector]) -> None:
    top = curve[-1].y
    hook = radius_at(curve, 0.86 * top) - 0.2
    high = top * 1.0 + 6.5
    side = [(hook, 0.86 * top), (hook + 0.6, top * 1.15), (hook + 0.1, top + 3.8)]
    knots = [(-x, 0.0, z) for x, z in side] + [(-hook * 0.5, 0.0, high - 0.6), (0.0, 0.0, high)]
    knots += [(hook * 0.5, 0.0, high - 0.6)] + [(x, 0.0, z) for x, z in reversed(side)]
    model.add(sweep(spline(knots, 10), round_section(1.3, 0.7, 20, 2.6)), 1)
