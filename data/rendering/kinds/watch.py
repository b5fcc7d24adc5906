"""Wrist watches with the strap closed; the dial looks forward (-y)."""

from __future__ import annotations

import math
from collections.abc import Callable

import bpy
from mathutils import Vector

from ..model import Model
from ..outlines import Point, Ring, fillet
from ..shapes import box, disc, lathe, ring, rod, skin
from ..specs import Finish, Watch

CRYSTAL = Finish("glass", "#ffffff")


def build(shape: Watch, model: Model) -> None:
    """Finish slots: strap, case, dial, marks and hands."""
    if shape.strap == "links":
        _links(shape, model)
    else:
        _band(shape, model)
    front: list[bpy.types.Object] = []
    r = shape.size / 2
    outline = _outline(shape.case)
    body = [(0, 0), (r * 0.86, 0), (r, 0.22), (r, 0.75), (r * 0.9, 0.98), (r * 0.84, 0.98)]
    front.append(
        model.add(lathe(fillet([*body, (r * 0.84, 0.86), (0, 0.86)], 0.1), 96, outline), 1)
    )
    front.append(model.add(lathe([(0, 0.88), (r * 0.85, 0.88)], 96, outline), 2))
    if shape.bezel:
        front.append(model.add(ring(r * 0.91, r * 0.16, 1.0, 0.22), 2))
    front += _dial(shape, model, r)
    edge = r * (outline(math.pi / 2, 0) if outline else 1.0)
    crown = rod((r * 0.8, 0, 0.5), (edge + 0.36, 0, 0.5), 0.27)
    front.append(model.add(crown, 1))
    for part in front:
        spin = part.rotation_euler.copy()
        part.rotation_euler = (math.pi / 2, -spin.z, 0)
        x, y, z = part.location
        part.location = (x, -z + 0.35, y)


def _outline(case: str) -> Callable[[float, float], float] | None:
    """Return the radius factor that turns a circle into the case's outline."""
    if case == "round":
        return None
    if case == "octagon":
        step = math.pi / 4
        return lambda angle, _: 1.04 * math.cos(step / 2) / math.cos(angle % step - step / 2)
    power = 6.0 if case == "square" else 3.2

    def superellipse(angle: float, _: float) -> float:
        c, s = abs(math.cos(angle)), abs(math.sin(angle))
        return 0.92 / (c**power + s**power) ** (1 / power)

    return superellipse


def _dial(shape: Watch, model: Model, r: float) -> list[bpy.types.Object]:
    parts = []
    face = r * 0.8
    for hour in range(12):
        angle = math.pi / 6 * hour
        strong = hour % 3 == 0
        x, y = face * 0.84 * math.sin(angle), face * 0.84 * math.cos(angle)
        if shape.marks == "dots":
            mark = disc(0.13 if strong else 0.09, 0.88, 0.92, 0.02)
            mark.location = (x, y, 0)
        else:
            if shape.marks == "quarters" and not strong:
                continue
            long = 0.38 if strong else 0.26
            mark = box((0.11 if strong else 0.07, long, 0.04), (x, y, 0.9), 0.015)
            mark.rotation_euler.z = -angle
        parts.append(model.add(mark, 3))
    for spot in [(0, -0.45), (-0.45, 0), (0.45, 0)][: shape.subdials]:
        small = ring(face * 0.22, 0.05, 0.9)
        small.location = (spot[0] * face, spot[1] * face, 0)
        parts.append(model.add(small, 3))
    # Ten past ten, as in every watch advertisement.
    for angle, length, width, z in ((-55, 0.52, 0.15, 0.93), (62, 0.74, 0.1, 0.97)):
        turn = math.radians(angle)
        middle = face * length * 0.42
        hand = box(
            (width, face * length, 0.03),
            (middle * math.sin(turn), middle * math.cos(turn), z),
            0.01,
        )
        hand.rotation_euler.z = -turn
        parts.append(model.add(hand, 3))
    parts.append(model.add(disc(0.14, 0.88, 1.0, 0.03), 3))
    return parts


def _loop(t: float, size: float) -> tuple[Vector, Vector]:
    """Return place and tangent on the oval that runs over the wrist; t = 0 is the dial."""
    angle = 2 * math.pi * t
    tall, deep = 3.1, 2.5
    place = Vector((0, deep - deep * math.cos(angle), tall * math.sin(angle)))
    tangent = Vector((0, deep * math.sin(angle), tall * math.cos(angle))).normalized()
    return place, tangent


def _section(width: float, thick: float) -> list[Point]:
    return fillet(
        [
            (0, -thick),
            (width, -thick),
            (width, thick),
            (-width, thick),
            (-width, -thick),
            (0, -thick),
        ],
        thick * 0.9,
        3,
    )[:-1]


def _band(shape: Watch, model: Model) -> None:
    start = 0.075 * shape.size / 4
    rings: list[Ring] = []
    for i in range(97):
        t = start + (1 - 2 * start) * i / 96
        place, along = _loop(t, shape.size)
        taper = 1 - 0.22 * math.sin(math.pi * t)
        thick = 0.11 if shape.strap == "mesh" else 0.16
        normal = Vector((1, 0, 0)).cross(along)
        outline = _section(shape.size * 0.26 * taper, thick)
        rings.append([place + Vector((x, 0, 0)) + normal * y for x, y in outline])
    model.add(skin("strap", rings))
    _lugs(shape, model)
    place, _ = _loop(0.58, shape.size)
    wide = shape.size * 0.26
    for z in (place.z, place.z + 0.9):
        keeper = box((wide * 1.75, 0.62, 0.28), (0, place.y, z), 0.1)
        model.add(keeper, 0 if z > place.z else 1)


def _lugs(shape: Watch, model: Model) -> None:
    reach = shape.size * 0.29
    for x in (-reach, reach):
        for z in (-1, 1):
            tip = (x, 0.9, z * shape.size * 0.58)
            model.add(rod((x, 0.0, z * shape.size * 0.36), tip, 0.24, 0.8), 1)
    for z in (-1, 1):
        bar = z * shape.size * 0.57
        model.add(rod((-reach, 0.82, bar), (reach, 0.82, bar), 0.1), 1)


def _links(shape: Watch, model: Model) -> None:
    start, count = 0.085 * shape.size / 4, 30
    for i in range(count):
        t = start + (1 - 2 * start) * (i + 0.5) / count
        place, along = _loop(t, shape.size)
        taper = 1 - 0.2 * math.sin(math.pi * t)
        half = shape.size * 0.27 * taper
        tilt = math.atan2(along.z, along.y)
        for x, width in ((-half * 0.7, half * 0.6), (0, half * 0.78), (half * 0.7, half * 0.6)):
            bar = box((width, 0.5, 0.3), (x, place.y, place.z), 0.08)
            bar.rotation_euler.x = tilt
            model.add(bar, 0 if x else 1)
    _lugs(shape, model)
