"""Table lamps: six kinds of foot under a lit shade."""

from __future__ import annotations

import math

from mathutils import Vector

from ..model import Model
from ..outlines import fillet, round_section, spline
from ..shapes import box, disc, lathe, ring, rod, sweep
from ..specs import Finish, Lamp

BULB = Finish("glow", "#ffe2b0")


def build(shape: Lamp, model: Model) -> None:
    """Model the foot, then the shade at the lamp's height."""
    centre = BASES[shape.base](shape, model)
    if shape.base not in ("desk", "globe"):
        _shade(shape, model, centre)


def _shade(shape: Lamp, model: Model, centre: Vector) -> None:
    top, bottom, tall = shape.shade
    z = shape.height - tall
    wall = [(bottom, z), (top, z + tall), (top - 0.25, z + tall), (bottom - 0.25, z), (bottom, z)]
    model.add(lathe(wall), 1).location = (centre.x, centre.y, 0)
    for radius, height in ((bottom, z), (top, z + tall)):
        hem = ring(radius - 0.1, 0.5, height, 0.9)
        model.add(hem, 1).location = (centre.x, centre.y, 0)
    bulb = [(1.0, z + 1.0), (2.6, z + tall * 0.45), (2.0, z + tall * 0.6), (0.0, z + tall * 0.66)]
    model.paint(lathe(fillet([(0.0, z + 1.0), *bulb], 1.0)), BULB).location = centre
    spokes = [rod((0, 0, z + 1), (bottom * c, bottom * s, z + 0.4), 0.15) for c, s in _thirds()]
    for spoke in [*spokes, rod((0, 0, z - 2.0), (0, 0, z + 1.5), 0.7)]:
        model.add(spoke, 2).location = centre


def _thirds() -> list[tuple[float, float]]:
    return [(math.cos(a), math.sin(a)) for a in (0.5, 0.5 + 2.094, 0.5 + 4.189)]


def _turned(shape: Lamp, model: Model) -> Vector:
    curve = [(p.x, p.y) for p in spline(shape.outline, 10)]
    model.add(lathe([(0.0, 0.0), *curve, (0.0, curve[-1][1])], 96))
    low = shape.height - shape.shade[2] + 1
    model.add(rod((0, 0, curve[-1][1] - 0.5), (0, 0, low), 0.6), 2)
    return Vector()


def _tripod(shape: Lamp, model: Model) -> Vector:
    joint = shape.height - shape.shade[2] - 2
    model.add(disc(2.6, joint - 2.2, joint + 0.6, 0.3), 2)
    for c, s in _thirds():
        model.add(rod((c * 1.2, s * 1.2, joint), (c * 12.5, s * 12.5, 0.0), 1.15, 0.7))
    return Vector()


def _arc(shape: Lamp, model: Model) -> Vector:
    model.add(disc(9.0, 0.0, 2.2, 0.5), 2)
    high = shape.height + 6
    knots = [(-5, 0, 1.5), (-5.5, 0, high * 0.6), (-1, 0, high * 0.93), (6, 0, high)]
    knots += [(11, 0, high * 0.95), (12.5, 0, shape.height - 0.5)]
    model.add(sweep(spline(knots, 12), round_section(1.2, 1.2, 16)))
    return Vector((12.5, 0, 0))


def _desk(shape: Lamp, model: Model) -> Vector:
    model.add(disc(8.5, 0.0, 2.0, 0.6))
    elbow, head = (-9.0, 0.0, 22.0), (7.0, 0.0, shape.height)
    model.add(rod((0, 0, 1.5), elbow, 0.75), 2)
    model.add(rod(elbow, head, 0.75), 2)
    for joint in (elbow, head):
        knob = disc(1.5, -1.5, 1.5, 0.3)
        knob.rotation_euler.x = math.pi / 2
        model.add(knob, 2).location = joint
    top, bottom, tall = shape.shade
    hood = [(0.0, 0.0), (top, 0.0), (top + 0.3, -2.2), (bottom, -tall), (bottom - 0.3, -tall)]
    cone = lathe(fillet([*hood, (top, -2.4), (0.0, -0.6)], 0.8))
    bulb = lathe(fillet([(0.0, -3.0), (2.4, -4.0), (2.8, -tall + 1.5), (0.0, -tall + 0.2)], 1.2))
    for part, finish in ((cone, model.finishes[0]), (bulb, BULB)):
        model.paint(part, finish).location = head
        part.rotation_euler.y = math.radians(-28)
    return Vector()


def _block(shape: Lamp, model: Model) -> Vector:
    low = shape.height - shape.shade[2]
    model.add(box((11, 11, low - 6), (0, 0, (low - 6) / 2), 0.8))
    model.add(rod((0, 0, low - 6.5), (0, 0, low + 1), 0.8), 2)
    return Vector()


def _globe(shape: Lamp, model: Model) -> Vector:
    r = shape.shade[1]
    model.add(disc(7.5, 0.0, 2.4, 0.4))
    model.add(rod((0, 0, 2), (0, 0, 12.5), 1.1), 2)
    model.add(lathe(fillet([(0.0, 11.5), (3.2, 11.5), (4.6, 14.0), (0.0, 14.0)], 0.4)), 2)
    centre = 12.4 + r
    angles = [math.radians(-70 + 160 * i / 30) for i in range(31)]
    ball = [(r * math.cos(a), centre + r * math.sin(a)) for a in angles]
    model.add(lathe([(0.0, ball[0][1]), *ball, (0.0, centre + r)]), 1)
    return Vector()


BASES = {
    "turned": _turned,
    "tripod": _tripod,
    "arc": _arc,
    "desk": _desk,
    "block": _block,
    "globe": _globe,
}
