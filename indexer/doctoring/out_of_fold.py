"""What a classifier says of each image that it did not learn from, nor from any twin of it."""

from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False, slots=True)
class Likeness:
    """What n images look like, to who learned from others: ``folds`` (n,) says from which not.

    ``nearest`` (n,) is the cosine to the most alike class.
    """

    probable: Probabilities
    nearest: Floats
    folds: Ids


def out_of_fold(features: Floats, labels: Ids, products: Ids, seed: int = 0) -> Likeness:
    """(n, d) features, (n,) labels from 0 and (n,) products from 0 → what each image looks like.

    For each fold a discriminant is fitted to the others, and an image's probabilities are the
    softmax of its cosines to the mean of each class there. A class that is in one fold alone has
    the probability 0 in it.
    """
    folds = split_in_folds(features, labels, products, seed)
    classes = int(labels.max()) + 1
    found = Likeness(
        np.zeros((len(labels), classes), np.float32), np.zeros(len(labels), np.float32), folds
    )
    random = np.random.default_rng(seed)
    for fold in range(FOLDS):
        others = random.permutation(np.flatnonzero(folds != fold))[:_MOST_LEARNED]
        asked = np.flatnonzero(folds == fold)
        if len(asked) and (np.bincount(labels[others]) > 1).any():
            cosines = _cosines(features, labels, others, asked, classes)
            found.nearest[asked] = cosines.max(axis=1)
            found.probable[asked] = _softmax(_SHARPNESS * cosines)
    return found


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


def _cosines(features: Floats, labels: Ids, others: Ids, asked: Ids, classes: int) -> Floats:
    """(asked, classes) to the means of the others' classes, -inf where they have none."""
    known = labels[others]
    head = Discriminant.of(_labelled(features[others], known)).head(0.0)
    vectors = head.apply(features[others])
    sums = np.zeros((classes, vectors.shape[1]), np.float32)
    np.add.at(sums, known, vectors)
    cosines = head.apply(features[asked]) @ unit_rows(sums).T
    cosines[:, np.bincount(known, minlength=classes) == 0] = -np.inf
    return cosines


def _softmax(rows: Floats) -> Probabilities:
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _labelled(features: Floats, labels: Ids) -> Labelled:
    """For the discriminant: nothing is known of these images but their label."""
    none = np.full(len(labels), -1, np.int64)
    return Labelled(features, none, none > 0, labels, (), ())
