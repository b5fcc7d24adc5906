"""Networks with random weights, by name: what a trained model's own weights go into."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from search.embedding.backbones.torchvision_models import cut_classifier
from search.embedding.torchvision_ops import declare_missing_operators

if TYPE_CHECKING:
    from torch import nn


def build(architecture: str) -> "nn.Module":
    """``LIBRARY:NAME`` → the network that gives features; raises ValueError for another form."""
    library, _, name = architecture.partition(":")
    if library not in _BUILDERS:
        raise ValueError(f"'{architecture}' is no architecture of {', '.join(_BUILDERS)}")
    declare_missing_operators()
    return _BUILDERS[library](name)


def _timm(name: str) -> "nn.Module":
    import timm

    network = timm.create_model(name, pretrained=False)
    network.reset_classifier(0)
    return _as_module(network)


def _torchvision(name: str) -> "nn.Module":
    from torchvision.models import get_model

    network = get_model(name, weights=None)
    cut_classifier(network)
    return _as_module(network)


def _open_clip(name: str) -> "nn.Module":
    import open_clip

    return _as_module(open_clip.create_model(name, load_weights=False).visual)


def _as_module(network: object) -> "nn.Module":
    from torch import nn

    assert isinstance(network, nn.Module)  # noqa: S101 - narrows what libraries without types give
    return network


_BUILDERS: dict[str, Callable[[str], "nn.Module"]] = {
    "timm": _timm,
    "torchvision": _torchvision,
    "open_clip": _open_clip,
}
