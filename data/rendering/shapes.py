"""Mesh helpers: every form is a lathe, a sweep, a lofted skin or a bevelled box (unit: cm)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import bmesh
import bpy
from mathutils import Vector

from .outlines import Point, Ring, fillet, round_section

SMOOTH_ANGLE = math.radians(38)


def skin(
    name: str, rings: Sequence[Ring], loop: bool = False, caps: bool = True
) -> bpy.types.Object:
    """Join closed rings of equal length into a surface; UVs hold lengths in cm.

    `loop` joins the last ring to the first; `caps` closes the ends otherwise.
    """
    rows, count = len(rings), len(rings[0])
    girth = max(sum((r[i] - r[i - 1]).length for i in range(count)) for r in rings)
    along = [0.0]
    for before, after in zip(rings, [*rings[1:], rings[0]], strict=True):
        along.append(along[-1] + max((b - a).length for a, b in zip(before, after, strict=True)))
    bm = bmesh.new()
    uv = bm.loops.layers.uv.new("UVMap")
    verts = [[bm.verts.new(p) for p in ring] for ring in rings]
    for j in range(rows if loop else rows - 1):
        for i in range(count):
            k, n = (i + 1) % count, (j + 1) % rows
            face = bm.faces.new((verts[j][i], verts[j][k], verts[n][k], verts[n][i]))
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
            for corner, (u, v) in zip(face.loops, corners, strict=True):
                corner[uv].uv = (girth * u / count, along[v])
    if caps and not loop:
        for ring in (verts[0][::-1], verts[-1]):
            bm.faces.new(ring)
    return finish(name, bm)


def finish(name: str, bm: bmesh.types.BMesh) -> bpy.types.Object:
    """Weld, orient and smooth a mesh and put it into the scene."""
    bmesh.ops.remove_doubles(bm, verts=bm.verts, dist=1e-4)
    bmesh.ops.dissolve_degenerate(bm, edges=bm.edges, dist=1e-5)
    bmesh.ops.recalc_face_normals(bm, faces=bm.faces)
    mesh = bpy.data.meshes.new(name)
    bm.to_mesh(mesh)
    bm.free()
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=SMOOTH_ANGLE)
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    return thing


def lathe(
    profile: Sequence[Point],
    segments: int = 72,
    bulge: Callable[[float, float], float] | None = None,
) -> bpy.types.Object:
    """Revolve (radius, height) points; `bulge(angle, height)` scales the radius."""
    rings: list[Ring] = []
    for radius, height in profile:
        ring: Ring = []
        for i in range(segments):
            angle = 2 * math.pi * i / segments
            r = radius * (bulge(angle, height) if bulge else 1.0)
            # The seam of the pattern lies at the back (+y).
            ring.append(Vector((-r * math.sin(angle), r * math.cos(angle), height)))
        rings.append(ring)
    return skin("lathe", rings, caps=False)


def disc(radius: float, bottom: float, top: float, edge: float = 0.1) -> bpy.types.Object:
    """Return an upright cylinder with softened edges."""
    outline = [(0.0, bottom), (radius, bottom), (radius, top), (0.0, top)]
    return lathe(fillet(outline, edge))


def sweep(
    path: Sequence[Vector],
    section: Sequence[Point],
    side: Sequence[float] = (0, 1, 0),
    scale: Callable[[float], float] | None = None,
    loop: bool = False,
) -> bpy.types.Object:
    """Move a section along a path; section x follows `side`, which suits planar paths."""
    rings: list[Ring] = []
    last = len(path) - 1
    across = Vector(side).normalized()
    for i, p in enumerate(path):
        after = path[(i + 1) % len(path)] if loop else path[min(i + 1, last)]
        before = path[i - 1] if loop else path[max(i - 1, 0)]
        normal = across.cross(after - before).normalized()
        factor = scale(i / last) if scale else 1.0
        rings.append([p + (across * x + normal * y) * factor for x, y in section])
    return skin("sweep", rings, loop)


def rod(
    start: Sequence[float], end: Sequence[float], radius: float, tip: float = 1.0
) -> bpy.types.Object:
    """Return a straight round bar with softened ends whose end radius is `tip` times the first."""
    a, b = Vector(start), Vector(end)
    axis = b - a
    side = Vector((1, 0, 0)) if abs(axis.normalized().x) < 0.8 else Vector((0, 1, 0))
    soft = min(radius * 0.25 / axis.length, 0.2)
    stops = [(0.0, 0.8), (soft, 1.0), (1 - soft, tip), (1.0, tip * 0.8)]
    across = axis.cross(side).normalized()
    other = axis.cross(across).normalized()
    outline = round_section(2 * radius, 2 * radius, 24)
    rings = [[a + axis * t + (across * x + other * y) * s for x, y in outline] for t, s in stops]
    return skin("rod", rings)


def box(
    size: Sequence[float], centre: Sequence[float], edge: float = 0.3, turn: float = 0.0
) -> bpy.types.Object:
    """Return a box with rounded edges, turned by `turn` degrees about its vertical axis."""
    bm = bmesh.new()
    bmesh.ops.create_cube(bm, size=1.0)
    bmesh.ops.scale(bm, vec=Vector(size), verts=bm.verts)
    bmesh.ops.bevel(
        bm, geom=bm.edges, offset=edge, segments=4, profile=0.5, affect="EDGES", clamp_overlap=True
    )
    uv = bm.loops.layers.uv.new("UVMap")
    for face in bm.faces:
        axis = max(range(3), key=lambda k: abs(face.normal[k]))
        first, second = [(1, 2), (0, 2), (0, 1)][axis]
        for corner in face.loops:
            corner[uv].uv = (corner.vert.co[first], corner.vert.co[second])
    thing = finish("box", bm)
    thing.location = centre
    thing.rotation_euler = (0, 0, math.radians(turn))
    return thing


def warp(thing: bpy.types.Object, move: Callable[[Vector], Sequence[float]]) -> bpy.types.Object:
    """Move every vertex of a mesh."""
    for vertex in thing.data.vertices:
        vertex.co = move(vertex.co)
    thing.data.set_sharp_from_angle(angle=SMOOTH_ANGLE)
    return thing


def project_uv(thing: bpy.types.Object, first: int = 0, second: int = 2) -> bpy.types.Object:
    """Replace the UVs by two of the object's own axes, as for a flat printed cloth."""
    layer = thing.data.uv_layers[0].data
    for loop in thing.data.loops:
        co = thing.data.vertices[loop.vertex_index].co
        layer[loop.index].uv = (co[first], co[second])
    return thing


def turn(thing: bpy.types.Object, x: float = 0, y: float = 0, z: float = 0) -> bpy.types.Object:
    """Rotate an object by degrees."""
    thing.rotation_euler = (math.radians(x), math.radians(y), math.radians(z))
    return thing


def move(thing: bpy.types.Object, x: float = 0, y: float = 0, z: float = 0) -> bpy.types.Object:
    """Shift an object."""
    thing.location += Vector((x, y, z))
    return thing


def ring(radius: float, thick: float, height: float, tall: float = 0.0) -> bpy.types.Object:
    """Return a horizontal hoop; `tall` stretches its round section upright."""
    section = round_section(thick, tall or thick, 16, 2.5)
    return lathe([(radius + x, height + y) for x, y in [*section, section[0]]], 64)
