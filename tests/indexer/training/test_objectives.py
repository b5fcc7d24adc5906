"""What the losses ask of a network."""

import numpy as np
import torch
from torch import nn

from indexer.holdout import Labels
from indexer.training.network import Targets, warm_up_head
from indexer.training.objectives import Objective
from indexer.training.recipe import Recipe
from search.arrays import Floats
from search.embedding.embedding_network import EmbeddingNetwork

CLASSES, EACH, WIDTH = 12, 30, 64


def images(random: np.random.Generator) -> tuple[Floats, Labels]:
    """(n, WIDTH) features about the middle of their class, and the classes."""
    labels = np.repeat(np.arange(CLASSES), 2 * EACH)
    middles = random.normal(size=(CLASSES, WIDTH))
    features = middles[labels] + 1.5 * random.normal(size=(len(labels), WIDTH))
    return features.astype(np.float32), labels


def taught(loss: str, features: Floats, given: Labels, asked: Floats) -> Labels:
    """What a head takes the ``asked`` for, that was trained on as long as to learn all by heart."""
    recipe = Recipe.of({"loss": loss})
    torch.manual_seed(0)
    network = EmbeddingNetwork(nn.Identity(), WIDTH, recipe.dim)
    objective = Objective(recipe, recipe.dim, CLASSES)
    every = np.arange(len(features))
    targets = Targets(torch.from_numpy(given))
    warm_up_head(network, objective, features, targets, recipe, every, steps=400)
    with torch.inference_mode():
        vectors = network.eval()(torch.from_numpy(asked))
        predicted: Labels = objective.logits(vectors).argmax(1).numpy()
    return predicted


def test_a_fifth_of_wrong_labels_harms_the_symmetric_loss_less_than_the_usual_one() -> None:
    random = np.random.default_rng(0)
    features, labels = images(random)
    learned, asked = features[::2], features[1::2]
    given = labels[::2].copy()
    wrong = random.permutation(len(given))[: len(given) // 5]
    given[wrong] = (given[wrong] + random.integers(1, CLASSES, len(wrong))) % CLASSES
    right = {
        loss: float((taught(loss, learned, given, asked) == labels[1::2]).mean())
        for loss in ("cosine", "symmetric")
    }
    assert right["symmetric"] > right["cosine"] + 0.05, right
