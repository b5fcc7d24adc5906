"""Which images a head is fitted on, and which ones then judge it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from indexer.evaluating.metrics import Values, nearest
from indexer.holdout import hold_out
from indexer.tuning.labels import Labelled, Labels, Mask
from search.embedding.head import Head

_SHARE = 0.2
_MOST_SHARE = 0.25
"""Where products have two images each, half of all would be held out: whole classes are spared."""

_MOST_JUDGED = 2_000
_LEAST_JUDGED = 30
"""With fewer, chance decides."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images to ``learn`` from, which are also searched, and ``held`` ones that ask."""

    learn: Labelled
    held: Labelled

    def hits(self, head: Head) -> Values:
        """(held,) 1.0 where the nearest image is right, else 0.0; the mean is Recall@1.

        Right is one of the same product where that has others among those searched, otherwise one
        of the same category.
        """
        found = nearest(head.apply(self.held.features), head.apply(self.learn.features))
        same_product = self.learn.products[found] == self.held.products
        same_category = self.learn.leaves[found] == self.held.leaves
        hits = np.where(self._by_product, same_product, same_category)
        return np.asarray(hits, np.float64)

    def recall(self, head: Head) -> float:
        """The mean of ``hits``."""
        return float(self.hits(head).mean())

    @cached_property
    def _by_product(self) -> Mask:
        return (self.held.products >= 0) & np.isin(self.held.products, self.learn.products)


def held_out(labelled: Labelled, seed: int = 0) -> Mask:
    """(n,) True for whole series of about a fifth of the images that have a class.

    A product's first image is never held out: it is the picture that the shop shows.
    """
    held = hold_out(labelled.features, labelled.classes, _SHARE, seed) & ~labelled.faces
    return _thinned(held, labelled.classes, np.random.default_rng(seed))


def split(labelled: Labelled, seed: int = 0) -> Split | None:
    """Hold out a fifth; None when too few can be, or there is one class."""
    classes = labelled.classes
    if len(np.unique(classes[classes >= 0])) < 2:
        return None
    held = held_out(labelled, seed)
    asking = np.random.default_rng(seed).permutation(np.flatnonzero(held))[:_MOST_JUDGED]
    if len(asking) < _LEAST_JUDGED:
        return None
    return Split(labelled.only(~held), labelled.only(np.isin(np.arange(len(held)), asking)))


def _thinned(held: Mask, classes: Labels, random: np.random.Generator) -> Mask:
    """Hold out none of some classes, when too many images would be."""
    counts = np.bincount(classes[held], minlength=int(classes.max()) + 1)
    order = random.permutation(len(counts))
    spared = order[np.cumsum(counts[order]) > _MOST_SHARE * len(held)]
    return held & ~np.isin(classes, spared)
