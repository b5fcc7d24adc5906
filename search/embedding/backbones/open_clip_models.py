"""The image tower of any open_clip model: ``open_clip:MODEL/PRETRAINED-OR-CHECKPOINT``."""

from dataclasses import replace
from typing import Any

from search.embedding.backbone import Backbone, digest_of, width_of
from search.embedding.preprocessing import Preprocessing


def load(spec: str) -> Backbone:
    """``MODEL/PRETRAINED`` as open_clip names them; a path is a local checkpoint."""
    import open_clip

    name, _, pretrained = spec.partition(":")[2].partition("/")
    if not pretrained:
        raise ValueError(f"say which weights, as in open_clip:{name}/laion2b_s34b_b79k")
    model = open_clip.create_model(name, pretrained=pretrained)
    return replace(as_backbone(spec, model.visual), architecture=f"open_clip:{name}")


def as_backbone(spec: str, tower: Any) -> Backbone:
    """Wrap an image tower, prepared as its own configuration says."""
    config = tower.preprocess_cfg
    size = config["size"][0] if isinstance(config["size"], tuple | list) else config["size"]
    preprocessing = Preprocessing(
        size=size,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        fit=config.get("resize_mode", "shortest"),
        interpolation=config.get("interpolation", "bicubic"),
    )
    dim = width_of(tower, size)
    return Backbone(spec, dim, preprocessing, digest_of(tower), lambda: tower)
