"""From a question and one of its results to the reasons."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from search.arrays import Floats
from search.catalog.records import CatalogImage, Product, Scalar
from search.errors import ProductNotFound
from search.explaining import Explanation, NextResult, Shared
from search.explaining.comparing import (
    common_path,
    common_values,
    compare_colours,
    differences,
    facts_of,
)
from search.explaining.overlay import drawn
from search.explaining.sides import Side, catalog_side
from search.fetching.fetcher import Fetcher
from search.querying.answering import predicted
from search.querying.finding import find_for, ranked
from search.querying.queries import Asked
from search.querying.ranking import Place
from search.querying.records import RevisionRecords
from search.querying.snapshot import Snapshot
from search.uploads import ImagePlaces
from search.vectors.ids import IdSet

_DEEP = 200
"""Rows among which the result is looked for, to say which one follows it."""


@dataclass(frozen=True, eq=False, slots=True)
class Explained(Explanation):
    """An explanation, with the two ``sides`` that its heat maps are of."""

    sides: tuple[Side, Side]

    def overlay(self, side: Literal["query", "result"]) -> bytes:
        """A PNG of a picture with its heat map over it, 640 pixels wide or high at most.

        Raises ImageNotFound where the picture cannot be read any more.
        """
        at = 0 if side == "query" else 1
        return drawn(self.sides[at], (self.query, self.result)[at])


@dataclass(frozen=True, eq=False, slots=True)
class Explainer:
    """What one state of the index has to say; pictures of the catalog are read again."""

    now: Snapshot
    records: RevisionRecords
    places: ImagePlaces
    fetcher: Fetcher

    def explain(
        self, asked: Asked, picture: Side | None, product_id: str, allowed: IdSet | None
    ) -> Explained:
        """Why a product is like the query, whose ``picture`` is None for a query by product.

        ``allowed`` narrows what may follow it. Raises ProductNotFound.
        """
        rows = ranked(self.now, self.records, asked, allowed).rows(_DEEP, "product")
        shown = (one for one in rows if one.product_id == product_id)
        place = next(shown, None) or self._place(asked, product_id)
        image = self._image(place.image_id)
        result = self._side(image)
        query = picture or self._nearest(asked, result)
        score, embedder = place.score, self.now.embedder
        maps = query.map(embedder, result.vector, score), result.map(embedder, query.vector, score)
        methods = [method for _, method in maps if method != "none"]
        return Explained(
            score,
            methods[0] if methods else "none",
            maps[0][0],
            maps[1][0],
            self._shared(asked, image.product),
            compare_colours(query.colours, image.colours),
            self._next(rows, place, image.product),
            (query, result),
        )

    def _place(self, asked: Asked, product_id: str) -> Place:
        """The best image of a product that the first rows do not show, and its score."""
        own = np.array([one.image_id for one in self.records.images_of(product_id)], np.int64)
        rows = ranked(self.now, self.records, asked, IdSet(own)).rows(1, "product")
        if not rows or rows[0].product_id != product_id:
            raise ProductNotFound(
                f"Product '{product_id}' has no image in version {self.now.manifest.version}, so "
                "it is no result; name one that an answer shows."
            )
        return rows[0]

    def _nearest(self, asked: Asked, result: Side) -> Side:
        """Of the images of the product that was asked for the one most like the result."""
        images = self.records.images_of(asked.query.product_id or "")
        sides = [self._side(one) for one in images if len(self._vectors(one.image_id))]
        return max(sides, key=lambda side: float(side.vector @ result.vector))

    def _side(self, image: CatalogImage) -> Side:
        at_least = self.now.embedder.backbone.preprocessing.decode_at_least
        vector = self._vectors(image.image_id)[0]
        return catalog_side(image, vector, self.places, self.fetcher, at_least)

    def _vectors(self, image_id: int) -> Floats:
        return self.now.vectors.vectors(np.array([image_id], np.int64))

    def _image(self, image_id: int) -> CatalogImage:
        return self.records.images([image_id])[image_id]

    def _shared(self, asked: Asked, result: Product) -> Shared:
        category, values = self._facts(asked)
        return Shared(
            common_path(category, result.category), common_values(facts_of(result), values)
        )

    def _facts(self, asked: Asked) -> tuple[str, dict[str, Scalar]]:
        """A product's own category and values, or what is predicted of a picture."""
        if asked.query.product_id is not None:
            own = self.records.images_of(asked.query.product_id)[0].product
            return own.category, facts_of(own)
        found = find_for(self.now, self.records, asked, None, slice(0), "product")
        shown = predicted(self.now, asked, found)
        category = shown.category.levels[-1].path if shown.category.levels else ""
        return category, {
            name: likely[0].value for name, likely in shown.attributes.items() if likely
        }

    def _next(self, rows: list[Place], place: Place, product: Product) -> NextResult | None:
        """None for the last one, and for one so deep that nobody looks there."""
        own = [at for at, one in enumerate(rows) if one.product_id == place.product_id]
        following = rows[own[0] + 1] if own and own[0] + 1 < len(rows) else None
        other = following and self.records.images([following.image_id]).get(following.image_id)
        if following is None or other is None:
            return None
        margin = round(place.score - following.score, 6)
        differs = differences(product, other.product)
        return NextResult(following.product_id, following.score, margin, differs)
