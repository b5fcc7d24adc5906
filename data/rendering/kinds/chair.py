"""Chairs: a seat, a frame of legs and a back."""

from __future__ import annotations

import math

from mathutils import Vector

from ..model import Model
from ..outlines import Ring, round_section, spline
from ..shapes import box, disc, project_uv, ring, rod, skin, sweep, turn
from ..specs import Chair

SEAT = 45.0
HALF = 21.0


def build(shape: Chair, model: Model) -> None:
    """Put the parts together; +y is the back."""
    _seat(shape, model)
    LEGS[shape.legs](model)
    BACKS[shape.back](model)
    if shape.arms:
        for side in (-1, 1):
            knots = [(side * 21, 20, 66), (side * 25, 8, 66), (side * 25, -8, 65)]
            knots += [(side * 24, -16, 62), (side * 21, -17, 45)]
            section = round_section(3.6, 2.4, 20, 3)
            model.add(sweep(spline(knots, 8), section, (1, 0, 0)), 1)


def _seat(shape: Chair, model: Model) -> None:
    if shape.seat == "round":
        model.add(disc(HALF, SEAT - 3, SEAT, 1.2))
    elif shape.seat == "plank":
        model.add(box((44, 43, 3), (0, 0, SEAT - 1.5), 1.2))
    elif shape.seat == "padded":
        model.add(box((43, 42, 2.4), (0, 0, SEAT - 3.2), 0.8), 1)
        model.add(box((45, 44, 7), (0, -0.5, SEAT + 1), 3.0))
    elif shape.seat == "cane":
        for y in (-19.5, 19.5):
            model.add(box((44, 4.5, 3), (0, y, SEAT - 1.5), 1.0), 1)
        for x in (-19.8, 19.8):
            model.add(box((4.5, 43, 3), (x, 0, SEAT - 1.5), 1.0), 1)
        model.add(box((36, 36, 1.0), (0, 0, SEAT - 0.8), 0.2))


def _splayed(model: Model) -> None:
    for x in (-1, 1):
        for y in (-1, 1):
            model.add(rod((x * 15, y * 14, SEAT - 2), (x * 22, y * 21, 0), 2.0, 0.6), 1)
        model.add(rod((x * 18, -17.5, 24), (x * 18, 17.5, 24), 0.9), 1)
    model.add(rod((-18, 0, 24), (18, 0, 24), 0.9), 1)


def _straight(model: Model) -> None:
    for x in (-19, 19):
        for y in (-18.5, 18.5):
            model.add(box((3.6, 3.6, SEAT - 2), (x, y, SEAT / 2 - 1), 0.5), 1)
    for y in (-18.5, 18.5):
        model.add(box((36, 2, 5), (0, y, SEAT - 5), 0.4), 1)
    for x in (-19, 19):
        model.add(box((2, 36, 5), (x, 0, SEAT - 5), 0.4), 1)
        model.add(box((1.8, 36, 2.4), (x, 0, 16), 0.4), 1)


def _sled(model: Model) -> None:
    for x in (-18, 18):
        knots = [(x, -15, SEAT - 2), (x, -17, 20), (x, -19, 2), (x, -16, 0.9), (x, 0, 0.9)]
        knots += [(x, 16, 0.9), (x, 19, 2), (x, 17, 20), (x, 15, SEAT - 2)]
        model.add(sweep(spline(knots, 8), round_section(1.8, 1.8, 16), (1, 0, 0)), 1)
    for y in (-15, 15):
        model.add(rod((-18, y, SEAT - 3), (18, y, SEAT - 3), 0.9), 1)


def _pedestal(model: Model) -> None:
    model.add(rod((0, 0, 8), (0, 0, SEAT - 2), 2.6), 1)
    model.add(disc(8, SEAT - 5, SEAT - 2, 0.6), 1)
    for i in range(5):
        angle = math.radians(90 + 72 * i)
        c, s = math.cos(angle), math.sin(angle)
        model.add(rod((0, 0, 9.5), (c * 25, s * 25, 6), 2.2, 0.7), 1)
        wheel = turn(disc(2.8, -1.2, 1.2, 0.5), x=90, z=math.degrees(angle))
        model.add(wheel, 2).location = (c * 24, s * 24, 2.8)


def _posts(model: Model, lean: float = 6.0, top: float = 84.0) -> None:
    for x in (-19, 19):
        model.add(rod((x, 18.5, SEAT - 3), (x, 18.5 + lean, top), 1.8, 0.85), 1)


def _slats(model: Model) -> None:
    _posts(model)
    for x in range(-12, 13, 6):
        model.add(rod((x, 18.8, SEAT - 1), (x, 23.6, 79), 1.1), 1)
    model.add(turn(box((42, 2.6, 8), (0, 24, 80), 1.2), x=-8), 1)


def _ladder(model: Model) -> None:
    _posts(model)
    for z in (56, 67, 78):
        model.add(turn(box((37, 2, 6), (0, 18.5 + 6 * (z - 42) / 42, z), 0.9), x=-8), 1)


def _spindles(model: Model) -> None:
    bow = [(-19, 16, SEAT - 1), (-20, 20, 66), (-15, 23, 82), (0, 24.5, 88), (15, 23, 82)]
    bow += [(20, 20, 66), (19, 16, SEAT - 1)]
    path = spline(bow, 10)
    model.add(sweep(path, round_section(2.6, 2.6, 16), (0, 1, 0)), 1)
    for i in range(-3, 4):
        _, top = min((abs(p.x - i * 5.2), tuple(p)) for p in path if p.z > 60)
        model.add(rod((i * 4.4, 16, SEAT - 1), top, 0.75), 1)


def _curved_panel(width: float, low: float, high: float, thick: float, bend: float) -> list[Ring]:
    rings: list[Ring] = []
    for i in range(25):
        t = -1 + 2 * i / 24
        shrink = (1 - abs(t) ** 6) * 0.5 + 0.5
        outline = round_section(thick, (high - low) * shrink, 32, 4)
        y = 21 - bend * t * t
        middle = (low + high) / 2
        lean = 0.12
        rings.append([Vector((t * width, y + a + lean * b, middle + b)) for a, b in outline])
    return rings


def _panel(model: Model) -> None:
    for x in (-13, 13):
        model.add(rod((x, 16, SEAT - 2), (x, 20.5, 72), 1.3), 1)
    model.add(project_uv(skin("panel", _curved_panel(21, 60, 82, 4.5, 3))))


def _wrap(model: Model) -> None:
    model.add(project_uv(skin("wrap", _curved_panel(24, 50, 72, 5, 19))))
    for x in (-19, 19):
        model.add(rod((x * 0.95, 13, SEAT - 2), (x * 0.95, 10.6, 57), 1.4), 1)
        model.add(rod((x * 1.1, 3, SEAT - 2), (x * 1.19, 4.4, 57), 1.4), 1)


def _hoop(model: Model) -> None:
    _posts(model, 5, 60)
    frame = turn(ring(18.5, 3.0, 0), x=84)
    frame.location = (0, 23.5, 72)
    model.add(frame, 1)
    web = turn(disc(18.2, -0.4, 0.4, 0.2), x=84)
    web.location = (0, 23.5, 72)
    model.add(project_uv(web, 0, 1))


def _shell(model: Model) -> None:
    """One moulded sheet: the seat curves up into the back."""
    profile = [(-22, 44), (-19, 46), (-8, 44.6), (8, 44), (16, 46.5), (20, 54), (23, 68), (26, 84)]
    path = spline([(0, y, z) for y, z in profile], 8)
    rings: list[Ring] = []
    for i, p in enumerate(path):
        t = i / (len(path) - 1)
        half = 22.5 * (1 - max(0.0, abs(2 * t - 1) - 0.75) ** 2 * 4)
        before, after = path[max(i - 1, 0)], path[min(i + 1, len(path) - 1)]
        along = (after - before).normalized()
        normal = Vector((1, 0, 0)).cross(along)
        ring_points: Ring = []
        for side, count in ((0.5, 25), (-0.5, 25)):
            for k in range(count):
                s = (-1 + 2 * k / (count - 1)) * (1 if side > 0 else -1)
                curl = 5.5 * abs(s) ** 2.5
                ring_points.append(p + Vector((s * half, 0, 0)) + normal * (curl + side))
        rings.append(ring_points)
    model.add(skin("shell", rings))


LEGS = {"splayed": _splayed, "straight": _straight, "sled": _sled, "pedestal": _pedestal}
BACKS = {
    "slats": _slats,
    "ladder": _ladder,
    "spindles": _spindles,
    "panel": _panel,
    "wrap": _wrap,
    "hoop": _hoop,
    "shell": _shell,
}
