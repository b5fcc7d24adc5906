"""Counts of values over every searchable product that passes a filter."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from search.arrays import Ids
from search.catalog.filters.numbers import number_in
from search.catalog.records import CATEGORY_SEPARATOR
from search.vectors.ids import IdSet

MOST_VALUES = 100
"""Values that a facet lists; it counts all."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value as a filter names it, and how many products that filter would keep of these."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The most frequent ``values`` of a field, then by value; there are ``distinct`` in all.

    ``low`` and ``high`` are there when every value is a number.
    """

    values: tuple[FacetValue, ...]
    distinct: int
    low: float | None = None
    high: float | None = None


class ValueColumn:
    """What each searchable product has in one field, several values too; never changes.

    A product is known by one of its images: ``ids`` (n,), each with the place of one of its values
    in ``labels``: ``codes`` (n,). Labels are in order, numbers before texts, and each is used.
    """

    def __init__(self, ids: Ids, codes: NDArray[np.int64], labels: Iterable[str]) -> None:
        named = list(labels)
        counts = np.bincount(codes, minlength=len(named))
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda code: _order(named[code]))
        places = np.zeros(len(named), np.int64)
        places[order] = np.arange(len(order))
        self.ids = ids
        self.codes = places[codes]
        self.labels = tuple(named[code] for code in order)

    def __len__(self) -> int:
        return len(self.ids)

    def replaced(self, gone: Ids, ids: Ids, labels: Iterable[str]) -> "ValueColumn":
        """Without the products of the images ``gone``, and with others: a label for each id."""
        stay = np.isin(self.ids, gone, invert=True)
        places = {label: place for place, label in enumerate(self.labels)}
        codes = [places.setdefault(label, len(places)) for label in labels]
        return ValueColumn(
            np.concatenate([self.ids[stay], ids]),
            np.concatenate([self.codes[stay], np.array(codes, np.int64)]),
            places,
        )

    def facet(self, allowed: IdSet) -> Facet:
        """The counts over the products whose images are ``allowed``."""
        counts = np.bincount(self.codes[allowed.contains(self.ids)], minlength=len(self.labels))
        used = np.flatnonzero(counts)
        first = used[np.argsort(-counts[used], kind="stable")][:MOST_VALUES].tolist()
        values = tuple(FacetValue(self.labels[code], int(counts[code])) for code in first)
        # In their order, numbers come before texts: two labels tell of all.
        ends = [number_in(self.labels[code]) for code in used[[0, -1]]] if len(used) else [None]
        low, high = (ends[0], ends[-1]) if None not in ends else (None, None)
        return Facet(values, len(used), low, high)

    def rolled_up(self, allowed: IdSet) -> Facet:
        """Like ``facet``, of paths: each counts for every path above it too."""
        counts = np.bincount(self.codes[allowed.contains(self.ids)], minlength=len(self.labels))
        totals: Counter[str] = Counter()
        for label, count in zip(self.labels, counts.tolist(), strict=True):
            for path in accumulate(label.split(CATEGORY_SEPARATOR), _below):
                totals[path] += count
        found = sorted((-count, path) for path, count in totals.items() if count)
        values = tuple(FacetValue(path, -count) for count, path in found[:MOST_VALUES])
        return Facet(values, len(found))


def _below(path: str, level: str) -> str:
    return f"{path}{CATEGORY_SEPARATOR}{level}"


def _order(label: str) -> tuple[bool, float, str]:
    number = number_in(label)
    return number is None, number or 0.0, label
