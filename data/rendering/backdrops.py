"""Procedural surfaces of the customers' homes, at true scale beside the product."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from .graph import Graph, Value, linear

Paint = Callable[[Graph, float], None]

SOFT_FLOORS = (
    "oak table",
    "walnut table",
    "white table",
    "linen",
    "checked cloth",
    "concrete",
    "marble",
    "grass",
)
FLOORS = ("oak floor", "walnut floor", "concrete", "rug", "tiles", "grass")
WALLS = ("white wall", "sage wall", "blue wall", "ochre wall", "tiled wall", "brick", "panelling")


def backdrop(name: str, scale: float) -> bpy.types.Material:
    """Build a surface; `scale` is the number of scene units in a centimetre."""
    graph = Graph(name)
    SURFACES[name](graph, scale)
    return graph.material


def _noise(
    graph: Graph, scale: float, size: float, stretch: float = 1.0, detail: float = 4.0
) -> bpy.types.NodeSocket:
    """Return noise with features of `size` cm, drawn out along x."""
    return graph.noise(1 / (size * scale), detail, (1 / stretch, 1, 1))


def _planks(light: str, dark: str, width: float) -> Paint:
    def paint(graph: Graph, scale: float) -> None:
        boards = graph.node(
            "ShaderNodeTexBrick",
            {
                "Vector": graph.position(),
                "Color1": linear(light),
                "Color2": graph.mix(0.35, linear(light), linear(dark)),
                "Mortar": linear(dark),
                "Scale": 1 / (width * scale),
                "Mortar Size": 0.012,
                "Brick Width": 7.0,
                "Row Height": 1.0,
            },
        )
        grain = _noise(graph, scale, width * 0.09, stretch=14)
        tone = graph.scale(grain, 1.3, -0.35)
        colour = graph.mix(tone, boards.outputs["Color"], linear(dark))
        graph.principled(colour, Roughness=0.42, Normal=graph.bump(grain, 0.02 * scale))

    return paint


def _blocks(face: str, joint: str, width: float, height: float, gloss: float) -> Paint:
    def paint(graph: Graph, scale: float) -> None:
        blocks = graph.node(
            "ShaderNodeTexBrick",
            {
                "Vector": graph.position(),
                "Color1": linear(face),
                "Color2": graph.mix(0.16, linear(face), (0.02, 0.02, 0.02, 1)),
                "Mortar": linear(joint),
                "Scale": 1 / (height * scale),
                "Mortar Size": 0.03,
                "Mortar Smooth": 0.2,
                "Brick Width": width / height,
                "Row Height": 1.0,
            },
            offset=0.0 if width == height else 0.5,
        )
        depth = graph.scale(blocks.outputs["Fac"], -1.0, 1.0)
        normal = graph.bump(depth, 0.2 * scale)
        stain = graph.scale(_noise(graph, scale, height), 0.3, -0.05)
        colour = graph.mix(stain, blocks.outputs["Color"], linear(joint))
        graph.principled(colour, Roughness=gloss, Normal=normal)

    return paint


def _mottled(first: str, second: str, size: float, rough: float, relief: float = 0.0) -> Paint:
    def paint(graph: Graph, scale: float) -> None:
        cloud = _noise(graph, scale, size, detail=6)
        colour = graph.mix(graph.scale(cloud, 1.6, -0.3), linear(first), linear(second))
        fine = _noise(graph, scale, size * 0.1)
        graph.principled(colour, Roughness=rough, Normal=graph.bump(fine, relief * scale))

    return paint


def _cloth(first: str, second: str, check: float, thread: float) -> Paint:
    def paint(graph: Graph, scale: float) -> None:
        x, y, _ = graph.node("ShaderNodeSeparateXYZ", {0: graph.position()}).outputs
        bars = [graph.step(graph.wave(axis, check * scale), 0.5, 0.04) for axis in (x, y)]
        both = graph.math("MULTIPLY", graph.math("ADD", bars[0], bars[1]), 0.5)
        threads = [graph.wave(axis, thread * scale) for axis in (x, y)]
        weave = graph.math("MULTIPLY", threads[0], threads[1])
        base = graph.mix(both, linear(first), linear(second))
        colour = graph.mix(graph.scale(weave, -0.25, 0.25), base, (0.1, 0.08, 0.06, 1))
        fold = graph.math("ADD", weave, graph.scale(_noise(graph, scale, 9), 5.0, 0.0))
        graph.principled(colour, Roughness=0.95, Normal=graph.bump(fold, 0.12 * scale))

    return paint


def _grass(graph: Graph, scale: float) -> None:
    blades = _noise(graph, scale, 0.7, stretch=3.5, detail=5)
    across = graph.noise(1 / (0.6 * scale), 5, (1, 0.3, 1))
    mixed = graph.math("MAXIMUM", blades, across)
    patches = _noise(graph, scale, 14)
    green = graph.mix(patches, linear("#3f6a22"), linear("#7d9a3c"))
    tone: Value = graph.scale(mixed, 4.0, -1.75)
    colour = graph.mix(tone, linear("#1c3410"), green)
    graph.principled(colour, Roughness=0.9, Normal=graph.bump(mixed, 0.8 * scale))


def _marble(graph: Graph, scale: float) -> None:
    veins = graph.noise(1 / (14 * scale), 7, distortion=1.4)
    ridge = graph.math("ABSOLUTE", graph.math("SUBTRACT", veins, 0.5))
    colour = graph.mix(graph.step(ridge, 0.03, 0.03), linear("#8f9297"), linear("#e4e2de"))
    graph.principled(colour, Roughness=0.18)


SURFACES: dict[str, Paint] = {
    "oak table": _planks("#c4925c", "#8d5f36", 14),
    "walnut table": _planks("#7a4b2c", "#43271a", 12),
    "white table": _mottled("#dcdad5", "#cfccc6", 20, 0.35),
    "oak floor": _planks("#c29762", "#8a6039", 13),
    "walnut floor": _planks("#71452b", "#3d2418", 11),
    "linen": _cloth("#b9ab93", "#b3a58c", 30, 0.35),
    "checked cloth": _cloth("#e6e0d4", "#a8413c", 4.4, 0.3),
    "rug": _cloth("#8d98a4", "#5f6c7d", 16, 1.1),
    "concrete": _mottled("#a3a19c", "#7d7c79", 9, 0.8, 0.15),
    "marble": _marble,
    "grass": _grass,
    "tiles": _blocks("#b9b4a8", "#6d6962", 20, 20, 0.3),
    "white wall": _mottled("#d8d5cf", "#cbc8c1", 40, 0.9),
    "sage wall": _mottled("#93a08b", "#86947f", 40, 0.9),
    "blue wall": _mottled("#5f7d99", "#54718c", 40, 0.9),
    "ochre wall": _mottled("#c9a063", "#bf9558", 40, 0.9),
    "tiled wall": _blocks("#dfe3e1", "#9b9d9a", 15, 7.5, 0.15),
    "brick": _blocks("#9c5540", "#b8aca0", 21, 7, 0.9),
    "panelling": _planks("#8fa0a6", "#5d6e75", 11),
}
