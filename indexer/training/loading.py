"""The training pictures and the followed ones, as batches."""

from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from indexer.holdout import Labels
from indexer.training.examples import Examples
from indexer.training.pictures import Draws, PlainPictures, TrainingPictures
from indexer.training.recipe import Recipe
from search.embedding.preprocessing import Preprocessing

_GALLERY = 1_000
"""Images beside the held-out ones that these are looked for among, after each epoch."""

_WORKERS = 1
"""Processes that decode and augment: one keeps up with the training step of two cores."""


def loaders(
    examples: Examples, shown: Preprocessing, recipe: Recipe, epoch: int = 0
) -> tuple[DataLoader[Any], DataLoader[Any] | None]:
    """What is learned from, augmented, from the ``epoch`` on; and what is followed, if anything."""
    free = np.flatnonzero(~examples.held)
    known = examples.labels[free] >= 0
    learning = free if recipe.teacher else free[known]
    pictures = TrainingPictures(examples, shown, recipe)
    loader: DataLoader[Any] = DataLoader(
        pictures,
        recipe.batch,
        sampler=Draws(examples.labels, learning, recipe, epoch),
        drop_last=len(learning) > recipe.batch,
        num_workers=_WORKERS,
        multiprocessing_context="fork",
        persistent_workers=True,
        prefetch_factor=4,
    )
    if not examples.held.any():
        return loader, None
    followed = np.concatenate([np.flatnonzero(examples.held), _gallery(learning, recipe.seed)])
    plain = PlainPictures(examples, shown, followed)
    return loader, DataLoader(
        plain, 2 * recipe.batch, num_workers=_WORKERS, multiprocessing_context="fork"
    )


def _gallery(learning: Labels, seed: int) -> Labels:
    return np.sort(np.random.default_rng(seed).permutation(learning)[:_GALLERY])
