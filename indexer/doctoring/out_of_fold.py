"""What a classifier says of each image that it did not learn from, nor from any twin of it."""

import numpy as np
from numpy.typing import NDArray

from indexer.holdout import series_of
from indexer.tuning.discriminant import Discriminant
from indexer.tuning.labels import Labelled
from search.arrays import Floats, Ids, unit_rows

FOLDS = 5

_SHARPNESS = 8.0
"""What cosines are multiplied with before the softmax: the scale that heads are tuned at."""

_MOST_LEARNED = 30_000
"""Images of a fold's others that are learned from, drawn at random."""

Probabilities = NDArray[np.float32]
"""(n, classes), each row sums to 1."""


def out_of_fold(
    features: Floats, labels: Ids, products: Ids, seed: int = 0
) -> tuple[Probabilities, Ids]:
    """(n, d) features, (n,) labels from 0 and products → what each image looks like, its fold.

    For each fold a discriminant is fitted to the others, and an image's probabilities are the
    softmax of its cosines to the mean of each class there. A class that is in one fold alone has
    the probability 0 in it.
    """
    folds = split_in_folds(features, labels, products, seed)
    classes = int(labels.max()) + 1
    found = np.zeros((len(labels), classes), np.float32)
    random = np.random.default_rng(seed)
    for fold in range(FOLDS):
        others = random.permutation(np.flatnonzero(folds != fold))[:_MOST_LEARNED]
        asked = np.flatnonzero(folds == fold)
        if len(others) and len(asked):
            found[asked] = _predict(features, labels, others, asked, classes)
    return found, folds


def split_in_folds(features: Floats, labels: Ids, products: Ids, seed: int = 0) -> Ids:
    """(n, d), (n,), (n,) → (n,) fold numbers below ``FOLDS``.

    Each label's images are spread evenly, but never those of one series or of one product: a
    picture with a wrong label often has a twin with the same wrong label.
    """
    random = np.random.default_rng(seed)
    units = _joined(series_of(features, labels, random), products)
    folds = np.zeros(len(labels), np.int64)
    sizes = np.zeros((int(labels.max()) + 1, FOLDS), np.int64)
    order = random.permutation(int(units.max()) + 1)
    members = np.split(np.argsort(units, kind="stable"), np.bincount(units).cumsum()[:-1])
    for unit in sorted(order.tolist(), key=lambda one: -len(members[one])):
        own = members[unit]
        load = sizes[labels[own[0]]]
        fold = int(load.argmin())
        folds[own] = fold
        load[fold] += len(own)
    return folds


def _joined(series: Ids, products: Ids) -> Ids:
    """The same number for all that share a series or a product, in any chain."""
    number = np.arange(len(series))
    while True:
        lowest = number
        for names in (series, products):
            least = np.full(int(names.max()) + 1, len(names))
            np.minimum.at(least, names, lowest)
            lowest = least[names]
        if np.array_equal(lowest, number):
            return np.unique(number, return_inverse=True)[1].astype(np.int64)
        number = lowest


def _predict(features: Floats, labels: Ids, others: Ids, asked: Ids, classes: int) -> Probabilities:
    known = labels[others]
    several = np.bincount(known, minlength=classes)[known] > 1
    if not several.any():
        return np.zeros((len(asked), classes), np.float32)
    head = Discriminant.of(_labelled(features[others], known)).head(0.0)
    vectors = head.apply(features[others])
    sums = np.zeros((classes, vectors.shape[1]), np.float32)
    np.add.at(sums, known, vectors)
    cosines = head.apply(features[asked]) @ unit_rows(sums).T
    cosines[:, np.bincount(known, minlength=classes) == 0] = -np.inf
    powers = np.exp(_SHARPNESS * (cosines - cosines.max(axis=1, keepdims=True)))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _labelled(features: Floats, labels: Ids) -> Labelled:
    """For the discriminant: nothing is known of these images but their label."""
    none = np.full(len(labels), -1, np.int64)
    return Labelled(features, none, none > 0, labels, (), ())
