"""What the columns of a held-out picture are told from: the means of each value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from indexer.grading.probes import Fold
from indexer.tuning.labels import Labels, Mask, Row
from indexer.tuning.sampling import Sample
from search.arrays import Floats, unit_rows
from search.predictions.columns import BRAND, value_of
from search.predictions.prototypes import CATEGORY, Prototypes, Value

_MOST_VALUES = 1_000
"""A column with more different values is a text, or a number of something."""

_MOST_COLUMNS = 30


@dataclass(frozen=True, eq=False)
class Sums:
    """A column's values and the (v, d) sums of their images' vectors."""

    names: tuple[Value, ...]
    sums: Floats

    @cached_property
    def prototypes(self) -> Prototypes:
        """Their unit means."""
        return Prototypes(self.names, unit_rows(self.sums)) if self.names else Prototypes()


def attribute_columns(rows: Sequence[Row]) -> list[str]:
    """The brand and every other column that has several values, but not too many."""
    names = sorted({name for row in rows for name in row.attributes})
    found = []
    for column in (BRAND, *names):
        values = {value_of(row, column) for row in rows} - {None}
        if 1 < len(values) <= _MOST_VALUES:
            found.append(column)
    return found[:_MOST_COLUMNS]


@dataclass(frozen=True, eq=False, slots=True)
class Gallery:
    """The vectors of what a fold does not hide, summed up: by column and value, and by product.

    With a product's own sum it can be taken out of the means.
    """

    columns: dict[str, Sums]
    products: dict[str, Floats]

    @classmethod
    def of(cls, sample: Sample, fold: Fold, columns: Sequence[str]) -> "Gallery":
        """Of the category and these columns; by product, of those that the fold asks about."""
        vectors = fold.head.apply(sample.labelled.features)
        asked = {sample.rows[at].product_id for at in fold.asked}
        own: dict[str, Floats] = {}
        for row, vector, is_hidden in zip(sample.rows, vectors, fold.hidden, strict=True):
            if row.product_id in asked and not is_hidden:
                own[row.product_id] = own.get(row.product_id, np.float32(0)) + vector
        sums = {
            column: _sums([value_of(row, column) for row in sample.rows], vectors, ~fold.hidden)
            for column in (CATEGORY, *columns)
        }
        return cls(sums, own)


def _sums(values: Sequence[Value | None], vectors: Floats, which: Mask) -> Sums:
    names = sorted(
        {one for one, is_in in zip(values, which, strict=True) if is_in and one is not None},
        key=str,
    )
    numbers: Mapping[Value, int] = {name: at for at, name in enumerate(names)}
    own: Labels = np.array(
        [
            numbers.get(one, -1) if is_in and one is not None else -1
            for one, is_in in zip(values, which, strict=True)
        ],
        np.int64,
    )
    sums = np.zeros((len(names), vectors.shape[1]), np.float32)
    np.add.at(sums, own[own >= 0], vectors[own >= 0])
    return Sums(tuple(names), sums)
