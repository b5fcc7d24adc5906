"""What is asked: a picture, a region of one, the picture of an earlier answer, or a product."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from search.answers import Query
from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.colours import read_colours
from search.errors import BadParameter, ProductNotFound
from search.fetching import Fetcher
from search.images import ImageSource
from search.querying.recent import Box, RecentPicture, RecentPictures
from search.querying.snapshot import Snapshot
from search.sources import named, read_bytes


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A query and its (n, d) vectors, one of which an image must be like.

    ``fetched`` is when the picture's bytes were there, in seconds of ``perf_counter``.
    """

    query: Query
    vectors: Floats
    fetched: float


class Queries:
    """Every kind of question becomes vectors here."""

    def __init__(self, catalog: Catalog, fetcher: Fetcher) -> None:
        self._catalog = catalog
        self._fetcher = fetcher
        self._recent = RecentPictures()

    def ask(
        self,
        now: Snapshot,
        source: ImageSource | None,
        product_id: str | None,
        image_id: str | None,
        box: Box | None,
    ) -> Asked:
        """Raises what ``SearchEngine.similar`` raises; exactly one of the three is given."""
        if sum(one is not None for one in (source, product_id, image_id)) != 1:
            raise BadParameter("Give exactly one of a picture, a product_id and an image_id.")
        if product_id is not None:
            if box is not None:
                raise BadParameter("box needs a picture; leave it out with product_id.")
            return self._product(now, product_id)
        again = None if image_id is None else self._recent.get(image_id)
        picture = again or self._given(source)
        fetched = perf_counter()
        vectors = picture.vector(now.embedder, box)
        colours = list(picture.colours(now.embedder, box))
        kept = image_id or self._recent.keep(picture)
        query = Query(kept, picture.size, box or (0, 0, *picture.size), colors=colours)
        return Asked(query, vectors, fetched)

    def _given(self, source: ImageSource | None) -> RecentPicture:
        if isinstance(source, str | Path):
            return RecentPicture(read_bytes(source, self._fetcher), named(source))
        assert source is not None  # noqa: S101 - ``ask`` checks it
        return RecentPicture(source, "the given bytes")

    def _product(self, now: Snapshot, product_id: str) -> Asked:
        fetched = perf_counter()
        images = self._catalog.images_of(product_id)
        vectors = now.vectors.vectors(np.array([one.image_id for one in images], np.int64))
        if not len(vectors):
            raise ProductNotFound(
                f"Product '{product_id}' has no image in version {now.manifest.version}; it is "
                "searchable after the next build."
            )
        size, first = images[0].size, images[0].image_id
        colours = read_colours(self._catalog.engine, [first])[first]
        return Asked(Query(None, size, (0, 0, *size), product_id, colours), vectors, fetched)
