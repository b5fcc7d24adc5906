"""Each image judged by the categories of all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.doctoring.out_of_fold import Likeness, out_of_fold
from indexer.doctoring.records import Shown
from search.arrays import Floats, Ids

_FEWEST = 5
"""Images that a category needs, for these to be judged."""

_BESIDE = 3


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """The ``images`` of large enough categories, m of them, with ``vectors`` (m, d).

    ``labels`` (m,) are places in ``names``, and ``like`` is how alike each image and each category
    are, out of fold.
    """

    images: list[Shown]
    vectors: Floats
    names: list[str]
    labels: Ids
    like: Likeness

    @property
    def own(self) -> Floats:
        """(m,) how probable the given category is."""
        return self.like.probable[np.arange(len(self.labels)), self.labels]

    @property
    def likely(self) -> Ids:
        """(m,) the most probable category."""
        return np.asarray(self.like.probable.argmax(axis=1), np.int64)

    def nearest(self, at: int, category: int) -> tuple[Shown, ...]:
        """Images of a category that look most like one."""
        others = np.flatnonzero(self.labels == category)
        others = others[others != at]
        scores = self.vectors[others] @ self.vectors[at]
        best = others[np.argsort(-scores, kind="stable")[:_BESIDE]]
        return tuple(self.images[other] for other in best.tolist())


def judge(images: Sequence[Shown], vectors: Floats) -> Judged | None:
    """Images and their (n, d) unit vectors; None unless there are two categories to tell apart."""
    paths = np.array([image.category for image in images], np.str_)
    _, labels, counts = np.unique(paths, return_inverse=True, return_counts=True)
    places = np.flatnonzero((paths != "") & (counts[labels] >= _FEWEST))
    names, own = np.unique(paths[places], return_inverse=True)
    if len(names) < 2:
        return None
    judged = [images[at] for at in places.tolist()]
    products = np.unique([image.product_id for image in judged], return_inverse=True)[1]
    like = out_of_fold(vectors[places], own, products)
    return Judged(judged, vectors[places], names.tolist(), own, like)
