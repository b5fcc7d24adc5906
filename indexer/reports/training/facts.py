"""A training run as the trainer knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.evaluating.metrics import Values
from search.arrays import Ids
from search.catalog.records import Scalar


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training images; ``val_…`` are of the held-out ones, None without any.

    Accuracies and Recall@1 are shares, 0 to 1; ``learning_rate`` is the last one of the epoch.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    val_recall_at_1: float | None
    learning_rate: float
    seconds: float


@dataclass(frozen=True, eq=False, slots=True)
class TrainingFacts:
    """A run, and what the model says of the held-out images at its end.

    ``true``, ``predicted`` (n,) int64 labels into ``classes``, ``scores`` (n,) the confidence of
    the prediction, 0 to 1, and ``images`` are of the n held-out images; n may be 0.
    ``images_per_second`` is of the whole run, reading and augmentation included,
    ``step_images_per_second`` of the steps alone.
    """

    model: str
    recipe: Mapping[str, Scalar | None]
    epochs: Sequence[Epoch]
    classes: Sequence[str]
    true: Ids
    predicted: Ids
    scores: Values
    images: Sequence[Path]
    images_per_second: float
    step_images_per_second: float
