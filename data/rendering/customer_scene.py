"""The customers' homes: surfaces, walls and light of the query pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import bpy
from mathutils import Vector

from .backdrops import FLOORS, SOFT_FLOORS, WALLS, backdrop
from .studio import aim, area_light, new_world, plane

# Azimuths that differ from every catalogue view of the kind by at least ten degrees.
AZIMUTHS: dict[str, tuple[float, ...]] = {
    "mug": (52, -52, 66),
    "teapot": (46, -52, 58),
    "watch": (44, -22, 50),
    "cushion": (36, -18, -22),
    "bag": (44, -26, 52),
    "headphones": (54, -30, 14),
}
USUAL_AZIMUTHS = (58.0, -34.0, 6.0)
BIG = ("chair", "table", "lamp", "cushion")


@dataclass(frozen=True)
class Light:
    """A main source (place, size, power, colour) over an ambient colour and strength."""

    place: tuple[float, float, float]
    size: float
    power: float
    colour: tuple[float, float, float]
    ambient: tuple[float, float, float]
    strength: float


LIGHTS = {
    "window": Light((-3.6, -0.6, 2.6), 2.6, 300, (0.93, 0.97, 1.0), (0.9, 0.95, 1.0), 0.46),
    "warm lamp": Light((2.4, -1.4, 3.0), 0.7, 235, (1.0, 0.76, 0.5), (1.0, 0.85, 0.7), 0.36),
    "harsh": Light((3.0, -2.6, 4.4), 0.12, 350, (1.0, 0.97, 0.9), (0.85, 0.92, 1.0), 0.44),
    "dim": Light((-2.0, -2.4, 3.2), 1.6, 120, (0.86, 0.92, 1.0), (0.75, 0.85, 1.0), 0.3),
    "ceiling": Light((0.4, -0.8, 4.6), 1.6, 270, (1.0, 0.93, 0.82), (1.0, 0.96, 0.9), 0.42),
}


def build_customer_scene(
    scene: bpy.types.Scene, kind: str, points: Sequence[Vector], scale: float, random: Random
) -> None:
    """Put the product into a random home and look at it like a telephone camera."""
    azimuth = random.choice(AZIMUTHS.get(kind, USUAL_AZIMUTHS)) + random.uniform(-4, 4)
    elevation = random.uniform(19, 29)
    _room(kind, azimuth, scale, random)
    _light(scene, azimuth, random)
    camera = aim(
        points,
        azimuth,
        elevation,
        fill=random.uniform(0.66, 0.96),
        lens=random.uniform(38, 52),
        roll=random.uniform(-5, 5),
        shift=(random.uniform(-0.09, 0.09), random.uniform(-0.05, 0.07)),
    )
    _focus(camera, random)


def _room(kind: str, azimuth: float, scale: float, random: Random) -> None:
    """Lay a floor and raise a wall across the line of sight."""
    floor, wall = random.choice(FLOORS if kind in BIG else SOFT_FLOORS), random.choice(WALLS)
    ground = plane((24, 24), (0, 0, 0))
    ground.rotation_euler.z = math.radians(azimuth + random.uniform(-35, 35))
    ground.data.materials.append(backdrop(floor, scale))
    turn = math.radians(azimuth + random.uniform(-14, 14))
    distance = random.uniform(1.35, 2.4)
    screen = plane((30, 16), (-math.sin(turn) * distance, math.cos(turn) * distance, 0))
    screen.rotation_euler = (math.pi / 2, 0, turn)
    screen.data.materials.append(backdrop(wall, scale))


def _light(scene: bpy.types.Scene, azimuth: float, random: Random) -> None:
    """Light the scene; the source keeps its side relative to the camera."""
    light = LIGHTS[random.choice(sorted(LIGHTS))]
    tree = new_world(scene)
    tree.nodes["Background"].inputs["Color"].default_value = (*light.ambient, 1.0)
    tree.nodes["Background"].inputs["Strength"].default_value = light.strength
    place = Vector(light.place)
    place.x *= random.choice((-1, 1))
    turn = math.radians(azimuth)
    c, s = math.cos(turn), math.sin(turn)
    spot = (place.x * c - place.y * s, place.x * s + place.y * c, place.z)
    power = light.power * random.uniform(0.85, 1.15)
    area_light(spot, light.size, power, light.colour)


def _focus(camera: bpy.types.Object, random: Random) -> None:
    """Focus on the product; a wide aperture blurs the wall a little."""
    camera.data.dof.use_dof = True
    camera.data.dof.focus_distance = (camera.location - Vector((0, 0, 0.4))).length - 0.3
    camera.data.dof.aperture_fstop = random.choice((0.9, 1.6, 3.2))
