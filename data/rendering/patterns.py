"""Surface patterns: each returns how much of the second colour shows (0 to 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import bpy

from .graph import Graph
from .specs import Finish

Socket: TypeAlias = bpy.types.NodeSocket


def pattern_factor(graph: Graph, finish: Finish) -> Socket | None:
    """Return the blend factor of the finish's pattern; None for a plain one."""
    if finish.pattern == "plain":
        return None
    return PATTERNS[finish.pattern](graph, finish)


def _stripes(graph: Graph, finish: Finish) -> Socket:
    u, _ = graph.uv()
    return graph.step(graph.wave(u, finish.scale), 0.55, 0.05)


def _bands(graph: Graph, finish: Finish) -> Socket:
    _, _, z = graph.node("ShaderNodeSeparateXYZ", {0: graph.position()}).outputs
    return graph.step(graph.wave(z, finish.scale), 0.6, 0.05)


def _checks(graph: Graph, finish: Finish) -> Socket:
    u, v = graph.uv()
    across = graph.step(graph.wave(u, finish.scale), 0.5, 0.03)
    along = graph.step(graph.wave(v, finish.scale), 0.5, 0.03)
    # Gingham: where both stripes meet the second colour is full, elsewhere half.
    return graph.math("MULTIPLY", graph.math("ADD", across, along), 0.5)


def _dots(graph: Graph, finish: Finish) -> Socket:
    u, v = graph.uv()
    cross = graph.math("MULTIPLY", graph.wave(u, finish.scale), graph.wave(v, finish.scale))
    shifted = graph.math(
        "MULTIPLY",
        graph.wave(graph.math("ADD", u, finish.scale / 2), finish.scale),
        graph.wave(graph.math("ADD", v, finish.scale / 2), finish.scale),
    )
    return graph.step(graph.math("MAXIMUM", cross, shifted), 0.62, 0.03)


def _zigzag(graph: Graph, finish: Finish) -> Socket:
    u, v = graph.uv()
    teeth = graph.node("ShaderNodeMath", {0: u, 1: finish.scale}, operation="PINGPONG").outputs[0]
    return graph.step(graph.wave(graph.math("ADD", v, teeth), finish.scale), 0.5, 0.05)


def _speckle(graph: Graph, finish: Finish) -> Socket:
    fine = graph.step(graph.voronoi(2.6 / finish.scale), 0.2, 0.05)
    coarse = graph.step(graph.voronoi(1.1 / finish.scale), 0.11, 0.03)
    return graph.math("SUBTRACT", 1.0, graph.math("MINIMUM", fine, coarse))


def _gradient(graph: Graph, finish: Finish) -> Socket:
    ragged = graph.scale(graph.noise(0.5, detail=4), 0.25, -0.12)
    return graph.step(graph.math("ADD", graph.height(), ragged), finish.split, 0.28)


def _dipped(graph: Graph, finish: Finish) -> Socket:
    ragged = graph.scale(graph.noise(0.25, detail=1), 0.06, -0.03)
    return graph.step(graph.math("ADD", graph.height(), ragged), finish.split, 0.006)


def _marble(graph: Graph, finish: Finish) -> Socket:
    veins = graph.noise(0.22 / finish.scale, detail=6, distortion=1.6)
    ridge = graph.math("ABSOLUTE", graph.math("SUBTRACT", veins, 0.5))
    return graph.math("SUBTRACT", 0.85, graph.math("MULTIPLY", graph.step(ridge, 0.02, 0.03), 0.85))


PATTERNS: dict[str, Callable[[Graph, Finish], Socket]] = {
    "stripes": _stripes,
    "bands": _bands,
    "checks": _checks,
    "dots": _dots,
    "zigzag": _zigzag,
    "speckle": _speckle,
    "gradient": _gradient,
    "dipped": _dipped,
    "marble": _marble,
}
