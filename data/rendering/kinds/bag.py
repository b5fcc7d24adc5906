"""Bags: six constructions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from mathutils import Vector

from ..model import Model
from ..outlines import Ring, fillet, round_section, spline, vessel
from ..shapes import box, disc, lathe, project_uv, ring, rod, skin, sweep, turn
from ..specs import Bag

Knots: TypeAlias = Sequence[Sequence[float]]


def build(shape: Bag, model: Model) -> None:
    """Finish slots: body, straps, buckles."""
    FORMS[shape.form](model)


def _stack(levels: list[tuple[float, float, float, float]]) -> list[Ring]:
    """Return rounded-rectangle rings from (width, depth, height, corner power) levels."""
    rings: list[Ring] = []
    for width, depth, height, power in levels:
        outline = round_section(width, depth, 96, power)
        rings.append([Vector((x, y, height)) for x, y in outline])
    return rings


def _strap(model: Model, knots: Knots, width: float, thick: float = 0.5, slot: int = 1) -> None:
    path = spline(knots, 10)
    side = (0, 1, 0) if abs(knots[0][0] - knots[-1][0]) > 1 else (1, 0, 0)
    model.add(sweep(path, round_section(width, thick, 24, 5), side), slot)


def _front_strap(model: Model, knots: Knots, width: float, slot: int = 1) -> None:
    """A strap lying flat on the front: its width runs along the picture plane."""
    section = round_section(0.5, width, 24, 5)
    model.add(sweep(spline(knots, 10), section, (0, 1, 0)), slot)


def _tote(model: Model) -> None:
    outer = [
        (30, 11, 0, 5),
        (32, 13, 0.6, 6),
        (34, 13.5, 12, 6),
        (37, 12.5, 26, 6),
        (38, 11, 34, 5),
    ]
    levels = [(p.x, p.y, p.z, 5.0) for p in spline([o[:3] for o in outer], 6)]
    inner = [(w - 1.2, d - 1.2, z, p) for w, d, z, p in reversed(levels) if z > 3]
    model.add(skin("tote", _stack([(8, 3, 0, 3), *levels, *inner])))
    hem = _stack([(38.3, 11.3, 32, 5), (38.5, 11.4, 33.9, 5), (38.2, 11.1, 34.3, 5)])
    model.add(skin("hem", hem, caps=False), 1)
    for y in (-1, 1):
        knots = [(-8.5, y * 6.7, 20), (-8.5, y * 6.5, 27), (-8.0, y * 5.9, 35)]
        knots += [(-5.5, y * 4.6, 47), (0, y * 4.2, 51)]
        knots += [(-a, b, c) for a, b, c in reversed(knots[:-1])]
        _front_strap(model, knots, 2.6)
        for x in (-8.5, 8.5):
            stud = turn(disc(0.7, -0.4, 0.4, 0.2), x=90)
            model.add(stud, 2).location = (x, y * 7.0, 22)


def _satchel(model: Model) -> None:
    model.add(box((34, 11, 24), (0, 0, 12), 1.8))
    flap = [(-5.6 - 0.4, 6.5), (-6.3, 9), (-6.3, 18), (-6.0, 23.6), (-4.5, 24.7), (0, 25.0)]
    flap += [(4.0, 24.8), (5.2, 24.3)]
    curve = spline([(0, y, z) for y, z in flap], 8)
    model.add(sweep(curve, round_section(34.6, 0.7, 40, 14), (1, 0, 0)))
    for x in (-9, 9):
        path = [(x, -6.9, 3.0), (x, -7.1, 9), (x, -7.1, 18), (x, -6.6, 24.0), (x, -4.0, 25.3)]
        _strap(model, path, 2.4)
        buckle = turn(box((3.6, 3.0, 0.5), (x, -7.45, 8.0), 0.2), x=90)
        model.add(buckle, 2)
        model.add(rod((x, -7.8, 6.9), (x, -7.8, 9.3), 0.2), 2)
    model.add(box((31, 1.6, 11), (0, -5.8, 6.5), 0.7))
    _strap(
        model,
        [(-6, 0, 24.6), (-5.6, 0, 27.6), (0, 0, 29.4), (5.6, 0, 27.6), (6, 0, 24.6)],
        2.2,
        0.9,
    )
    for x in (-6, 6):
        model.add(turn(ring(1.1, 0.35, 0), x=90), 2).location = (x, 0, 25.6)


def _bucket(model: Model) -> None:
    outline = spline([(10.5, 0), (11.5, 0.8), (12.4, 9), (12.8, 18), (12.2, 26)], 8)

    def folds(angle: float, height: float) -> float:
        return 1 + 0.035 * max(0.0, (height - 14) / 12) * math.cos(14 * angle)

    model.add(lathe(vessel(outline, 0.5, 0.8), 140, folds))
    model.add(lathe([(10.4, 0), (11.9, 0.4), (12.35, 5.5), (11.9, 5.6)], 96), 1)
    cord = lathe(
        [(12.65 + 0.35 * math.cos(a), 21 + 0.35 * math.sin(a)) for a in _circle()], 140, folds
    )
    model.add(cord, 1)
    for x in (-1.2, 1.2):
        model.add(rod((x * 0.6, -13.2, 21), (x, -13.6, 13), 0.32), 1)
        model.add(rod((x, -13.6, 13.4), (x * 1.1, -13.7, 11.2), 0.6), 2)
    knots = [(-12.6, 0, 21), (-12.9, 0, 29), (-9.5, 0, 41), (0, 0, 47)]
    _strap(model, knots + [(-a, b, c) for a, b, c in reversed(knots[:-1])], 2.4)
    for x in (-13, 13):
        model.add(turn(disc(1.0, -0.35, 0.35, 0.2), y=90), 2).location = (x, 0, 22.2)


def _circle() -> list[float]:
    return [2 * math.pi * i / 12 for i in range(13)]


def _duffel(model: Model) -> None:
    end = [(0, -25), (8, -25), (11.6, -24.2), (12.6, -22), (13, -10)]
    body = fillet([*end, *((r, -x) for r, x in reversed(end))], 1.5)
    barrel = turn(lathe(body, 96), y=90)
    barrel.location.z = 12.8
    model.add(barrel)
    for x in (-22.3, 22.3):
        trim = turn(ring(12.5, 0.7, 0), y=90)
        model.add(trim, 1).location = (x, 0, 12.8)
    for x in (-10, 10):
        belt = lathe([(13.0, -1.4), (13.25, -1.4), (13.25, 1.4), (13.0, 1.4)], 96)
        model.add(turn(belt, y=90), 1).location = (x, 0, 12.8)
    for y in (-1, 1):
        knots = [(-10, y * 11.9, 19), (-9.6, y * 9.5, 25.5), (-5, y * 6.6, 32), (0, y * 6, 33.5)]
        knots += [(-a, b, c) for a, b, c in reversed(knots[:-1])]
        _front_strap(model, knots, 2.4)
    model.add(box((36, 0.9, 0.5), (0, 0, 25.8), 0.2), 2)
    model.add(rod((16, 0, 26.1), (19, -1.0, 26.0), 0.4), 2)
    model.add(box((3.6, 3.0, 0.6), (0, 0, 0.3), 0.2), 1)


def _backpack(model: Model) -> None:
    knots = [(26, 13, 0.2), (28, 15, 2), (29, 16, 12), (28.5, 15, 26), (27, 13, 35), (23, 10, 40)]
    knots += [(15, 6, 42.6), (6, 2, 43.2)]
    levels = [(p.x, p.y, p.z, 3.6) for p in spline(knots, 6)]
    model.add(skin("backpack", _stack([(20, 8, 0, 3), *levels])))
    pocket = [(21, 4, 4.0), (23, 7, 5.2), (23.4, 8, 11), (23, 7, 17.5), (21, 4, 19)]
    bulge = [(p.x, p.y, p.z, 4.0) for p in spline(pocket, 6)]
    front = model.add(skin("pocket", _stack(bulge)), 0)
    front.location.y = -6.6
    model.add(box((19, 0.5, 0.6), (0, -10.7, 15.5), 0.2), 2)
    model.add(rod((8, -11.1, 15.4), (8.2, -11.4, 12.8), 0.3), 2)
    model.add(box((6, 0.5, 3.2), (0, -10.8, 10), 0.2), 1)
    arch = [(-13.9, 0, 24), (-13.4, 0, 33), (-10.6, 0, 39.6), (-5, 0, 43.0), (0, 0, 43.7)]
    zip_line = arch + [(-a, b, c) for a, b, c in reversed(arch[:-1])]
    _strap(model, [(x * 1.012, -2.2, z) for x, _, z in zip_line], 0.9, 0.5, 2)
    _strap(
        model,
        [(-3.5, 2, 42.4), (-3, 2, 45.5), (0, 2, 46.6), (3, 2, 45.5), (3.5, 2, 42.4)],
        1.8,
        0.8,
    )
    for x in (-8, 8):
        _strap(model, [(x, 5, 40), (x, 9.4, 34), (x * 1.2, 11.5, 20), (x * 1.4, 7, 4)], 4.4, 1.0)


def _basket(model: Model) -> None:
    outline = spline([(12.5, 0), (14, 0.8), (16.5, 10), (17, 18), (18, 24)], 8)
    body = lathe(vessel(outline, 0.7, 1.0), 120)
    body.scale.y = 0.62
    model.add(body)
    hem = ring(18.0, 1.2, 24.2)
    hem.scale.y = 0.62
    model.add(hem)
    for y in (-1, 1):
        knots = [
            (-7.5, y * 10.6, 15),
            (-7.5, y * 11.0, 22),
            (-7.0, y * 10.9, 28),
            (-4, y * 8.5, 38),
        ]
        knots += [(0, y * 8.0, 40)]
        knots += [(-a, b, c) for a, b, c in reversed(knots[:-1])]
        _front_strap(model, knots, 1.9)
        for x in (-7.5, 7.5):
            patch = project_uv(box((4.2, 0.6, 6), (x, y * 10.75, 18), 0.25))
            model.add(turn(patch, x=-y * 3), 1)
            stud = turn(disc(0.5, -0.3, 0.3, 0.15), x=90)
            model.add(stud, 2).location = (x, y * 11.3, 16.4)


FORMS = {
    "tote": _tote,
    "satchel": _satchel,
    "bucket": _bucket,
    "duffel": _duffel,
    "backpack": _backpack,
    "basket": _basket,
}
