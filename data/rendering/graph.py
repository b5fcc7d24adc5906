"""A thin layer over Blender's shader nodes so that a material reads like a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import bpy

Value: TypeAlias = bpy.types.NodeSocket | float | Sequence[float]


def linear(code: str) -> tuple[float, float, float, float]:
    """Convert '#rrggbb' to the linear colour that Cycles expects."""
    channels = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return red, green, blue, 1.0


class Graph:
    """The node tree of one new material."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()
        self.output = self.node("ShaderNodeOutputMaterial")
        self.coordinates = self.node("ShaderNodeTexCoord")

    def node(
        self, kind: str, inputs: Mapping[str | int, Value] | None = None, **settings: Any
    ) -> bpy.types.Node:
        """Add a node; socket values are linked, plain values become defaults."""
        node = self.tree.nodes.new(kind)
        for name, setting in settings.items():
            setattr(node, name, setting)
        for key, value in (inputs or {}).items():
            if isinstance(value, bpy.types.NodeSocket):
                self.link(value, node.inputs[key])
            else:
                node.inputs[key].default_value = value
        return node

    def link(self, source: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
        """Connect two sockets."""
        self.tree.links.new(source, target)

    def surface(self, shader: bpy.types.NodeSocket) -> None:
        """Use the shader as the material's surface."""
        self.link(shader, self.output.inputs["Surface"])

    def principled(self, colour: Value, **inputs: Value) -> bpy.types.NodeSocket:
        """Add a Principled BSDF and use it as the surface."""
        sockets: dict[str | int, Value] = {"Base Color": colour}
        sockets.update(inputs.items())
        node = self.node("ShaderNodeBsdfPrincipled", sockets)
        self.surface(node.outputs[0])
        return node.outputs[0]

    def math(self, operation: str, a: Value, b: Value = 0.0) -> bpy.types.NodeSocket:
        """Add a clamped-free arithmetic node."""
        return self.node("ShaderNodeMath", {0: a, 1: b}, operation=operation).outputs[0]

    def scale(self, value: Value, factor: float, offset: float) -> bpy.types.NodeSocket:
        """Return value * factor + offset."""
        return self.math("ADD", self.math("MULTIPLY", value, factor), offset)

    def mix(self, factor: Value, a: Value, b: Value, blend: str = "MIX") -> bpy.types.NodeSocket:
        """Blend two colours."""
        node = self.node("ShaderNodeMix", data_type="RGBA", blend_type=blend, clamp_factor=True)
        # The mix node has one set of sockets per data type; 0, 6 and 7 are the colour ones.
        for index, value in ((0, factor), (6, a), (7, b)):
            if isinstance(value, bpy.types.NodeSocket):
                self.link(value, node.inputs[index])
            else:
                node.inputs[index].default_value = value
        return node.outputs[2]

    def step(self, value: Value, edge: float, softness: float = 0.02) -> bpy.types.NodeSocket:
        """Return 0 below the edge and 1 above it with a short ramp between."""
        inputs: dict[str | int, Value] = {0: value, 1: edge - softness, 2: edge + softness}
        return self.node("ShaderNodeMapRange", inputs).outputs[0]

    def position(self, stretch: Sequence[float] = (1, 1, 1)) -> bpy.types.NodeSocket:
        """Return the object coordinates in cm, scaled per axis."""
        inputs: dict[str | int, Value] = {0: self.coordinates.outputs["Object"], 3: stretch}
        return self.node("ShaderNodeMapping", inputs).outputs[0]

    def uv(self) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
        """Return the two surface coordinates in cm."""
        node = self.node("ShaderNodeSeparateXYZ", {0: self.coordinates.outputs["UV"]})
        return node.outputs[0], node.outputs[1]

    def height(self) -> bpy.types.NodeSocket:
        """Return the height within the object's own bounding box, 0 to 1."""
        node = self.node("ShaderNodeSeparateXYZ", {0: self.coordinates.outputs["Generated"]})
        return node.outputs[2]

    def noise(
        self,
        scale: float,
        detail: float = 2.0,
        stretch: Sequence[float] = (1, 1, 1),
        distortion: float = 0.0,
    ) -> bpy.types.NodeSocket:
        """Return fractal noise, `scale` features per cm."""
        inputs: dict[str | int, Value] = {
            "Vector": self.position(stretch),
            "Scale": scale,
            "Detail": detail,
            "Distortion": distortion,
        }
        return self.node("ShaderNodeTexNoise", inputs).outputs[0]

    def voronoi(self, scale: float) -> bpy.types.NodeSocket:
        """Return the distance to the nearest cell centre, `scale` cells per cm."""
        inputs: dict[str | int, Value] = {"Vector": self.position(), "Scale": scale}
        return self.node("ShaderNodeTexVoronoi", inputs).outputs["Distance"]

    def wave(self, value: Value, period: float) -> bpy.types.NodeSocket:
        """Return a sine between 0 and 1 with the given period."""
        sine = self.math("SINE", self.math("MULTIPLY", value, 6.28318 / period))
        return self.scale(sine, 0.5, 0.5)

    def weave(self, thread: float) -> bpy.types.NodeSocket:
        """Return the height of a plain weave with threads of the given width in cm."""
        u, v = self.uv()
        return self.math("MULTIPLY", self.wave(u, 2 * thread), self.wave(v, 2 * thread))

    def bump(self, height: Value, distance: float) -> bpy.types.NodeSocket:
        """Return a normal disturbed by a height map of the given depth in cm."""
        inputs: dict[str | int, Value] = {"Height": height, "Distance": distance, "Strength": 0.6}
        return self.node("ShaderNodeBump", inputs).outputs[0]
