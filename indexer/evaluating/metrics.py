"""Metrics of retrieval and classification as pure functions of arrays, with intervals.

Each array has one entry for each query. Intervals hold 95 % of the values that 1,000 samples of
the queries, drawn with replacement and a seed, give.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats, Ids

Values = NDArray[np.float64]

_RESAMPLES = 1_000
_PERCENTILES = (2.5, 97.5)
_MOST_DRAWN = 4_000_000
"""Queries that are drawn at once: 32 MB."""

_QUERIES, _GALLERY = 256, 16_384
"""The block of inner products that ``nearest`` computes at once: 16 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value, and from where to where it may well be by chance."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, slots=True)
class Scores:
    """Precision, recall and F1, 0 to 1, as arrays of one shape."""

    precision: Values
    recall: Values
    f1: Values


@dataclass(frozen=True, slots=True)
class MacroScores:
    """Means over the classes, each class counting the same."""

    precision: Interval
    recall: Interval
    f1: Interval


def recall_at(ranks: Values, k: int) -> Values:
    """(n,) ranks of the first right result, from 1, inf when there is none → (n,) 0.0 or 1.0.

    The mean is Recall@k.
    """
    return (ranks <= k).astype(np.float64)


def average_precision(ranks: Sequence[int], right: int, depth: int) -> float:
    """AP of one query from the ascending ranks, 1 to ``depth``, of all right results found.

    The sum of the precisions at these ranks, divided by the most that can be right so deep:
    ``min(right, depth)``, where ``right`` (at least 1) is how many there are to find.
    """
    found = sum(count / rank for count, rank in enumerate(ranks, start=1))
    return found / min(right, depth)


def bootstrap(values: Values, seed: int = 0) -> Interval:
    """The mean of (n,) values, one for each query, n ≥ 1."""
    means = [values[drawn].mean(axis=1) for drawn in _resamples(len(values), seed)]
    return _interval(values.mean(), np.concatenate(means))


def paired_gain(a: Values, b: Values, seed: int = 0) -> Interval:
    """The mean of b - a over n ≥ 1 queries that were asked both ways: (n,) outcomes, 0 to 1.

    Pairing takes out how hard each query is: it tells smaller gains from chance than comparing
    two intervals does.
    """
    return bootstrap(b - a, seed)


def confusion(true: Ids, predicted: Ids, classes: int) -> Ids:
    """(n,) and (n,) labels from 0 → (classes, classes) int64 counts: true rows, predicted columns.

    A prediction that is none of the classes, like -1, is not counted.
    """
    known = (predicted >= 0) & (predicted < classes)
    cells = true[known] * classes + predicted[known]
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def class_scores(true: Ids, predicted: Ids, classes: int) -> Scores:
    """(n,) and (n,) labels from 0 → scores of shape (classes,).

    What is never predicted has precision 0, what does not occur recall 0. A prediction that is
    none of the classes, like -1, is a miss.
    """
    right = _count(true[true == predicted], classes)
    known = predicted[(predicted >= 0) & (predicted < classes)]
    return _scores(right, _count(true, classes), _count(known, classes))


def macro_scores(true: Ids, predicted: Ids, seed: int = 0) -> MacroScores:
    """(n,) and (n,) labels, n ≥ 1 → means over the classes that occur in ``true``.

    A predicted class that does not occur is a miss. F1 is the mean of the classes' F1.
    """
    names, ours = np.unique(true, return_inverse=True)
    at = np.minimum(np.searchsorted(names, predicted), len(names) - 1)
    theirs = np.where(names[at] == predicted, at, -1)
    measured = _macro(ours[None], theirs[None], len(names))
    draws = [
        _macro(ours[drawn], theirs[drawn], len(names)) for drawn in _resamples(len(ours), seed)
    ]

    def interval(pick: Callable[[Scores], Values]) -> Interval:
        return _interval(pick(measured)[0], np.concatenate([pick(draw) for draw in draws]))

    return MacroScores(
        interval(lambda scores: scores.precision),
        interval(lambda scores: scores.recall),
        interval(lambda scores: scores.f1),
    )


def nearest(queries: Floats, gallery: Floats) -> Ids:
    """(n, d), (m, d), m ≥ 1 → (n,) the row of the gallery with the largest inner product.

    The first of equal ones. Memory does not depend on n × m.
    """
    parts = [
        _nearest(queries[start : start + _QUERIES], gallery)
        for start in range(0, len(queries), _QUERIES)
    ]
    return np.concatenate([np.empty(0, np.int64), *parts])


def _nearest(queries: Floats, gallery: Floats) -> Ids:
    found = np.zeros(len(queries), np.int64)
    best = np.full(len(queries), -np.inf, np.float32)
    for start in range(0, len(gallery), _GALLERY):
        products = queries @ gallery[start : start + _GALLERY].T
        at = products.argmax(axis=1)
        top = np.take_along_axis(products, at[:, None], axis=1)[:, 0]
        better = top > best
        found[better], best[better] = at[better] + start, top[better]
    return found


def _macro(true: Ids, predicted: Ids, classes: int) -> Scores:
    """(r, n) and (r, n) labels → scores of shape (r,), each over the classes of its own row."""
    rows, size = len(true), len(true) * classes
    offset = np.arange(rows)[:, None] * classes
    right = _count((true + offset)[true == predicted], size)
    there = _count((true + offset).ravel(), size)
    named = _count((predicted + offset)[predicted >= 0], size)
    scores = _scores(right, there, named)
    occurs = (there > 0).reshape(rows, classes)

    def mean(values: Values) -> Values:
        kept = np.where(occurs, values.reshape(rows, classes), 0.0)
        return np.asarray(kept.sum(axis=1) / occurs.sum(axis=1))

    return Scores(mean(scores.precision), mean(scores.recall), mean(scores.f1))


def _scores(right: Ids, there: Ids, named: Ids) -> Scores:
    """From how often each class was predicted rightly, occurs, and was predicted."""
    return Scores(
        right / np.maximum(named, 1),
        right / np.maximum(there, 1),
        2 * right / np.maximum(there + named, 1),
    )


def _count(labels: Ids, size: int) -> Ids:
    return np.bincount(labels, minlength=size)


def _resamples(n: int, seed: int) -> Iterator[Ids]:
    """(r, n) queries drawn with replacement, over and over until r adds up to 1,000."""
    random = np.random.default_rng(seed)
    at_once = max(1, _MOST_DRAWN // n)
    for start in range(0, _RESAMPLES, at_once):
        yield random.integers(0, n, (min(at_once, _RESAMPLES - start), n))


def _interval(value: float, draws: Values) -> Interval:
    low, high = np.percentile(draws, _PERCENTILES)
    return Interval(float(value), float(low), float(high))
