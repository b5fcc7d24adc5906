"""Images that look like nothing else in the catalog."""

from collections.abc import Iterator, Sequence

import numpy as np

from indexer.doctoring.nearby import nearby
from indexer.doctoring.records import Finding, Kind, Shown
from search.arrays import Floats

_NEIGHBOURS = 5
_FEWEST = 50
"""In a smaller catalog most images are far from all others."""

_FAR = 4.5
"""How many deviations further from its neighbours than the median image an outlier is; a deviation
is 1.48 times the median one, as of a normal distribution."""

_BESIDE = 3


def outliers(images: Sequence[Shown], vectors: Floats) -> Iterator[Finding]:
    """One finding for each, the furthest first; the score is its mean cosine to 5 neighbours.

    Distance to the nearest neighbours: Ramaswamy, Rastogi & Shim, SIGMOD 2000.
    """
    if len(images) < _FEWEST:
        return
    near, cosines = nearby(vectors, _NEIGHBOURS)
    scores = cosines.mean(axis=1)
    middle = float(np.median(scores))
    deviation = 1.48 * float(np.median(np.abs(scores - middle)))
    for at in np.argsort(scores, kind="stable").tolist():
        if scores[at] >= middle - _FAR * deviation:
            return
        yield Finding(
            kind=Kind.OUTLIER,
            reason="It looks like nothing else in the catalog.",
            images=(images[at],),
            score=round(float(scores[at]), 4),
            beside=tuple(images[other] for other in near[at, :_BESIDE].tolist()),
        )
