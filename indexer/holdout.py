"""Which images to hold out, so that what is measured on them says something about new photos.

Photos of one product are often taken in one go. If one of such a series is held out and its twin is
not, any model finds the twin: measured like that, a grocery's catalog looks solved at 95 %, where
customers' photos are right for 53 %. So whole series are held out: images of one label that are
linked by others more alike than images of different labels nearly ever are.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats, unit_rows

_ALIKE = 0.9
"""The quantile, among images, of the similarity to the nearest image of another label: two images
of one label that are more alike than that are of one series."""

_SAMPLE = 2_000
"""Images that the quantile is taken over, and the most of one label that are linked at once."""

_FEWEST = 3
"""With fewer series of a label than that there is little to hold out."""

_SLACK = 1.25
"""A series that would make the held-out share of a label larger than this many times is kept."""

Mask = NDArray[np.bool_]
Labels = NDArray[np.int64]


def hold_out(features: Floats, labels: Labels, share: float = 0.2, seed: int = 0) -> Mask:
    """(n, d) features and (n,) labels → (n,) True for about ``share`` of each label's images.

    A label -1 means none: such images are never held out, nor are all images of a label.
    """
    random = np.random.default_rng(seed)
    series = series_of(features, labels, random)
    held = np.zeros(len(labels), bool)
    for part in _parts(labels):
        held[part[_chosen(series[part], share, random)]] = True
    return held


def series_of(features: Floats, labels: Labels, random: np.random.Generator) -> Labels:
    """(n, d) features and (n,) labels → (n,) the same number for the images of one series.

    An image with the label -1 is a series of its own.
    """
    rows = unit_rows(features)
    rows = unit_rows(rows - rows.mean(axis=0))
    threshold = _threshold(rows, labels, random)
    series = np.arange(len(labels))
    for part in _parts(labels):
        series[part] = part[_series(rows[part] @ rows[part].T, threshold)]
    return series


def _parts(labels: Labels) -> Iterator[Labels]:
    """The indices of each label's images, at most so many at once as can be linked."""
    for members in _members(labels):
        yield from np.split(members, range(_SAMPLE, len(members), _SAMPLE))


def _threshold(rows: Floats, labels: Labels, random: np.random.Generator) -> float:
    """The similarity above which two images of one label are of one series; 1 for one label."""
    sample = random.permutation(len(labels))[:_SAMPLE]
    scores = np.where(
        labels[sample][:, None] == labels[sample], -1, rows[sample] @ rows[sample].T
    ).max(axis=1)
    nearest = scores[scores > -1]
    return float(np.quantile(nearest, _ALIKE)) if len(nearest) else 1.0


def _members(labels: Labels) -> list[Labels]:
    """The indices of each label's images."""
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []


def _series(scores: Floats, threshold: float) -> Labels:
    """(n, n) similarities of one label's images → (n,) the same number for those of one series.

    In a catalog of very different things even unlike images of a label pass the threshold: where
    it leaves fewer than three series, half of the images are linked to their nearest instead.
    """
    series = _linked(scores > threshold)
    if len(scores) < _FEWEST or len(np.unique(series)) >= _FEWEST:
        return series
    nearest = np.where(np.eye(len(scores), dtype=bool), -1, scores).max(axis=1)
    return _linked(scores > max(threshold, float(np.median(nearest))))


def _linked(alike: Mask) -> Labels:
    """(n, n) which are alike → (n,) the same number for those that any chain links."""
    number = np.arange(len(alike))
    while True:
        lowest = np.where(alike, number, len(alike)).min(axis=1, initial=len(alike))
        lowest = np.minimum(number, lowest)
        lowest = lowest[lowest]
        if np.array_equal(lowest, number):
            return number
        number = lowest


def _chosen(series: Labels, share: float, random: np.random.Generator) -> Labels:
    """The indices of whole series that make up about ``share``; none if there is only one."""
    names, counts = np.unique(series, return_counts=True)
    most = share * len(series) * _SLACK + 1
    chosen: list[np.int64] = []
    taken = 0
    for at in random.permutation(len(names)) if len(names) > 1 else ():
        if taken + counts[at] <= most and taken < share * len(series):
            chosen.append(names[at])
            taken += counts[at]
    return np.flatnonzero(np.isin(series, chosen))
