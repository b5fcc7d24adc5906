"""What changed since a version was sealed, for those who serve it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, func, select

from search.arrays import Floats, Ids
from search.catalog.features import STORED
from search.catalog.revisions import current_revision
from search.catalog.tables import features, images, products, versions

_CHUNK = 4_096


@dataclass(frozen=True, eq=False, slots=True)
class ImageChanges:
    """``hidden`` images are searched no more, ``ids`` (n,) have the ``vectors`` (n, d) now.

    The ``kept`` ones go on being searched by what a version has for them, if it has anything.
    ``revision`` is the catalog's when they were read: they hold every change up to it.
    """

    revision: int
    hidden: Ids
    ids: Ids
    vectors: Floats
    kept: Ids


def is_newest(engine: Engine, version: int) -> bool:
    """Whether no version after this one was noted.

    Until then ``Catalog.forget_gone`` takes away only what it never held: whatever else the
    catalog lost since is among the ``read_changes``.
    """
    with engine.connect() as connection:
        newest: int | None = connection.scalar(select(func.max(versions.c.version)))
    return newest == version


def lost_ids(engine: Engine, version: int, held: Ids) -> Ids:
    """Which of the images that a version holds the catalog has no more; none for the newest one.

    They are found by reading all that is there, seconds for a million images.
    """
    if is_newest(engine, version):
        return np.empty(0, np.int64)
    return held[np.isin(held, searchable_ids(engine), invert=True)]


def searchable_ids(engine: Engine) -> Ids:
    """Every image that may be searched, in no order."""
    query = (
        select(images.c.image_id)
        .join(products, images.c.product_id == products.c.product_id)
        .where(images.c.width.is_not(None), ~products.c.deleted)
    )
    with engine.connect() as connection:
        ids = connection.scalars(query, execution_options={"yield_per": _CHUNK})
        return np.fromiter(ids, np.int64)


def read_changes(
    engine: Engine,
    backbone: str,
    dim: int,
    apply: Callable[[Floats], Floats],
    *,
    version: int,
    seen: int,
) -> ImageChanges:
    """What the products changed after revision ``seen`` mean for a version of another revision.

    ``apply`` maps (n, dim) features of the ``backbone`` to vectors. An image that is still to be
    read, or has no features of this backbone, is ``kept``. With ``version`` -1 every image of those
    products is read, also where only what filters ask about changed.
    """
    own = (images.c.sha256 == features.c.sha256) & (features.c.backbone == backbone)
    query = (
        select(images.c.image_id, images.c.status, images.c.width, features.c.data)
        .select_from(
            products.join(images, images.c.product_id == products.c.product_id).join(
                features, own, isouter=True
            )
        )
        .where(products.c.revision > seen, images.c.revision > version)
    )
    hidden: list[int] = []
    ids: list[int] = []
    kept: list[int] = []
    vectors = [apply(np.empty((0, dim), np.float32))]
    with engine.connect() as connection:
        revision = current_revision(connection)
        changed = (
            []
            if revision == seen
            else connection.execution_options(stream_results=True).execute(query).partitions(_CHUNK)
        )
        for rows in changed:
            hidden += [row.image_id for row in rows if row.width is None]
            fresh = [row for row in rows if _is_fresh(row)]
            ids += [row.image_id for row in fresh]
            kept += [row.image_id for row in rows if row.width is not None and not _is_fresh(row)]
            data = np.frombuffer(b"".join(row.data for row in fresh), STORED)
            vectors.append(apply(data.reshape(len(fresh), dim).astype(np.float32)))
    return ImageChanges(
        revision,
        np.array(hidden, np.int64),
        np.array(ids, np.int64),
        np.concatenate(vectors),
        np.array(kept, np.int64),
    )


def _is_fresh(row: Any) -> bool:
    return row.width is not None and row.status == "ok" and row.data is not None
