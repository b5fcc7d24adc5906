"""The category classifier of a version, from the vectors that it searches."""

from collections import defaultdict

import numpy as np
from sqlalchemy import Engine, select

from search.arrays import Floats, Ids, unit_rows
from search.catalog.tables import images, products
from search.categories import CategoryClassifier

_MOST = 10_000
"""More categories than that are not learned: their means would need more memory than a chunk."""


class CategoryMeans:
    """Sums up vectors by category, chunk by chunk, in memory for the categories alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sums: defaultdict[str, Floats | float] = defaultdict(float)

    def add(self, ids: Ids, vectors: Floats) -> None:
        """Images (n,) in ascending order and their (n, d) unit vectors."""
        names, own = np.unique(self._paths(ids), return_inverse=True)
        sums = np.zeros((len(names), vectors.shape[1]), np.float32)
        np.add.at(sums, own, vectors)
        for name, one in zip(names.tolist(), sums, strict=True):
            if name and (name in self._sums or len(self._sums) < _MOST):
                self._sums[name] = self._sums[name] + one

    def classifier(self) -> CategoryClassifier:
        """Of all that was added."""
        names = tuple(sorted(self._sums))
        sums = np.array([self._sums[name] for name in names], np.float32)
        return CategoryClassifier(names, unit_rows(sums) if names else np.empty((0, 0), np.float32))

    def _paths(self, ids: Ids) -> list[str]:
        query = (
            select(images.c.image_id, products.c.category)
            .join(products, images.c.product_id == products.c.product_id)
            .where(images.c.image_id.between(int(ids[0]), int(ids[-1])))
        )
        with self._engine.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return [found.get(one, "") for one in ids.tolist()]
