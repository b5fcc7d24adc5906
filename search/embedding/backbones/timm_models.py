"""Any timm model: ``timm:NAME`` with its pretrained weights, ``timm:NAME/CHECKPOINT`` without."""

from pathlib import Path
from typing import Any

from search.embedding.backbone import Backbone, digest_of, width_of
from search.embedding.preprocessing import Preprocessing


def load(spec: str) -> Backbone:
    """The pooled features before the classifier, prepared as the model's own configuration says."""
    import timm

    name, _, checkpoint = spec.partition(":")[2].partition("/")
    if checkpoint and not Path(checkpoint).is_file():  # timm would log this and say nothing
        raise FileNotFoundError(f"there is no file {checkpoint}")
    network = timm.create_model(name, pretrained=not checkpoint, checkpoint_path=checkpoint)
    return as_backbone(spec, network)


def as_backbone(spec: str, network: Any) -> Backbone:
    """Wrap a timm model; squashed rather than cropped, because products reach the border."""
    from timm.data import resolve_model_data_config

    network.reset_classifier(0)
    config = resolve_model_data_config(network)
    preprocessing = Preprocessing(
        size=config["input_size"][-1],
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        interpolation="bilinear" if config["interpolation"] == "bilinear" else "bicubic",
    )
    dim = width_of(network, preprocessing.size)
    return Backbone(
        spec,
        dim,
        preprocessing,
        digest_of(network),
        lambda: network,
        architecture=f"timm:{network.pretrained_cfg['architecture']}",
    )
