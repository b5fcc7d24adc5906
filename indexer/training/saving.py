"""A trained network as a folder that ``--model`` takes anywhere."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from indexer.training.preparing import Prepared
from indexer.training.recipe import Recipe
from search.embedding.backbones.trained_models import CLASSIFIER
from search.embedding.model_files import WEIGHTS
from search.embedding.model_folder import TrainedConfig, write_config


def save_model(folder: Path, ready: Prepared, checkpoint: Path, recipe: Recipe) -> None:
    """Write the weights of a checkpoint, and how to load them."""
    training, base, classes = ready.training, ready.base, ready.examples.classes
    folder.mkdir(parents=True, exist_ok=True)
    kept = torch.load(checkpoint, weights_only=True, map_location="cpu")
    training.load_state_dict(kept["state_dict"])
    weights = training.network.state_dict()
    if classes:
        weights[CLASSIFIER] = training.objective.classifier.weight.detach()
    save_file({name: one.contiguous() for name, one in weights.items()}, folder / WEIGHTS)
    write_config(
        folder,
        TrainedConfig(
            architecture=base.architecture,
            features=base.dim,
            dim=training.network.embedding.out_features,
            preprocessing=ready.finished,
            exact_layers=tuple(sorted(base.exact_layers)),
            flip=recipe.flip,
            classes=classes,
        ),
    )
