"""Images that look like none of the categories."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from indexer.doctoring.judging import Judged
from indexer.doctoring.records import Finding, Kind
from search.embedding.head import DIM

_FEWEST = 50
"""Among fewer images nobody can say what is usual."""


def outliers(judged: Judged) -> Iterator[Finding]:
    """One finding for each, the clearest first; the score is its cosine to the nearest category.

    An outlier is no more like the nearest category than a random direction would be.
    """
    scores = judged.like.nearest
    if len(scores) < _FEWEST:
        return
    chance = _by_chance(len(judged.names), min(DIM, *judged.vectors.shape))
    likely = judged.likely
    for at in np.argsort(scores, kind="stable").tolist():
        if scores[at] >= chance:
            return
        yield Finding(
            kind=Kind.OUTLIER,
            reason="It looks like no category of the catalog.",
            images=(judged.images[at],),
            score=round(float(scores[at]), 4),
            beside=judged.nearest(at, int(likely[at])),
        )


def _by_chance(categories: int, dim: int) -> float:
    """The cosine that the nearest of so many random directions has, on average.

    Cosines in many dimensions are nearly normal; Blom's approximation of their largest.
    """
    largest = NormalDist().inv_cdf((categories - 0.375) / (categories + 0.25))
    return float(largest / np.sqrt(dim))
