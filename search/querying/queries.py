"""What is asked: a picture, a region of one, the picture of an earlier answer, or a product."""

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from search.answers import Query
from search.arrays import Floats
from search.errors import BadParameter, ProductNotFound, QueryForgotten
from search.explaining.sides import SHOWN, Side
from search.fetching.fetcher import Fetcher
from search.images import ImageSource, Picture
from search.peers import Peers
from search.querying.recent import RecentPicture, RecentPictures
from search.querying.records import RevisionRecords
from search.querying.snapshot import Snapshot
from search.regions import Box
from search.sources import named, read_bytes
from search.waiting import PATIENT, Waiter


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A query and its (n, d) vectors, one of which an image must be like.

    ``features`` is (1, dim), what a picture's vector was made of; None for a product.
    ``fetched`` is when the picture's bytes were there, in seconds of ``perf_counter``.
    """

    query: Query
    vectors: Floats
    fetched: float
    features: Floats | None = None


class Queries:
    """Every kind of question becomes vectors here."""

    def __init__(self, fetcher: Fetcher, peers: Peers | None = None) -> None:
        self._fetcher = fetcher
        self._recent = RecentPictures(peers=peers)

    def ask(
        self,
        now: Snapshot,
        records: RevisionRecords,
        source: ImageSource | None,
        product_id: str | None,
        image_id: str | None,
        box: Box | None,
        features: Floats | None = None,
        waiter: Waiter = PATIENT,
        *,
        detect: bool = False,
    ) -> Asked:
        """Raises what ``SearchEngine.similar`` raises; exactly one of the four is given."""
        if sum(one is not None for one in (source, product_id, image_id, features)) != 1:
            raise BadParameter(
                "Give exactly one of a picture, a product_id, an image_id and features."
            )
        if box is not None and (product_id is not None or features is not None):
            raise BadParameter("box needs a picture; leave it out with product_id or features.")
        if product_id is not None:
            waiter.begin("hydrate")
            return _product(now, records, product_id)
        if features is not None:
            return _known(now, features)
        picture = self._given(source, waiter) if image_id is None else self._again(image_id, waiter)
        return self._look(now, picture, image_id, box, waiter, detect=detect)

    def _look(
        self,
        now: Snapshot,
        picture: RecentPicture,
        image_id: str | None,
        box: Box | None,
        waiter: Waiter,
        *,
        detect: bool = False,
    ) -> Asked:
        fetched = perf_counter()
        seen = picture.look(now.embedder, box, waiter, detect=detect)
        query = Query(
            image_id or self._recent.keep(picture),
            picture.size,
            box or (0, 0, *picture.size),
            colors=list(seen.colours),
            objects=list(seen.objects or ()),
        )
        return Asked(query, now.embedder.head.apply(seen.features), fetched, seen.features)

    def part(self, now: Snapshot, whole: Asked, box: Box, waiter: Waiter) -> Asked:
        """A region of the picture that was asked; its objects stay those of the whole."""
        image_id = whole.query.image_id
        assert image_id is not None  # noqa: S101 - only pictures have objects
        part = self._look(now, self._recent.get(image_id), image_id, box, waiter)
        query = replace(part.query, objects=whole.query.objects)
        return replace(part, query=query, fetched=whole.fetched)

    def side(self, now: Snapshot, asked: Asked) -> Side | None:
        """The picture that was asked, to be explained; None for a query by product."""
        query = asked.query
        if query.image_id is None:
            return None
        picture = self._recent.get(query.image_id)
        preprocessing = now.embedder.backbone.preprocessing

        def read(*, whole: bool = False) -> Picture:
            return picture.decoded(SHOWN) if whole else picture.region(preprocessing, query.box)

        return Side(query.image_id, query.box, query.size, asked.vectors[0], query.colors, read)

    def picture(self, image_id: str, at_least: int) -> Picture:
        """What was asked lately, perhaps reduced (see ``decode``); raises QueryForgotten."""
        return self._recent.get(image_id).decoded(at_least)

    def _again(self, image_id: str, waiter: Waiter) -> RecentPicture:
        try:
            found = self._recent.get(image_id)
        except QueryForgotten:
            waiter.looked_up("pictures", False)
            raise
        waiter.looked_up("pictures", True)
        return found

    def _given(self, source: ImageSource | None, waiter: Waiter) -> RecentPicture:
        if isinstance(source, str | Path):
            waiter.begin("fetch")
            return RecentPicture(read_bytes(source, self._fetcher), named(source))
        assert source is not None  # noqa: S101 - ``ask`` checks it
        return RecentPicture(source, "the given bytes")


def _product(now: Snapshot, records: RevisionRecords, product_id: str) -> Asked:
    fetched = perf_counter()
    images = records.images_of(product_id)
    vectors = now.vectors.vectors(np.array([one.image_id for one in images], np.int64))
    if not len(vectors):
        raise ProductNotFound(
            f"Product '{product_id}' has no image in version {now.manifest.version}; it is "
            "searchable after the next build."
        )
    size, colours = images[0].size, list(images[0].colours)
    return Asked(Query(None, size, (0, 0, *size), product_id, colours), vectors, fetched)


def _known(now: Snapshot, features: Floats) -> Asked:
    fetched = perf_counter()
    rows = np.asarray(features, np.float32)
    dim = now.embedder.backbone.dim
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != dim:
        raise BadParameter(f"features is {rows.shape}; it must be (n, {dim}) with n at least 1.")
    query = Query(None, (0, 0), (0, 0, 0, 0))
    # Feedback keeps one row: the first of several.
    return Asked(query, now.embedder.head.apply(rows), fetched, rows[:1])
