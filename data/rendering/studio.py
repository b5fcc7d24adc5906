"""The photographer: product scaling, camera framing and Cycles settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import bpy
from mathutils import Euler, Vector

SIDE = 320
SAMPLES = 18
PATIENT_SAMPLES = 36


def new_scene(threads: int, patient: bool) -> bpy.types.Scene:
    """Return an empty scene with the render settings shared by all photographs.

    `patient` spends more time on what stays grainy otherwise: glass and polished metal.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = PATIENT_SAMPLES if patient else SAMPLES
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.03
    scene.cycles.adaptive_min_samples = 6
    scene.cycles.use_light_tree = False
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.denoising_prefilter = "ACCURATE" if patient else "NONE"
    scene.cycles.max_bounces = 14
    scene.cycles.diffuse_bounces = 2
    scene.cycles.glossy_bounces = 8
    scene.cycles.transmission_bounces = 14
    scene.cycles.caustics_reflective = False
    scene.cycles.caustics_refractive = False
    scene.cycles.sample_clamp_indirect = 4.0
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    scene.render.threads_mode = "FIXED"
    scene.render.threads = threads
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"
    return scene


def settle(parts: Sequence[bpy.types.Object]) -> tuple[list[Vector], float]:
    """Scale the product to a bounding radius of 1, centred on the floor.

    Returns its corner points for framing and how many scene units a centimetre has become.
    """
    bpy.context.view_layer.update()
    points = [p.matrix_world @ v.co for p in parts for v in p.data.vertices]
    low = Vector([min(p[k] for p in points) for k in range(3)])
    high = Vector([max(p[k] for p in points) for k in range(3)])
    scale = 2.0 / (high - low).length
    middle = (low + high) / 2
    root = bpy.data.objects.new("product", None)
    bpy.context.collection.objects.link(root)
    for part in parts:
        part.parent = root
    root.scale = (scale, scale, scale)
    _scale_bumps(scale)
    # A hair above the floor: coplanar faces would flicker under glass.
    root.location = (-middle.x * scale, -middle.y * scale, 0.003 - low.z * scale)
    offset = Vector(root.location)
    return [p * scale + offset for p in points], scale


def _scale_bumps(scale: float) -> None:
    """Bump depths are world lengths: shrink them with the product."""
    for material in bpy.data.materials:
        for node in material.node_tree.nodes:
            if node.bl_idname == "ShaderNodeBump":
                node.inputs["Distance"].default_value *= scale


def aim(
    points: Sequence[Vector],
    azimuth: float,
    elevation: float,
    fill: float,
    lens: float = 70.0,
    roll: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> bpy.types.Object:
    """Place a camera so that the product fills the given part of the picture.

    Azimuth 0 looks at the front (from -y); `shift` moves the product in parts of the picture.
    """
    turn, lift = math.radians(azimuth), math.radians(elevation)
    back = Vector(
        (math.sin(turn) * math.cos(lift), -math.cos(turn) * math.cos(lift), math.sin(lift))
    )
    right = Vector((math.cos(turn), math.sin(turn), 0.0))
    up = back.cross(right)
    spread = [(p.dot(right), p.dot(up), p.dot(back)) for p in points]
    x, y = ((min(s[k] for s in spread) + max(s[k] for s in spread)) / 2 for k in range(2))
    half = 18.0 / lens
    far = max(depth + max(abs(a - x), abs(b - y)) / (half * fill) for a, b, depth in spread)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    bpy.context.collection.objects.link(camera)
    camera.data.lens, camera.data.sensor_width = lens, 36.0
    camera.data.shift_x, camera.data.shift_y = shift
    camera.location = right * x + up * y + back * far
    camera.rotation_euler = Euler((math.radians(90) - lift, 0, turn))
    camera.rotation_euler.rotate_axis("Z", math.radians(roll))
    bpy.context.scene.camera = camera
    return camera


def new_world(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """Give the scene a world and return its nodes."""
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    return scene.world.node_tree


def plane(size: Sequence[float], place: Sequence[float]) -> bpy.types.Object:
    """Add a horizontal rectangle."""
    x, y = size[0] / 2, size[1] / 2
    mesh = bpy.data.meshes.new("plane")
    mesh.from_pydata([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [], [(0, 1, 2, 3)])
    thing = bpy.data.objects.new("plane", mesh)
    bpy.context.collection.objects.link(thing)
    thing.location = place
    return thing


def area_light(
    place: Sequence[float],
    size: float,
    power: float,
    colour: Sequence[float] = (1, 1, 1),
    target: Sequence[float] = (0, 0, 0.4),
) -> None:
    """Add a square soft box that looks at the target."""
    light = bpy.data.lights.new("soft box", "AREA")
    light.size, light.energy, light.color = size, power, colour
    holder = bpy.data.objects.new("soft box", light)
    bpy.context.collection.objects.link(holder)
    holder.location = place
    holder.rotation_euler = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y").to_euler()


def shoot(path: Path) -> None:
    """Render the picture into a file."""
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
