"""A version's grade: how well it tells the products apart, judged by itself."""

import numpy as np
from sqlalchemy import Engine, func, select

from search.arrays import Ids
from search.catalog.catalog import Catalog
from search.catalog.records import CatalogImage
from search.catalog.tables import images
from search.vectors import VectorIndex

_SAMPLE = 1_000
_MOST_COMPARED = 50_000_000
"""Pairs compared in all, which takes seconds: of 500,000 images, 100 are asked."""

_NEAREST = 10
"""An image with nine copies of itself before any other is left out."""


def grade(catalog: Catalog, vectors: VectorIndex) -> float | None:
    """The share of images, 0 to 1, whose nearest other image is of the same product.

    Asked of up to 1,000 images (100 where there are 500,000), drawn with a fixed seed from the
    products with several different ones; None when there are none. Copies within a product, byte
    for byte, are no other images. A photo that a customer takes differs more from the catalog's
    than those do from each other: the grade compares versions of one catalog, and promises no
    recall.
    """
    asked = _sample(np.intersect1d(_candidates(catalog.engine), vectors.ids), len(vectors))
    if not len(asked):
        return None
    nearest = vectors.search(vectors.vectors(asked), _NEAREST).ids
    known = catalog.images(np.union1d(asked, nearest).tolist())
    verdicts = [
        _is_right(known[one], [known[other] for other in others if other in known])
        for one, others in zip(asked.tolist(), nearest.tolist(), strict=True)
        if one in known
    ]
    answers = [verdict for verdict in verdicts if verdict is not None]
    return round(sum(answers) / len(answers), 4) if answers else None


def _sample(candidates: Ids, held: int) -> Ids:
    size = min(_SAMPLE, max(1, _MOST_COMPARED // max(1, held)), len(candidates))
    return np.random.default_rng(0).choice(candidates, size, replace=False)


def _candidates(engine: Engine) -> Ids:
    usable = images.c.status == "ok"
    several = (
        select(images.c.product_id)
        .where(usable)
        .group_by(images.c.product_id)
        .having(func.count(images.c.sha256.distinct()) > 1)
    )
    query = select(images.c.image_id).where(usable, images.c.product_id.in_(several))
    with engine.connect() as connection:
        return np.fromiter(connection.scalars(query), np.int64)


def _is_right(image: CatalogImage, nearest: list[CatalogImage]) -> bool | None:
    own = image.product.product_id
    for other in nearest:
        if (other.product.product_id, other.sha256) != (own, image.sha256):
            return other.product.product_id == own
    return None
