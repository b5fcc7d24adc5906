"""Which loss stands wrong labels?

    python benchmarks/noisy_labels.py CATALOG [--wrong 0.2] [--seeds 3] [--steps 1500]

Trains the head of ``indexer train`` (batch normalisation, one layer, category head) on the default
model's features of CATALOG with each loss, once with the catalog's categories and once with a share
of them exchanged, and asks for held-out images with right labels. Long enough to learn wrong
labels by heart. Prints one JSON object: accuracy of the category head, means over the seeds.
"""

import argparse
import json
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import nn

from indexer.holdout import Labels, Mask, hold_out
from indexer.sources import read_catalog
from indexer.training.network import Targets, warm_up_head
from indexer.training.objectives import Objective
from indexer.training.recipe import Recipe
from search.arrays import Floats
from search.catalog.records import ProductRow
from search.embedding import load_embedder
from search.embedding.embedding_network import EmbeddingNetwork

LOSSES = ("softmax", "cosine", "focal", "symmetric")


def main() -> None:
    """Embed once, then train heads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--wrong", type=float, default=0.2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1500)
    arguments = parser.parse_args()
    rows = [row for row in read_catalog(arguments.catalog) if isinstance(row, ProductRow)]
    features = load_embedder().embed([arguments.catalog.parent / row.images[0] for row in rows])
    labels = np.unique([row.category for row in rows], return_inverse=True)[1].astype(np.int64)
    report = {}
    for loss in LOSSES:
        found: dict[str, list[float]] = {"clean": [], "wrong": []}
        for seed in range(arguments.seeds):
            held = hold_out(features, labels, seed=seed)
            for name, share in (("clean", 0.0), ("wrong", arguments.wrong)):
                given = _exchanged(labels, share, seed)
                learned = _learn(features, given, held, Recipe.of({"loss": loss}), arguments.steps)
                found[name].append(float((learned == labels[held]).mean()))
        report[loss] = {name: round(fmean(values), 4) for name, values in found.items()}
    print(json.dumps(report))


def _exchanged(labels: Labels, share: float, seed: int) -> Labels:
    """The labels of a share of the images, exchanged among these."""
    random = np.random.default_rng(seed)
    chosen = np.flatnonzero(random.random(len(labels)) < share)
    changed = labels.copy()
    changed[chosen] = labels[random.permutation(chosen)]
    return changed


def _learn(
    features: Floats,
    labels: Labels,
    held: Mask,
    recipe: Recipe,
    steps: int,
) -> Labels:
    """What the trained head takes the held-out images for."""
    torch.manual_seed(recipe.seed)
    network = EmbeddingNetwork(nn.Identity(), features.shape[1], recipe.dim)
    objective = Objective(recipe, recipe.dim, int(labels.max()) + 1)
    targets = Targets(torch.from_numpy(labels))
    warm_up_head(network, objective, features, targets, recipe, np.flatnonzero(~held), steps=steps)
    with torch.inference_mode():
        vectors = network.eval()(torch.from_numpy(features[held]))
        predicted: Labels = objective.logits(vectors).argmax(1).numpy()
    return predicted


if __name__ == "__main__":
    main()
