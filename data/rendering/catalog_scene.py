"""The white studio of the catalogue pictures."""

from __future__ import annotations

from random import Random

import bpy

from .graph import Graph
from .studio import area_light, new_world, plane

PAPER = 0.94
AMBIENT = 0.44

# Azimuth, elevation: three-quarter front, other side, from above.
VIEWS = {"a": (28.0, 14.0), "b": (-58.0, 9.0), "c": (-14.0, 38.0)}
KIND_VIEWS = {
    "mug": {"a": (28.0, 14.0), "b": (-26.0, 8.0), "c": (8.0, 38.0)},
    "teapot": {"a": (24.0, 14.0), "b": (-30.0, 8.0), "c": (6.0, 36.0)},
    "watch": {"a": (24.0, 10.0), "b": (-42.0, 14.0), "c": (4.0, 30.0)},
    "cushion": {"a": (16.0, 6.0), "b": (-38.0, 12.0), "c": (6.0, 30.0)},
    "bag": {"a": (24.0, 10.0), "b": (-44.0, 8.0), "c": (-12.0, 30.0)},
    "headphones": {"a": (34.0, 12.0), "b": (-64.0, 10.0), "c": (-6.0, 24.0)},
}


def view_angles(kind: str, view: str, random: Random) -> tuple[float, float]:
    """Return azimuth and elevation of a catalogue view with a little jitter."""
    azimuth, elevation = KIND_VIEWS.get(kind, VIEWS)[view]
    return azimuth + random.uniform(-4, 4), elevation + random.uniform(-2, 2)


def build_studio(scene: bpy.types.Scene) -> None:
    """Set up the seamless white background and three soft boxes."""
    _world(scene)
    _floor()
    area_light((-2.6, -2.2, 3.4), 2.2, 86)
    area_light((3.2, -1.6, 1.8), 2.0, 14)
    area_light((0.6, 2.8, 3.2), 1.8, 40)


def _world(scene: bpy.types.Scene) -> None:
    """White for the eye, softer for diffuse light, banded for reflections.

    A uniformly white room leaves metal and glass without any contrast.
    """
    tree = new_world(scene)
    path = tree.nodes.new("ShaderNodeLightPath")
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(coordinates.outputs["Generated"], split.inputs[0])
    bands = tree.nodes.new("ShaderNodeMapRange")
    for index, value in ((1, -0.4), (2, 0.6), (3, 0.05), (4, 0.9)):
        bands.inputs[index].default_value = value
    tree.links.new(split.outputs[2], bands.inputs[0])
    tree.nodes["Background"].inputs["Color"].default_value = (1, 1, 1, 1)
    strength: bpy.types.NodeSocket | None = None
    for rays, value in (("Is Glossy Ray", bands.outputs[0]), ("Is Camera Ray", PAPER)):
        mix = tree.nodes.new("ShaderNodeMix")
        mix.inputs[2].default_value = AMBIENT
        tree.links.new(path.outputs[rays], mix.inputs[0])
        if strength is not None:
            tree.links.new(strength, mix.inputs[2])
        if isinstance(value, float):
            mix.inputs[3].default_value = value
        else:
            tree.links.new(value, mix.inputs[3])
        strength = mix.outputs[0]
    tree.links.new(strength, tree.nodes["Background"].inputs["Strength"])


def _floor() -> None:
    """White paper that catches the shadow near the product and fades into the backdrop.

    The fade hides the horizon: away from the soft boxes a real floor would turn grey.
    """
    graph = Graph("paper")
    near = graph.node("ShaderNodeBsdfDiffuse", {"Color": (0.93, 0.93, 0.93, 1)})
    far = graph.node("ShaderNodeEmission", {"Strength": PAPER})
    place = graph.coordinates.outputs["Object"]
    distance = graph.node("ShaderNodeVectorMath", {0: place}, operation="LENGTH").outputs[1]
    fade = graph.node("ShaderNodeMapRange", {0: distance, 1: 0.8, 2: 2.2})
    fade.interpolation_type = "SMOOTHSTEP"
    mix = graph.node(
        "ShaderNodeMixShader", {0: fade.outputs[0], 1: near.outputs[0], 2: far.outputs[0]}
    )
    graph.surface(mix.outputs[0])
    plane((60, 60), (0, 0, 0)).data.materials.append(graph.material)
