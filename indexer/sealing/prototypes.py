"""The prototypes of a version, from the vectors that it searches."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Engine, select

from search.arrays import Floats, Ids, unit_rows
from search.catalog.tables import images, products
from search.predictions.columns import value_of
from search.predictions.prototypes import CATEGORY, Prototypes, Value

_MOST = 10_000
"""More values of a column than that are not learned: their means would need more memory than a
chunk."""


class PrototypeSums:
    """Sums up vectors by the values of some columns and the category, chunk by chunk.

    In memory are the sums alone.
    """

    def __init__(self, engine: Engine, columns: Sequence[str]) -> None:
        self._engine = engine
        self._sums: dict[str, dict[Value, Floats]] = {name: {} for name in (CATEGORY, *columns)}

    def add(self, ids: Ids, vectors: Floats) -> None:
        """Images (n,) in ascending order and their (n, d) unit vectors; NaN counts for nothing."""
        ids, vectors = _finite(ids, vectors)
        if not len(ids):
            return
        own = self._values(ids)
        for column, sums in self._sums.items():
            rows: defaultdict[Value, list[int]] = defaultdict(list)
            room = _MOST - len(sums)
            for at, one in enumerate(ids.tolist()):
                value = own[one][column] if one in own else None
                is_new = value not in sums and value not in rows
                if value is None or (is_new and not room):
                    continue
                room -= is_new
                rows[value].append(at)
            for value, them in rows.items():
                total = vectors[them].sum(axis=0)
                sums[value] = sums[value] + total if value in sums else total

    def prototypes(self) -> dict[str, Prototypes]:
        """Of all that was added, by column."""
        found = {}
        for column, sums in self._sums.items():
            names = tuple(sorted(sums, key=str))
            if names:
                means = unit_rows(np.array([sums[name] for name in names], np.float32))
                found[column] = Prototypes(names, means)
        return found

    def _values(self, ids: Ids) -> dict[int, dict[str, Value | None]]:
        query = (
            select(images.c.image_id, products.c.category, products.c.brand, products.c.attributes)
            .join(products, images.c.product_id == products.c.product_id)
            .where(images.c.image_id.between(int(ids[0]), int(ids[-1])))
        )
        with self._engine.connect() as connection:
            return {
                row.image_id: {column: value_of(row, column) for column in self._sums}
                for row in connection.execute(query)
            }


def _finite(ids: Ids, vectors: Floats) -> tuple[Ids, Floats]:
    kept = np.isfinite(vectors).all(axis=1)
    return ids[kept], vectors[kept]
