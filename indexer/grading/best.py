"""The best products of many questions, while a catalog is read chunk by chunk."""

from dataclasses import dataclass, replace

import numpy as np

from search.arrays import Floats, Ids

DEPTH = 100
"""Products that are looked at; mAP goes as deep."""


@dataclass(frozen=True, eq=False, slots=True)
class Best:
    """(q, k) scores, image ids and product numbers of the best products so far, in no order.

    A product that came twice has the score -inf the second time.
    """

    scores: Floats
    ids: Ids
    products: Ids

    @classmethod
    def none(cls, questions: int) -> "Best":
        """Of so many questions, before anything was looked at."""
        ids = np.empty((questions, 0), np.int64)
        return cls(np.empty((questions, 0), np.float32), ids, ids)

    def joined(self, scores: Floats, ids: Ids, products: Ids) -> "Best":
        """With (q, n) scores of n images of ``products``, of each of which the best counts."""
        order = np.argsort(products, kind="stable")
        starts = np.flatnonzero(np.diff(products[order], prepend=-1))
        if len(starts) < len(order):
            scores = np.maximum.reduceat(scores[:, order], starts, axis=1)
            # Any image of a product stands for it: what is looked up is the product.
            ids, products = ids[order[starts]], products[order[starts]]
        new = self._above_last(scores, ids, products)
        both = Best(
            np.concatenate([self.scores, new.scores], axis=1),
            np.concatenate([self.ids, new.ids], axis=1),
            np.concatenate([self.products, new.products], axis=1),
        )
        return both._once()._first()

    def _above_last(self, scores: Floats, ids: Ids, products: Ids) -> "Best":
        """What of (q, n) scores may be among the best: after a few chunks that is next to nothing.

        Questions with less of it than others have -inf for the rest.
        """
        last = np.full((len(scores), 1), -np.inf, np.float32)
        if self.scores.shape[1] == DEPTH:
            last = self.scores.min(axis=1, keepdims=True)
        rows, columns = np.nonzero(scores > last)
        counts = np.bincount(rows, minlength=len(scores))
        places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        shape = len(scores), int(counts.max(initial=0))
        new = Best(
            np.full(shape, -np.inf, np.float32), np.zeros(shape, np.int64), np.full(shape, -1)
        )
        new.scores[rows, places] = scores[rows, columns]
        new.ids[rows, places] = ids[columns]
        new.products[rows, places] = products[columns]
        return new._first()

    def _once(self) -> "Best":
        order = np.lexsort((-self.scores, self.products), axis=1)
        sorted_ = self._taken(order)
        again = np.diff(sorted_.products, axis=1, prepend=-1) == 0
        return replace(sorted_, scores=np.where(again, np.float32(-np.inf), sorted_.scores))

    def _first(self) -> "Best":
        if self.scores.shape[1] <= DEPTH:
            return self
        return self._taken(np.argpartition(-self.scores, DEPTH - 1, axis=1)[:, :DEPTH])

    def _taken(self, places: Ids) -> "Best":
        return Best(
            np.take_along_axis(self.scores, places, 1),
            np.take_along_axis(self.ids, places, 1),
            np.take_along_axis(self.products, places, 1),
        )
