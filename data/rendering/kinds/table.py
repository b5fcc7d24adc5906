"""Side, coffee and bedside tables."""

from __future__ import annotations

import math

from ..model import Model
from ..outlines import fillet, round_section, spline
from ..shapes import box, disc, lathe, ring, rod, sweep, warp
from ..specs import Table


def build(shape: Table, model: Model) -> None:
    """Model the top, then the legs under it."""
    _plate(shape, model, shape.height, 0)
    LEGS[shape.legs](shape, model)


def _plate(shape: Table, model: Model, top: float, slot: int, shrink: float = 1.0) -> None:
    w, d = shape.width * shrink, shape.depth * shrink
    if shape.top == "square":
        model.add(box((w, d, 3), (0, 0, top - 1.5), 0.7), slot)
        return
    plate = disc(w / 2, top - 3, top, 1.0)
    model.add(warp(plate, lambda p: (p.x, p.y * d / w, p.z)), slot)


def _corners(shape: Table, inset: float) -> list[tuple[float, float]]:
    reach = 0.5 if shape.top == "square" else 0.36
    x, y = shape.width * reach - inset, shape.depth * reach - inset
    return [(a * x, b * y) for a in (-1, 1) for b in (-1, 1)]


def _splayed(shape: Table, model: Model) -> None:
    for x, y in _corners(shape, 5):
        model.add(rod((x, y, shape.height - 2), (x * 1.28, y * 1.28, 0), 2.2, 0.55), 1)
    if shape.shelf:
        _plate(shape, model, shape.height * 0.42, 0, 0.74)


def _straight(shape: Table, model: Model) -> None:
    h = shape.height
    for x, y in _corners(shape, 2.5):
        model.add(box((4, 4, h - 2), (x, y, h / 2 - 1), 0.5), 1)
    w, d = shape.width - 6, shape.depth - 6
    model.add(box((w, d, 15), (0, 0, h - 10), 0.5), 0)
    model.add(box((w - 8, 2, 11.5), (0, -d / 2 - 0.2, h - 10.2), 0.6), 0)
    knob = disc(1.7, 0, 2.6, 0.6)
    knob.rotation_euler.x = math.pi / 2
    model.add(knob, 2).location = (0, -d / 2 - 1, h - 10)
    if shape.shelf:
        model.add(box((w, d, 2), (0, 0, 14), 0.4), 0)


def _pedestal(shape: Table, model: Model) -> None:
    h, r = shape.height, shape.width * 0.3
    stem = [(0, 0), (r, 0), (r, 1.2), (r * 0.5, 3.5), (2.6, 9), (2.2, h * 0.6), (6, h - 3)]
    model.add(lathe([*fillet(stem, 3.5, 8), (0, h - 3)]), 1)


def _hairpin(shape: Table, model: Model) -> None:
    top = shape.height - 2.5
    for x, y in _corners(shape, 4):
        out = 1 + 5 / math.hypot(x, y)
        for shift in (-4, 4):
            side = (x - shift * y / math.hypot(x, y), y + shift * x / math.hypot(x, y))
            model.add(rod((*side, top), (x * out, y * out, 0.3), 0.65), 1)
        model.add(disc(0.9, 0, 1.0, 0.3), 1).location = (x * out, y * out, 0)


def _drum(shape: Table, model: Model) -> None:
    r = shape.width / 2 - 1.5
    for height in (1.0, shape.height - 3.6):
        model.add(ring(r, 1.6, height), 1)
    for i in range(28):
        a = 2 * math.pi * i / 28
        b = a + 0.22
        start, end = (r * math.cos(a), r * math.sin(a), 1), (r * math.cos(b), r * math.sin(b))
        model.add(rod(start, (*end, shape.height - 3), 0.55), 1)


def _cross(shape: Table, model: Model) -> None:
    x, y = shape.width * 0.34, shape.depth * 0.3
    for depth in (-y, y):
        section = round_section(2.4, 3.6, 20, 5)
        for sign in (-1, 1):
            knots = [(-sign * x, depth, shape.height - 2), (sign * x, depth, 1.0)]
            path = spline([(a, b + sign * 1.3, c) for a, b, c in knots], 8)
            model.add(sweep(path, section, (0, 1, 0)), 1)
    model.add(rod((0, -y, shape.height / 2), (0, y, shape.height / 2), 1.2), 1)


LEGS = {
    "splayed": _splayed,
    "straight": _straight,
    "pedestal": _pedestal,
    "hairpin": _hairpin,
    "drum": _drum,
    "cross": _cross,
}
