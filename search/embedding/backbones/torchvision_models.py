"""torchvision classifiers: ``torchvision:NAME`` pretrained, or ``torchvision:NAME/CHECKPOINT``."""

import sys
from contextlib import redirect_stdout
from typing import Any

from search.embedding.backbone import Backbone, digest_of
from search.embedding.preprocessing import Preprocessing

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)

# The last layer of each family: what turns features into classes, and is left out.
_CLASSIFIERS = ("fc", "classifier", "heads", "head")


def load(spec: str) -> Backbone:
    """What enters the last linear layer, at 224 px with ImageNet's mean and deviation."""
    import torch
    from torchvision.models import get_model

    name, _, checkpoint = spec.partition(":")[2].partition("/")
    with redirect_stdout(sys.stderr):  # it announces downloads on stdout, where answers go
        network = get_model(name, weights=None if checkpoint else "DEFAULT")
    if checkpoint:
        network.load_state_dict(read_checkpoint(checkpoint))
    dim = cut_classifier(network)
    preprocessing = Preprocessing(224, _IMAGENET_MEAN, _IMAGENET_STD, interpolation="bilinear")
    assert isinstance(network, torch.nn.Module)  # noqa: S101 - narrows Any
    return Backbone(
        spec,
        dim,
        preprocessing,
        digest_of(network),
        lambda: network,
        architecture=f"torchvision:{name}",
    )


def read_checkpoint(path: str) -> dict[str, Any]:
    """The tensors of a local safetensors or torch file; nothing else in it is unpickled."""
    import torch
    from safetensors.torch import load_file

    if path.endswith(".safetensors"):
        return dict(load_file(path))
    return dict(torch.load(path, weights_only=True, map_location="cpu"))


def cut_classifier(network: Any) -> int:
    """Replace the last linear layer by the identity; returns the width of what entered it."""
    from torch import nn

    for name in _CLASSIFIERS:
        part = getattr(network, name, None)
        if isinstance(part, nn.Linear):
            setattr(network, name, nn.Identity())
            return part.in_features
        if isinstance(part, nn.Sequential) and isinstance(part[-1], nn.Linear):
            last = part[-1]
            part[-1] = nn.Identity()
            return last.in_features
    raise ValueError("it has no linear classifier to take the features before")
