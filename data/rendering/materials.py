"""Procedural materials: a substance decides the shading, a pattern the colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import bpy

from .graph import Graph, Value, linear
from .patterns import pattern_factor
from .specs import Finish

Recipe: TypeAlias = Callable[[Graph, Finish, Value], None]


def material(finish: Finish) -> bpy.types.Material:
    """Build the material of a finish."""
    graph = Graph(finish.substance)
    colour: Value = linear(finish.colour)
    factor = pattern_factor(graph, finish)
    if factor is not None:
        colour = graph.mix(factor, colour, linear(finish.second))
    RECIPES[finish.substance](graph, finish, colour)
    return graph.material


def _ceramic(graph: Graph, finish: Finish, colour: Value) -> None:
    rough = 0.45 if finish.matte else 0.12
    wobble = graph.noise(0.35, detail=2)
    graph.principled(
        colour,
        Roughness=rough,
        Normal=graph.bump(wobble, 0.05),
        **{"Coat Weight": 0.0 if finish.matte else 0.4, "Coat Roughness": 0.05},
    )


def _glass(graph: Graph, finish: Finish, colour: Value) -> None:
    # Thin walls hardly bend light; a low index keeps the picture free of noise, and the coat
    # gives the reflections back.
    # Light crosses four surfaces of a hollow vessel and is tinted at each.
    colour = graph.node("ShaderNodeGamma", {"Color": colour, "Gamma": 0.38}).outputs[0]
    shader = graph.principled(
        colour,
        Roughness=0.0,
        IOR=1.1,
        **{"Transmission Weight": 1.0, "Coat Weight": 1.0, "Coat IOR": 1.45, "Coat Roughness": 0.0},
    )
    # Without caustics glass throws a black shadow: let shadow rays through, tinted.
    clear = graph.node("ShaderNodeBsdfTransparent", {"Color": colour})
    path = graph.node("ShaderNodeLightPath")
    mix = graph.node("ShaderNodeMixShader", {0: path.outputs["Is Shadow Ray"]})
    graph.link(shader, mix.inputs[1])
    graph.link(clear.outputs[0], mix.inputs[2])
    graph.surface(mix.outputs[0])


def _metal(graph: Graph, finish: Finish, colour: Value) -> None:
    rough = graph.scale(graph.noise(0.4, detail=2), 0.08, 0.32 if finish.matte else 0.16)
    graph.principled(colour, Metallic=1.0, Roughness=rough)


def _enamel(graph: Graph, finish: Finish, colour: Value) -> None:
    graph.principled(colour, Roughness=0.5 if finish.matte else 0.22, **{"Coat Weight": 0.2})


def _plastic(graph: Graph, finish: Finish, colour: Value) -> None:
    graph.principled(colour, Roughness=0.5 if finish.matte else 0.2)


def _wood(graph: Graph, finish: Finish, colour: Value) -> None:
    stretch = {"x": (0.06, 1, 1), "y": (1, 0.06, 1), "z": (1, 1, 0.06)}[finish.grain]
    coarse = graph.noise(0.9 / finish.scale, detail=4, stretch=stretch, distortion=0.8)
    fine = graph.noise(7.0 / finish.scale, detail=3, stretch=stretch)
    rings = graph.math("FRACT", graph.math("MULTIPLY", coarse, 6.0))
    tone = graph.math("ADD", graph.scale(rings, 0.3, 0.0), graph.scale(fine, 0.55, 0.0))
    dark = graph.mix(1.0, colour, (0.42, 0.33, 0.27, 1.0), blend="MULTIPLY")
    grained = graph.mix(tone, colour, dark)
    graph.principled(grained, Roughness=0.42, Normal=graph.bump(fine, 0.06))


def _leather(graph: Graph, finish: Finish, colour: Value) -> None:
    pores = graph.voronoi(6.0 / finish.scale)
    worn = graph.noise(0.25, detail=3)
    shaded = graph.mix(graph.scale(worn, 0.35, -0.05), colour, (0.02, 0.01, 0.01, 1.0))
    graph.principled(
        shaded,
        Roughness=0.55 if finish.matte else 0.35,
        Normal=graph.bump(pores, 0.06 * finish.scale),
    )


def _fabric(graph: Graph, finish: Finish, colour: Value) -> None:
    threads = graph.weave(finish.thread)
    fuzz = graph.noise(8.0 / finish.thread, detail=2)
    height = graph.math("ADD", threads, graph.scale(fuzz, 0.6, 0.0))
    dark = graph.mix(1.0, colour, (0.55, 0.55, 0.55, 1.0), blend="MULTIPLY")
    shaded = graph.mix(graph.scale(height, -0.3, 0.45), colour, dark)
    graph.principled(
        shaded,
        Roughness=0.9,
        Normal=graph.bump(height, 0.25 * finish.thread),
        **{"Sheen Weight": 0.15, "Specular IOR Level": 0.15},
    )


def _straw(graph: Graph, finish: Finish, colour: Value) -> None:
    plait = graph.weave(finish.thread)
    dark = graph.mix(1.0, colour, (0.45, 0.36, 0.26, 1.0), blend="MULTIPLY")
    shaded = graph.mix(plait, dark, colour)
    graph.principled(shaded, Roughness=0.6, Normal=graph.bump(plait, 0.5 * finish.thread))


def _shade(graph: Graph, finish: Finish, colour: Value) -> None:
    threads = graph.weave(0.25)
    graph.principled(
        colour,
        Roughness=0.9,
        Normal=graph.bump(threads, 0.05),
        **{"Emission Color": colour, "Emission Strength": 0.14},
    )


def _glow(graph: Graph, finish: Finish, colour: Value) -> None:
    graph.principled(colour, **{"Emission Color": colour, "Emission Strength": 4.0})


RECIPES: dict[str, Recipe] = {
    "ceramic": _ceramic,
    "glass": _glass,
    "metal": _metal,
    "enamel": _enamel,
    "plastic": _plastic,
    "wood": _wood,
    "leather": _leather,
    "fabric": _fabric,
    "straw": _straw,
    "shade": _shade,
    "glow": _glow,
}
