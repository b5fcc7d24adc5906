"""Held-out pictures ask a gallery: the nearest products of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import Engine, select

from indexer.grading.best import Best
from indexer.grading.probes import Fold, Kind
from indexer.tuning.labels import Row
from indexer.tuning.sampling import Sample
from search.arrays import Floats, Ids
from search.catalog.catalog import Catalog
from search.catalog.features import FeatureStore
from search.catalog.records import Product
from search.catalog.tables import images

Source = Literal["series", "twin", "judged", "part"]
"""A held-out series of photos, photos taken along with others that are searched, a query that
people judged, or the strongest object of a held-out photo."""

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """A product and the score of its best image."""

    product: Product
    score: float


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A held-out picture of ``row``: its (1, d) ``vector`` and the products found, best first.

    ``fold`` is the number of the question that it belongs to.
    """

    row: Row
    kind: Kind
    vector: Floats
    found: list[Found]
    fold: int
    source: Source = "series"

    @property
    def rank(self) -> float:
        """Of its own product, from 1; inf when it is not found."""
        own = self.row.product_id
        places = (at for at, one in enumerate(self.found, 1) if one.product.product_id == own)
        return next(places, float("inf"))


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """What a fold's gallery is asked: (q, d) features, and whose each is."""

    fold: Fold
    features: Floats
    rows: list[Row]
    kinds: list[Kind]
    sources: list[Source]


def question(sample: Sample, fold: Fold) -> Question:
    """What a fold holds out."""
    rows = [sample.rows[at] for at in fold.asked]
    sources: list[Source] = ["twin" if is_twin else "series" for is_twin in fold.twins]
    return Question(fold, sample.labelled.features[fold.asked], rows, fold.kinds, sources)


def ask(catalog: Catalog, store: FeatureStore, questions: Sequence[Question]) -> list[Asked]:
    """The nearest products of every question, in one pass over all features.

    Memory is bounded by the questions: of every chunk the best products are kept.
    """
    vectors = [one.fold.head.apply(one.features) for one in questions]
    best = [Best.none(len(one.rows)) for one in questions]
    for ids, features in store.chunks():
        products = _products(catalog.engine, ids)
        products[~np.isfinite(features).all(axis=1)] = -1
        for at, one in enumerate(questions):
            there = ~np.isin(ids, one.fold.ids) & (products >= 0)
            if there.any() and len(one.rows):
                scores = vectors[at] @ one.fold.head.apply(features[there]).T
                best[at] = best[at].joined(scores, ids[there], products[there])
    known = _catalogued(catalog, [one.ids for one in best])
    return [
        Asked(row, kind, vector[None], found, at, source)
        for at, one in enumerate(questions)
        for row, kind, source, vector, found in zip(
            one.rows, one.kinds, one.sources, vectors[at], _found(best[at], known), strict=True
        )
    ]


def _found(best: Best, known: Mapping[int, Product]) -> Iterator[list[Found]]:
    """For each question the best products, each once, then by id."""
    for scores, ids in zip(best.scores, best.ids, strict=True):
        them: dict[str, Found] = {}
        for at in np.argsort(-scores, kind="stable"):
            product = known.get(int(ids[at]))
            if product is not None:
                them.setdefault(product.product_id, Found(product, float(scores[at])))
        yield list(them.values())


def _products(engine: Engine, ids: Ids) -> Ids:
    """(n,) ascending ids → (n,) numbers of their products, in all chunks the same; -1 for none."""
    query = select(images.c.image_id, images.c.product_id).where(
        images.c.image_id.between(int(ids[0]), int(ids[-1]))
    )
    with engine.connect() as connection:
        own = {row[0]: row[1] for row in connection.execute(query)}
    return np.array(
        [hash(own[one]) & _LARGEST if one in own else -1 for one in ids.tolist()], np.int64
    )


def _catalogued(catalog: Catalog, found: Sequence[Ids]) -> dict[int, Product]:
    wanted = np.unique(np.concatenate([one.ravel() for one in found])).tolist() if found else []
    return {at: image.product for at, image in catalog.images(wanted).items()}
