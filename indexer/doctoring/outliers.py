"""Images that look like none of the categories."""

from collections.abc import Iterator

import numpy as np

from indexer.doctoring.judging import Judged
from indexer.doctoring.records import Finding, Kind

_FEWEST = 50
"""Among fewer images nobody can say what is usual."""

_FAR = 2.6
"""How many deviations less than the median image an outlier is like any category; a deviation is
1.48 times the median one, as of a normal distribution."""


def outliers(judged: Judged) -> Iterator[Finding]:
    """One finding for each, the clearest first; the score is its cosine to the nearest category."""
    scores = judged.like.nearest
    if len(scores) < _FEWEST:
        return
    middle = float(np.median(scores))
    deviation = 1.48 * float(np.median(np.abs(scores - middle)))
    likely = judged.likely
    for at in np.argsort(scores, kind="stable").tolist():
        if scores[at] >= middle - _FAR * deviation:
            return
        yield Finding(
            kind=Kind.OUTLIER,
            reason="It looks like no category of the catalog.",
            images=(judged.images[at],),
            score=round(float(scores[at]), 4),
            beside=judged.nearest(at, int(likely[at])),
        )
