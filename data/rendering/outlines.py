"""Outlines and curves from which the meshes are made (unit: cm)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mathutils import Vector

Point = tuple[float, float]
Ring = list[Vector]


def arc(start: float, end: float, count: int) -> list[float]:
    """Return `count` angles in radians between two angles in degrees, both included."""
    step = (end - start) / (count - 1)
    return [math.radians(start + step * i) for i in range(count)]


def spline(points: Sequence[Sequence[float]], steps: int = 10, closed: bool = False) -> Ring:
    """Interpolate the points with a Catmull-Rom curve; 2D points get z = 0."""
    knots = [Vector((*p, 0.0)[:3]) for p in points]
    count = len(knots)
    if closed:
        padded = [knots[-1], *knots, knots[0], knots[1]]
    else:
        padded = [2 * knots[0] - knots[1], *knots, 2 * knots[-1] - knots[-2]]
    curve: Ring = []
    for i in range(count if closed else count - 1):
        a, b, c, d = padded[i : i + 4]
        for s in range(steps):
            t = s / steps
            curve.append(
                0.5
                * (
                    2 * b
                    + (c - a) * t
                    + (2 * a - 5 * b + 4 * c - d) * t**2
                    + (3 * b - a - 3 * c + d) * t**3
                )
            )
    return curve if closed else [*curve, knots[-1]]


def fillet(points: Sequence[Point], radius: float, steps: int = 5) -> list[Point]:
    """Round the inner corners of a polyline, never eating more than half of a segment."""
    rounded: list[Point] = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        here = Vector(corner)
        to_before, to_after = Vector(before) - here, Vector(after) - here
        cut = min(radius, to_before.length * 0.49, to_after.length * 0.49)
        start, end = here + to_before.normalized() * cut, here + to_after.normalized() * cut
        for i in range(steps + 1):
            t = i / steps
            p = (1 - t) ** 2 * start + 2 * t * (1 - t) * here + t**2 * end
            rounded.append((p.x, p.y))
    return [*rounded, points[-1]]


def vessel(outside: Sequence[Sequence[float]], wall: float, floor: float = 0.5) -> list[Point]:
    """Turn an outside curve (bottom to rim) into a closed hollow profile with a round lip."""
    curve = [Vector(p[:2]) for p in outside]
    inside: list[Point] = []
    for i, p in enumerate(curve):
        tangent = curve[min(i + 1, len(curve) - 1)] - curve[max(i - 1, 0)]
        normal = Vector((-tangent.y, tangent.x)).normalized()
        q = p + normal * wall
        if q.x > wall:
            inside.append((q.x, max(q.y, curve[0].y + floor)))
    rim, inner = curve[-1], Vector(inside[-1])
    middle, across = (rim + inner) / 2, (rim - inner) / 2
    upward = Vector((-across.y, across.x))
    lip = [middle + across * math.cos(a) + upward * math.sin(a) for a in arc(0, 180, 7)[1:-1]]
    foot = [(0.0, curve[0].y), (curve[0].x - wall * 0.3, curve[0].y)]
    return [
        *foot,
        *((p.x, p.y) for p in curve),
        *((p.x, p.y) for p in lip),
        *reversed(inside),
        (0.0, inside[0][1]),
    ]


def round_section(width: float, depth: float, count: int = 20, power: float = 2.0) -> list[Point]:
    """Superellipse outline: power 2 is an ellipse, 4 and more a rounded rectangle."""
    outline: list[Point] = []
    for i in range(count):
        angle = 2 * math.pi * i / count
        c, s = math.cos(angle), math.sin(angle)
        outline.append(
            (
                width / 2 * math.copysign(abs(c) ** (2 / power), c),
                depth / 2 * math.copysign(abs(s) ** (2 / power), s),
            )
        )
    return outline
