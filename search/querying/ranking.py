"""From the nearest images to the rows of an answer: one for each product, in a stable order."""

from dataclasses import dataclass
from math import ceil
from typing import Literal, NamedTuple

import numpy as np

from search.arrays import Floats
from search.errors import ProductNotFound
from search.querying.records import RevisionRecords
from search.vectors.ids import IdSet
from search.vectors.opening import CurrentVectors

Group = Literal["product", "image"]

_DECIMALS = 6
"""Scores that agree so far are equal: the last bits depend on how many are compared at once."""

_LEAST = 4
"""So many images at least are searched at first for each row wanted."""

_DEEPER = 4
"""How many times as many the next time, where these do not do."""


class Place(NamedTuple):
    """A row before its product is read: a product's best image, or one of its images."""

    product_id: str
    score: float
    image_id: int


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """How one query's rows are found.

    ``queries`` is (n, d): an image scores as its best of them. ``allowed`` narrows the gallery.
    ``own`` is the product that was asked for: of rows with equal scores it comes first.
    ``images_each`` is how many images a product has, about: as many of them may be alike.
    """

    vectors: CurrentVectors
    records: RevisionRecords
    queries: Floats
    allowed: IdSet | None = None
    own: str | None = None
    images_each: float = 1.0

    def rows(self, wanted: int, group: Group) -> list[Place]:
        """The first ``wanted`` rows by score, then by id, looking as deep as that needs.

        An image that the catalog has no more since may be among them, see ``find``.
        """
        depth = ceil(wanted * max(_LEAST, self.images_each))
        while True:
            ids, scores, is_all = self._nearest(depth)
            grouped = self._by_product if group == "product" else self._by_image
            rows = grouped(ids, scores)
            if is_all or (len(rows) >= wanted and self._has_own(rows)):
                return sorted(rows, key=self._order)[:wanted]
            depth *= _DEEPER

    def _nearest(self, depth: int) -> tuple[list[int], list[float], bool]:
        """The ids and the scores of the best images, best first, and whether these are all.

        Those that tie with the last one are left out: others like them may have been cut off, and
        the order among equals must not depend on where.
        """
        hits = self.vectors.search(self.queries, depth, self.allowed)
        scores = np.round(np.clip(hits.scores, -1, 1).astype(np.float64), _DECIMALS)
        ids, is_all = hits.ids, hits.ids.shape[1] < depth
        if not is_all:
            above = scores > round(float(hits.scores[:, -1].max()), _DECIMALS)
            ids, scores = ids[above], scores[above]
        ids, scores = ids.ravel(), scores.ravel()
        order = np.lexsort((ids, -scores))
        ids, scores = ids[order], scores[order]
        if len(self.queries) > 1:  # an image may be near several of them
            first = np.sort(np.unique(ids, return_index=True)[1])
            ids, scores = ids[first], scores[first]
        return ids.tolist(), scores.tolist(), is_all

    def _by_product(self, ids: list[int], scores: list[float]) -> list[Place]:
        names = self.records.names(ids)
        first: dict[str, Place] = {}
        for one, score in zip(ids, scores, strict=True):
            name = names.get(one)
            if name is not None and name[0] not in first:
                first[name[0]] = Place(name[0], score, one)
        return list(first.values())

    def _by_image(self, ids: list[int], scores: list[float]) -> list[Place]:
        """The same bytes twice in a product are one picture."""
        names = self.records.names(ids)
        first: dict[tuple[str, str | int], Place] = {}
        for one, score in zip(ids, scores, strict=True):
            if one in names:
                product, digest = names[one]
                first.setdefault((product, digest or one), Place(product, score, one))
        return list(first.values())

    def _has_own(self, rows: list[Place]) -> bool:
        """Whether the product that was asked for is there, if it can be."""
        if self.own is None or any(row.product_id == self.own for row in rows):
            return True
        try:
            images = self.records.images_of(self.own)
        except ProductNotFound:  # deleted since it was asked for
            return True
        ids = np.array([one.image_id for one in images], np.int64)
        return not (len(ids) if self.allowed is None else self.allowed.contains(ids).any())

    def _order(self, row: Place) -> tuple[float, bool, str, int]:
        return -row.score, row.product_id != self.own, row.product_id, row.image_id
