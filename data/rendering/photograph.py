"""Build one product and take its four pictures."""

from __future__ import annotations

import zlib
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from PIL import Image

from .catalog_scene import build_studio, view_angles
from .customer_scene import build_customer_scene
from .model import Model
from .specs import Product
from .studio import aim, new_scene, settle, shoot

QUALITY = 88


def photograph(product: Product, out: Path, threads: int) -> list[Path]:
    """Write the three catalogue views and the customer photo of a product."""
    return [*_catalog_views(product, out, threads), _customer_photo(product, out, threads)]


def _seed(*parts: str) -> int:
    """Derive the same seed from the same names in every process (hash() would not)."""
    return zlib.crc32("/".join(parts).encode()) & 0x7FFFFFFF


def _is_shiny(product: Product) -> bool:
    return product.finishes[0].substance in ("glass", "metal")


def _model(product: Product) -> Model:
    model = Model(product.finishes)
    import_module(f".kinds.{product.kind}", __package__).build(product.shape, model)
    return model


def _catalog_views(product: Product, out: Path, threads: int) -> list[Path]:
    scene = new_scene(threads, _is_shiny(product))
    points, _ = settle(_model(product).parts)
    build_studio(scene)
    targets = []
    for view in "abc":
        seed = _seed(product.product_id, view)
        random = Random(seed)
        scene.cycles.seed = seed
        azimuth, elevation = view_angles(product.kind, view, random)
        aim(points, azimuth, elevation, fill=random.uniform(0.8, 0.85))
        targets.append(out / "images" / f"{product.product_id}-{view}.jpg")
        _shoot(targets[-1])
    return targets


def _customer_photo(product: Product, out: Path, threads: int) -> Path:
    seed = _seed(product.product_id, "query")
    scene = new_scene(threads, _is_shiny(product))
    scene.cycles.seed = seed
    points, scale = settle(_model(product).parts)
    build_customer_scene(scene, product.kind, points, scale, Random(seed))
    target = out / "queries" / f"{product.product_id}.jpg"
    _shoot(target)
    return target


def _shoot(target: Path) -> None:
    """Render and compress; Pillow's optimised JPEG is smaller than Blender's."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        shoot(shot)
        Image.open(shot).convert("RGB").save(target, quality=QUALITY, optimize=True)
