"""What an export changes: held-out images as queries, before and after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from indexer.holdout import Labels, Mask, hold_out
from search.arrays import Floats
from search.catalog.records import CatalogImage

_SHARE = 0.2

LabelKind = Literal["product", "category", ""]


@dataclass(frozen=True, slots=True)
class Measured:
    """``images`` were embedded, ``held_out`` of them compared and asked.

    The cosines are between a held-out image's vector in float32 and as exported. Recall@1 is the
    share of held-out images whose nearest among the others has the same label, a ``product`` or a
    ``category``; None where the catalog has no labels to tell.
    """

    images: int
    held_out: int
    labels: LabelKind
    cosine_mean: float
    cosine_worst: float
    recall_before: float | None
    recall_after: float | None

    @property
    def recall_sentence(self) -> str:
        """Recall@1 before and after, in words."""
        if self.recall_before is None or self.recall_after is None:
            return "Recall@1 was not measured: the catalog has no labels with several images"
        return (
            f"Recall@1 by {self.labels}: {self.recall_before:.1%} in float32, "
            f"{self.recall_after:.1%} as exported"
        )


@dataclass(frozen=True, eq=False, slots=True)
class Trial:
    """Images with labels, (n,) each, and which of them are ``held`` out."""

    kind: LabelKind
    labels: Labels
    held: Mask

    @classmethod
    def of(cls, images: Sequence[CatalogImage], features: Floats) -> "Trial":
        """Hold out whole series of photos; any images where there are no labels."""
        kind, labels = _labels(images)
        held = hold_out(features, labels, _SHARE)
        if held.any():
            return cls(kind, labels, held)
        some = np.random.default_rng(0).permutation(len(labels))
        return cls("", labels, some < max(1, round(_SHARE * len(labels))))

    def measure(self, before: Floats, after: Floats) -> Measured:
        """Vectors in float32 and as exported, (n, d) unit rows each."""
        cosines = (before[self.held] * after[self.held]).sum(axis=1)
        return Measured(
            images=len(before),
            held_out=int(self.held.sum()),
            labels=self.kind,
            cosine_mean=round(float(cosines.mean()), 5),
            cosine_worst=round(float(cosines.min()), 5),
            recall_before=self._recall(before),
            recall_after=self._recall(after),
        )

    def _recall(self, vectors: Floats) -> float | None:
        """By an exact search among the images that are not held out."""
        if not self.kind:
            return None
        nearest = (vectors[self.held] @ vectors[~self.held].T).argmax(axis=1)
        right = self.labels[~self.held][nearest] == self.labels[self.held]
        return round(float(right.mean()), 4)


def _labels(images: Sequence[CatalogImage]) -> tuple[LabelKind, Labels]:
    """The product where most images are of products with several, else the category."""
    products = [image.product.product_id for image in images]
    counts = Counter(products)
    if 2 * sum(counts[one] > 1 for one in products) > len(products):
        return "product", _numbers(products)
    return "category", _numbers([image.product.category for image in images])


def _numbers(names: list[str]) -> Labels:
    """The same number for the same name, -1 for none."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] if name else -1 for name in names], np.int64)
