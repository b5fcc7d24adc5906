"""How good a trained model is: judged as a folder, by the code that will embed with it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from indexer.evaluating.metrics import Values, nearest
from indexer.holdout import Labels
from indexer.training.examples import Examples
from indexer.training.recipe import Recipe
from search.arrays import Floats, unit_rows
from search.embedding import load_embedder
from search.embedding.backbones.trained_models import CLASSIFIER
from search.embedding.model_files import WEIGHTS


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """On the held-out images: Recall@1 of the model and of its base, and what each is taken for.

    ``predicted`` and ``confidence`` are (n,) of the category head; -1 where there is none.
    """

    recall_at_1: float
    base_recall_at_1: float
    predicted: Labels
    confidence: Values


def judge(folder: Path, examples: Examples, recipe: Recipe) -> Verdict:
    """Embed held-out and other images with the model in ``folder``."""
    held = np.flatnonzero(examples.held)
    free = np.flatnonzero(~examples.held & (examples.labels >= 0))
    embedder = load_embedder(str(folder))
    asked = embedder.embed([examples.paths[one] for one in held])
    gallery = embedder.embed([examples.paths[one] for one in free])
    plain = unit_rows(examples.features)
    predicted, confidence = _classified(folder, asked, recipe)
    wanted, labels = examples.labels[held], examples.labels[free]
    return Verdict(
        recall_at_1=_recall(asked, gallery, wanted, labels),
        base_recall_at_1=_recall(plain[held], plain[free], wanted, labels),
        predicted=predicted,
        confidence=confidence,
    )


def _recall(asked: Floats, gallery: Floats, wanted: Labels, labels: Labels) -> float:
    return round(float(np.mean(labels[nearest(asked, gallery)] == wanted)), 4)


def _classified(folder: Path, vectors: Floats, recipe: Recipe) -> tuple[Labels, Values]:
    """(n, dim) unit vectors → the category head's classes, and its confidence in them."""
    weights = load_file(folder / WEIGHTS).get(CLASSIFIER)
    if weights is None:
        return np.full(len(vectors), -1), np.zeros(len(vectors))
    logits = recipe.scale * vectors @ unit_rows(weights).T
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return logits.argmax(axis=1), shares.max(axis=1).astype(np.float64)
