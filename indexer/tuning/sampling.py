"""Reading what tuning learns from: a catalog's images, or whole products of them at random."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine, select

from indexer.tuning.labels import Labelled, Mask, Row, label
from search.arrays import Floats, Ids
from search.catalog.features import FeatureStore
from search.catalog.paging import pages
from search.catalog.tables import images, products

MOST_IMAGES = 30_000
"""About so many images are looked at, whole products of them: 150 MB of EfficientNet-Lite0's."""

_PAGE = 10_000

_OF_IMAGE = ("image_id", "position", "sha256")
_OF_PRODUCT = ("product_id", "category", "brand", "attributes")


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """``rows`` of images, and what is known of each in the same order."""

    rows: list[Row]
    labelled: Labelled


def read_sample(engine: Engine, store: FeatureStore, count: int) -> Sample:
    """The usable images of a catalog that has ``count`` of them, or whole products at random.

    Read page by page: memory is bounded by ``MOST_IMAGES``. The same products are drawn each time.
    Images whose features are missing, or no numbers, are left out.
    """
    drawn = list(_drawn(engine, MOST_IMAGES / max(count, 1)))
    there, features = _features(store, np.array([row.image_id for row in drawn], np.int64))
    rows = [row for row, is_there in zip(drawn, there, strict=True) if is_there]
    return Sample(rows, label(rows, features))


def _drawn(engine: Engine, share: float) -> Iterator[Row]:
    """By a digest of the product's id: no list of products is held, and the draw never changes."""
    query = (
        select(*(images.c[name] for name in _OF_IMAGE), *(products.c[name] for name in _OF_PRODUCT))
        .join(products, images.c.product_id == products.c.product_id)
        .where(images.c.status == "ok")
    )
    for page in pages(engine, query, images.c.image_id, _PAGE):
        for row in page:
            if zlib.crc32(row.product_id.encode()) < share * 2**32:
                yield Row(**row._mapping)


def _features(store: FeatureStore, wanted: Ids) -> tuple[Mask, Floats]:
    """(n,) ascending ids → (n,) which have features of finite numbers, and these."""
    found = np.zeros(len(wanted), bool)
    blocks = []
    for ids, rows in store.chunks():
        kept = np.isin(ids, wanted)
        kept[kept] = np.isfinite(rows[kept]).all(axis=1)
        found |= np.isin(wanted, ids[kept])
        blocks.append(rows[kept])
    return found, np.concatenate(blocks) if blocks else np.empty((0, 0), np.float32)
