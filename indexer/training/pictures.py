"""Training pictures: decoded, augmented and normalised, each by its own seed.

What an image looks like depends on the recipe's seed, the epoch and the image alone, not on who
loads it or when: an interrupted run goes on with the pictures that it would have had.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from indexer.holdout import Labels
from indexer.training.examples import Examples
from indexer.training.recipe import Recipe
from search.embedding.preprocessing import Preprocessing
from search.embedding.torchvision_ops import declare_missing_operators
from search.images import load

_PER_CLASS = 4
"""Images of each drawn class in a batch, with ``balance="products"``."""


class Draw(NamedTuple):
    """An image to show, and the seed of how."""

    image: int
    seed: int


class Draws(Sampler[Draw]):
    """Each epoch's images, in the order of its seed; ``epoch`` is the first one, from 0."""

    def __init__(self, labels: Labels, indices: Labels, recipe: Recipe, epoch: int) -> None:
        self._labels = labels
        self._indices = indices
        self._recipe = recipe
        self._epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before each epoch, but after the first one's images are drawn."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._indices)

    def __iter__(self) -> Iterator[Draw]:
        random = np.random.default_rng((self._recipe.seed, self._epoch))
        order = self._order(random)
        seeds = random.integers(0, 2**31, len(order))
        return (Draw(int(one), int(seed)) for one, seed in zip(order, seeds, strict=True))

    def _order(self, random: np.random.Generator) -> Labels:
        own = self._labels[self._indices]
        if self._recipe.balance == "classes":
            weights = 1 / np.sqrt(np.bincount(own, minlength=own.max() + 1)[own])
            return random.choice(self._indices, len(self), p=weights / weights.sum())
        if self._recipe.balance == "products":
            return self._grouped(own, random)
        return random.permutation(self._indices)

    def _grouped(self, own: Labels, random: np.random.Generator) -> Labels:
        """Groups of four images of one class; classes with fewer repeat theirs."""
        members = {label: self._indices[own == label] for label in np.unique(own)}
        drawn = random.choice(own, -(-len(self) // _PER_CLASS))
        groups = [
            random.choice(members[label], _PER_CLASS, replace=len(members[label]) < _PER_CLASS)
            for label in drawn
        ]
        return np.concatenate(groups)[: len(self)]


class TrainingPictures(Dataset[tuple[Tensor, int, int]]):
    """``Draw`` → (3, size, size) float32 normalised, the image's index, the seed."""

    def __init__(self, examples: Examples, preprocessing: Preprocessing, recipe: Recipe) -> None:
        self._paths = examples.paths
        self._preprocessing = preprocessing
        self._augment = augmentation(preprocessing, recipe)

    def __getitem__(self, draw: Draw) -> tuple[Tensor, int, int]:
        at_least = self._preprocessing.decode_at_least
        picture = load(self._paths[draw.image], at_least=at_least)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(draw.seed)
            return self._augment(as_tensor(picture.pixels)), draw.image, draw.seed


class PlainPictures(Dataset[tuple[Tensor, int]]):
    """Index → (3, size, size) float32 as a query's picture is prepared, and the index."""

    def __init__(self, examples: Examples, preprocessing: Preprocessing, indices: Labels) -> None:
        self._paths = examples.paths
        self._preprocessing = preprocessing
        self._indices = indices
        self._normalize = normalization(preprocessing)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, at: int) -> tuple[Tensor, int]:
        index = int(self._indices[at])
        prepared = self._preprocessing.apply(
            load(self._paths[index], at_least=self._preprocessing.decode_at_least)
        )
        return self._normalize(torch.from_numpy(prepared.copy()).permute(2, 0, 1)), index


def as_tensor(picture: Image.Image) -> Tensor:
    """RGB → (3, height, width) uint8, channels last in memory, which resizing is quick on."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def augmentation(preprocessing: Preprocessing, recipe: Recipe) -> Callable[[Tensor], Tensor]:
    """(3, height, width) uint8 → (3, size, size) float32, differently each time."""
    declare_missing_operators()
    from torchvision.transforms import v2

    bilinear = v2.InterpolationMode.BILINEAR
    size = preprocessing.size
    steps: list[Callable[[Tensor], Tensor]] = [
        v2.RandomResizedCrop(size, scale=(recipe.crop, 1), antialias=True),
        v2.RandomHorizontalFlip(),
    ]
    if recipe.randaugment:
        steps.append(v2.RandAugment(2, recipe.randaugment))
    else:
        if recipe.rotate:
            turn = v2.RandomRotation(recipe.rotate, interpolation=bilinear, fill=128)
            steps.append(v2.RandomApply([turn], 0.5))
        if recipe.colour:  # without hue, which costs as much as all the rest
            steps.append(v2.ColorJitter(recipe.colour, recipe.colour, recipe.colour))
    steps.append(normalization(preprocessing))
    if recipe.erase:
        steps.append(v2.RandomErasing(recipe.erase, scale=(0.02, 0.25), value="random"))
    composed: Callable[[Tensor], Tensor] = v2.Compose(steps)
    return composed


def normalization(preprocessing: Preprocessing) -> Callable[[Tensor], Tensor]:
    """uint8 → float32 with the model's mean and deviation."""
    declare_missing_operators()
    from torchvision.transforms import v2

    normalize: Callable[[Tensor], Tensor] = v2.Compose(
        [
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(list(preprocessing.mean), list(preprocessing.std)),
        ]
    )
    return normalize
