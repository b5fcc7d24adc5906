"""Hats: crown, brim and band; the front is -y."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from mathutils import Vector

from ..model import Model
from ..outlines import Point, Ring, fillet, spline
from ..shapes import disc, lathe, skin, warp
from ..specs import Hat

OVAL = 1.16


def build(shape: Hat, model: Model) -> None:
    """Finish slots: felt or cloth, band, small parts."""
    FORMS[shape.form](model)


def _oval(p: Vector) -> tuple[float, float, float]:
    return (p.x, p.y * OVAL, p.z)


def _brim(model: Model, inner: float, outer: float, base: float, wave: float, curl: float) -> None:
    """A thin disc whose sides rise by `curl` and whose edge waves by `wave`."""
    top = [(inner + (outer - inner) * i / 20, 0.18) for i in range(21)]
    section = [*top, (outer + 0.18, 0.0), *((x, -0.18) for x, _ in reversed(top)), top[0]]

    def bend(p: Vector) -> tuple[float, float, float]:
        reach = max(0.0, (math.hypot(p.x, p.y) - inner) / (outer - inner))
        angle = math.atan2(p.y, p.x)
        rise = curl * math.cos(2 * angle) + wave * math.sin(5 * angle + 1)
        return (p.x, p.y * (OVAL - 0.1 * reach), base + p.z + reach**1.6 * rise)

    model.add(warp(lathe(section, 160), bend))


def _band(model: Model, low: Point, high: Point) -> None:
    """A ribbon between two (radius, height) points, with a flat bow on the left."""
    out = 0.14
    ribbon = [low, (low[0] + out, low[1]), (high[0] + out, high[1]), high]
    model.add(warp(lathe(ribbon, 96), _oval), 1)


def _crown(model: Model, outline: Sequence[Point], pinch: float = 0.0) -> None:
    """A closed crown, optionally creased along the top and pinched at the front."""
    low, high = outline[0][1], max(z for _, z in outline)

    def crease(p: Vector) -> tuple[float, float, float]:
        lift = max(0.0, (p.z - low) / (high - low))
        x, y = p.x, p.y * OVAL
        dip = pinch * 2.6 * lift**4 * math.exp(-((x / 2.4) ** 2)) * (0.75 - 0.04 * y)
        front = max(0.0, -y / 9.0)
        return (x * (1 - pinch * 0.38 * front * lift**2), y, p.z - dip + pinch * lift**3 * front)

    model.add(warp(lathe([*outline, (0.0, outline[-1][1])], 128), crease))


def _curve(points: Sequence[Point]) -> list[Point]:
    return [(p.x, p.y) for p in spline(points, 10)]


def _fedora(model: Model) -> None:
    _brim(model, 7.6, 14.5, 1.2, 0.0, 1.1)
    steps = [(7.9, 1.0), (8.0, 2.5), (7.7, 6.0), (7.1, 9.6), (6.0, 11.4), (4, 11.9), (0.4, 12.0)]
    fine = _curve(steps)
    _crown(model, fine, 1.0)
    _band(model, (7.95, 1.3), (7.85, 4.4))


def _boater(model: Model) -> None:
    _brim(model, 7.6, 14.0, 0.4, 0.0, 0.0)
    outline = fillet([(7.9, 0.3), (7.9, 7.6), (0.2, 7.6)], 0.5)
    _crown(model, outline)
    _band(model, (7.95, 0.6), (7.95, 4.4))


def _sunhat(model: Model) -> None:
    _brim(model, 7.6, 20.0, 1.6, 0.55, 0.5)
    outline = _curve([(7.9, 1.4), (8.0, 4.0), (7.4, 8.0), (5.4, 10.6), (2.4, 11.6), (0.2, 11.8)])
    _crown(model, outline)
    _band(model, (7.98, 1.9), (8.02, 4.2))


def _bucket(model: Model) -> None:
    brim = [(8.3, 5.2), (10.0, 2.6), (12.2, 0.2), (12.5, 0.2), (10.4, 2.7), (8.6, 5.2)]
    model.add(warp(lathe(brim, 128), _oval))
    for part in (0.25, 0.5, 0.75):
        r, z = 8.6 + 3.8 * part, 5.15 - 4.9 * part
        seam = [(r + 0.15 * math.cos(a), z + 0.15 * math.sin(a)) for a in _circle()]
        model.add(warp(lathe(seam, 128), _oval), 1)
    _crown(model, fillet([(8.5, 5.0), (7.9, 11.6), (6.6, 12.4), (0.2, 12.7)], 0.9))
    _band(model, (8.55, 5.0), (8.5, 5.7))


def _circle() -> list[float]:
    return [2 * math.pi * i / 10 for i in range(11)]


def _cap(model: Model) -> None:
    dome = _curve([(8.2, 1.0), (8.4, 3.5), (8.0, 7.0), (6.2, 10.2), (3.4, 11.8), (0.2, 12.2)])

    def panels(angle: float, height: float) -> float:
        return 1 - 0.012 * max(0.0, 1 - abs(math.sin(3 * angle)) * 6)

    model.add(warp(lathe([(7.9, 1.0), *dome, (0.0, 12.2)], 180, panels), _oval))
    model.add(warp(disc(0.8, 11.9, 12.6, 0.3), _oval), 1)
    rings: list[Ring] = []
    for i in range(25):
        s = -1 + 2 * i / 24
        reach = 9.2 * (1 - abs(s) ** 2.6) ** 0.55
        x = s * 8.1
        root = -OVAL * math.sqrt(max(0.0, 8.2**2 - x**2)) + 0.5
        droop = 1.9 * s * s
        outline = [(0.0, 0.25), (0.5, 0.25), (1.0, 0.15), (1.0, -0.15), (0.5, -0.2), (0.0, -0.2)]
        drop = 1.5
        rings.append(
            [Vector((x, root - reach * t, 2.3 - droop + h - drop * t * t)) for t, h in outline]
        )
    model.add(skin("visor", rings), 1)
    for angle in (60, 120, 240, 300, 0, 180):
        a = math.radians(angle + 30)
        eye = disc(0.34, -0.12, 0.12, 0.08)
        eye.rotation_euler = (0, math.radians(52), a)
        model.add(eye, 1).location = (6.75 * math.cos(a), 6.75 * OVAL * math.sin(a), 9.7)


def _beanie(model: Model) -> None:
    def knit(angle: float, height: float) -> float:
        fade = min(1.0, max(0.0, (15.2 - height) / 5))
        return 1 + 0.028 * fade * math.cos(44 * angle)

    dome = _curve([(8.6, 3.0), (8.9, 6.0), (8.5, 10.0), (6.6, 13.6), (3.4, 15.6), (0.3, 16.2)])
    model.add(lathe([*dome, (0.0, 16.2)], 352, knit))
    cuff = fillet([(8.3, 0.0), (9.3, 0.0), (9.7, 3.0), (9.5, 5.8), (8.4, 5.8)], 0.8)
    model.add(lathe(cuff, 352, knit), 1)
    rings: list[Ring] = []
    random = Random(5)
    for i in range(37):
        polar = math.pi * i / 36
        r, z = 3.3 * math.sin(polar), 18.4 - 3.1 * math.cos(polar)
        ring: Ring = []
        for k in range(80):
            a = 2 * math.pi * k / 80
            fuzz = 1 + random.uniform(-0.09, 0.09)
            ring.append(Vector((r * fuzz * math.cos(a), r * fuzz * math.sin(a), z)))
        rings.append(ring)
    model.add(skin("pompom", rings, caps=False), 2)


FORMS = {
    "fedora": _fedora,
    "boater": _boater,
    "bucket": _bucket,
    "cap": _cap,
    "beanie": _beanie,
    "sunhat": _sunhat,
}
