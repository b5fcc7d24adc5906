"""From the nearest images to the rows of an answer: one for each product, in a stable order."""

from dataclasses import dataclass
from typing import Literal

from search.answers import Result
from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.records import CatalogImage
from search.vectors.ids import IdSet
from search.vectors.live import LiveVectors

Group = Literal["product", "image"]

_DECIMALS = 6
"""Scores that agree so far are equal: the last bits depend on how many are compared at once."""

_IMAGES_PER_ROW = 4
"""How many images are searched at first for each row wanted."""


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """How one query's rows are found.

    ``queries`` is (n, d): an image scores as its best of them. ``allowed`` narrows the gallery.
    ``own`` is the product that was asked for: of rows with equal scores it comes first.
    """

    vectors: LiveVectors
    catalog: Catalog
    queries: Floats
    allowed: IdSet | None = None
    own: str | None = None

    def rows(self, wanted: int, group: Group) -> list[Result]:
        """The first ``wanted`` rows by score, then by id, looking as deep as that needs."""
        depth = _IMAGES_PER_ROW * wanted
        while True:
            scores, is_all = self._scores(depth)
            rows = self._grouped(scores, group)
            is_there = self.own is None or any(row.product_id == self.own for row in rows)
            if is_all or (len(rows) >= wanted and is_there):
                return rows[:wanted]
            depth *= _IMAGES_PER_ROW

    def _scores(self, depth: int) -> tuple[dict[int, float], bool]:
        """Image id → score of the best images, and whether these are all there are.

        Those that tie with the last one are left out: others like them may have been cut off, and
        the order among equals must not depend on where.
        """
        hits = self.vectors.search(self.queries, depth, self.allowed)
        best: dict[int, float] = {}
        for one, score in zip(hits.ids.ravel().tolist(), hits.scores.ravel().tolist(), strict=True):
            best[one] = max(score, best.get(one, -1.0))
        rounded = {one: round(min(score, 1.0), _DECIMALS) for one, score in best.items()}
        if hits.ids.shape[1] < depth:
            return rounded, True
        cut = round(float(hits.scores[:, -1].max()), _DECIMALS)
        return {one: score for one, score in rounded.items() if score > cut}, False

    def _grouped(self, scores: dict[int, float], group: Group) -> list[Result]:
        found = self.catalog.images(list(scores))
        first: dict[tuple[str, object], Result] = {}
        for one in sorted(found, key=lambda one: (-scores[one], one)):
            result = _result(found[one], scores[one])
            # The same bytes twice in a product are one picture.
            same = None if group == "product" else (found[one].sha256 or one)
            first.setdefault((result.product_id, same), result)
        return sorted(first.values(), key=self._order)

    def _order(self, row: Result) -> tuple[float, bool, str, int]:
        return -row.score, row.product_id != self.own, row.product_id, row.image_id


def _result(image: CatalogImage, score: float) -> Result:
    return Result(image.product.product_id, score, image.image_id, image.source, image.product)
