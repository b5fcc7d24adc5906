"""Networks of ``indexer train``: a trunk with an embedding layer in place of its classifier."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from search.embedding.backbone import Backbone
from search.embedding.model_files import WEIGHTS

if TYPE_CHECKING:
    from torch import nn

    from search.embedding.model_folder import TrainedConfig

CLASSIFIER = "classifier.weight"
"""(classes, dim) float32 in the file of weights: reports and further training want it."""


def load(folder: Path, config: "TrainedConfig") -> Backbone:
    """The network with its own weights; nothing is downloaded."""
    path = folder / WEIGHTS
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Backbone(
        spec=str(folder),
        dim=config.dim,
        preprocessing=config.preprocessing,
        weights=f"{digest} {config.flip}",
        network=lambda: _network(path, config),
        exact_layers=frozenset(config.exact_layers),
    )


def _network(path: Path, config: "TrainedConfig") -> "nn.Module":
    from safetensors.torch import load_file

    from search.embedding.backbones.architectures import build
    from search.embedding.embedding_network import EmbeddingNetwork

    trunk = build(config.architecture)
    network = EmbeddingNetwork(trunk, config.features, config.dim, flip=config.flip)
    weights = load_file(path)
    weights.pop(CLASSIFIER, None)
    network.load_state_dict(weights)
    return network
