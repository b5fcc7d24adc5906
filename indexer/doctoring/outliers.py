"""Images that look like none of the categories."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from indexer.doctoring.judging import Judged
from indexer.doctoring.records import Finding, Kind
from search.arrays import Floats
from search.embedding.head import DIM

_FEWEST = 50
"""Among fewer images nobody can say what is usual."""


def outliers(judged: Judged) -> Iterator[Finding]:
    """One finding for each, the clearest first; the score is its cosine to the nearest category.

    An outlier is no more like the nearest category than a random direction would be, and much less
    than is usual: in a catalog of few and wide categories many images are like none, and nothing
    is said of these.
    """
    scores = judged.like.nearest
    if len(scores) < _FEWEST:
        return
    chance = _by_chance(len(judged.names), min(DIM, *judged.vectors.shape))
    bar = min(chance, _unusual(scores))
    likely = judged.likely
    for at in np.argsort(scores, kind="stable").tolist():
        if scores[at] >= bar:
            return
        yield Finding(
            kind=Kind.OUTLIER,
            reason="It looks like no category of the catalog.",
            images=(judged.images[at],),
            score=round(float(scores[at]), 4),
            beside=judged.nearest(at, int(likely[at])),
        )


def _unusual(scores: Floats) -> float:
    """Two standard deviations below the median; the deviation is taken from the median one."""
    middle = float(np.median(scores))
    return middle - 2 * 1.48 * float(np.median(np.abs(scores - middle)))


def _by_chance(categories: int, dim: int) -> float:
    """The cosine that the nearest of so many random directions has, on average.

    Cosines in many dimensions are nearly normal; Blom's approximation of their largest.
    """
    largest = NormalDist().inv_cdf((categories - 0.375) / (categories + 0.25))
    return float(largest / np.sqrt(dim))
