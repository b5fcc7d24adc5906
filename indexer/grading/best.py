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
        # Any image of a product stands for it: what is looked up is the product.
        named = order[starts]
        highest = np.maximum.reduceat(scores[:, order], starts, axis=1)
        shape = highest.shape
        new = Best(
            highest, np.broadcast_to(ids[named], shape), np.broadcast_to(products[named], shape)
        )._first()
        both = Best(
            np.concatenate([self.scores, new.scores], axis=1),
            np.concatenate([self.ids, new.ids], axis=1),
            np.concatenate([self.products, new.products], axis=1),
        )
        return both._once()._first()

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
