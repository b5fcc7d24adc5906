"""Features by content and backbone: what was embedded once is never embedded again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Engine, FromClause, select

from search.arrays import Floats, Ids, Pixels
from search.catalog.bulk import insert_new_rows
from search.catalog.colours import store_colours
from search.catalog.database import writing
from search.catalog.paging import pages
from search.catalog.readings import store_readings
from search.catalog.records import Reading
from search.catalog.tables import features, images
from search.colours import Colour, measure_all

STORED = np.dtype("<f2")
"""How features are kept: little-endian float16."""

_PAGE = 4_096

NO_COLOURS: Mapping[str, Sequence[Colour]] = {}


class FeatureStore:
    """The features of one backbone, kept as float16."""

    def __init__(self, engine: Engine, backbone: str, dim: int) -> None:
        self._engine = engine
        self._backbone = backbone
        self._dim = dim

    def known(self, digests: Iterable[str]) -> set[str]:
        """Which of these sha256 digests have features."""
        query = select(features.c.sha256).where(
            features.c.backbone == self._backbone, features.c.sha256.in_(set(digests))
        )
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def put(
        self,
        digests: Sequence[str],
        rows: Floats,
        found: Mapping[str, Sequence[Colour]] = NO_COLOURS,
        readings: Iterable[Reading] = (),
    ) -> None:
        """Keep one (dim,) row for each digest; what is there already stays as it is.

        ``found`` are the colours of contents and ``readings`` what reading images found, in the
        same transaction.
        """
        new = [
            {"sha256": digest, "backbone": self._backbone, "data": row.tobytes()}
            for digest, row in zip(digests, rows.astype(STORED), strict=True)
        ]
        with writing(self._engine) as connection:
            insert_new_rows(connection, features, new)
            store_colours(connection, found)
            store_readings(connection, readings)

    def fill(
        self,
        contents: Mapping[str, Pixels],
        thumbnails: Mapping[str, Pixels],
        features: Callable[[Pixels], Floats],
    ) -> int:
        """Store the ``features`` of the contents (digest → pixels) that have none; how many.

        The colours of the ``thumbnails`` (of ``search.colours``) are measured and stored too.
        """
        known = self.known(contents)
        new = {digest: pixels for digest, pixels in contents.items() if digest not in known}
        rows = (
            features(np.stack(list(new.values()))) if new else np.empty((0, self._dim), np.float32)
        )
        if new or thumbnails:
            self.put(list(new), rows, measured(thumbnails))
        return len(new)

    def lacks_some(self) -> bool:
        """Whether an image has not been read yet, or only for another backbone."""
        own = (images.c.sha256 == features.c.sha256) & (features.c.backbone == self._backbone)
        query = (
            select(images.c.image_id)
            .select_from(images.join(features, own, isouter=True))
            .where(images.c.status.in_(("pending", "ok")), features.c.sha256.is_(None))
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.scalar(query) is not None

    def chunks(self, size: int = _PAGE) -> Iterator[tuple[Ids, Floats]]:
        """Every usable image in order of id: ids (n,) and features (n, dim) float32, n ≤ size."""
        query = select(images.c.image_id, features.c.data).select_from(self._joined())
        for page in pages(self._engine, query, images.c.image_id, size):
            yield self._rows(page)

    def sample(self, count: int) -> Iterator[tuple[Ids, Floats]]:
        """So many usable images at random, or all, in chunks like those of ``chunks``.

        The same ones as long as the catalog has the same images.
        """
        usable = select(images.c.image_id).where(images.c.status == "ok")
        with self._engine.connect() as connection:
            ids = connection.scalars(
                usable.order_by(images.c.image_id), execution_options={"yield_per": _PAGE}
            )
            there = np.fromiter(ids, np.int64)
        drawn = np.random.default_rng(0).permutation(there)[:count]
        query = select(images.c.image_id, features.c.data).select_from(self._joined())
        for start in range(0, len(drawn), _PAGE):
            part = drawn[start : start + _PAGE].tolist()
            with self._engine.connect() as connection:
                yield self._rows(connection.execute(query.where(images.c.image_id.in_(part))).all())

    def _rows(self, found: Sequence[Any]) -> tuple[Ids, Floats]:
        data = np.frombuffer(b"".join(row.data for row in found), STORED)
        ids = np.array([row.image_id for row in found], np.int64)
        return ids, data.reshape(len(found), self._dim).astype(np.float32)

    def _joined(self) -> FromClause:
        usable = (
            (images.c.sha256 == features.c.sha256)
            & (images.c.status == "ok")
            & (features.c.backbone == self._backbone)
        )
        return images.join(features, usable)


def measured(thumbnails: Mapping[str, Pixels]) -> Mapping[str, Sequence[Colour]]:
    """The colours of each content (digest → thumbnail of ``search.colours``)."""
    if not thumbnails:
        return NO_COLOURS
    return dict(zip(thumbnails, measure_all(np.stack(list(thumbnails.values()))), strict=True))
