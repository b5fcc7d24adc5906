"""Whether probabilities are what they say."""

import numpy as np

from indexer.evaluating.metrics import Values
from indexer.grading.records import Bin, Reliability
from indexer.tuning.labels import Labels

BINS = 15
_DRAWS = 200


def reliability(p: Values, right: Values) -> Reliability:
    """(n,) probabilities, and (n,) 1.0 where it was right, n ≥ 1.

    The expected calibration error is the mean distance, over bins of equal width and weighted by
    their queries, of the mean probability from the share that was right (Naeini et al., "Obtaining
    well calibrated probabilities using Bayesian binning", 2015). A few queries never show exactly
    the shares that they were drawn with: what would be seen of perfect probabilities is simulated.
    """
    bins = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS).astype(np.float64)
    means = _means(bins, counts, p)
    shares = _means(bins, counts, right)
    random = np.random.default_rng(0)
    drawn = [
        _error(counts, means, _means(bins, counts, (random.random(len(p)) < p).astype(np.float64)))
        for _ in range(_DRAWS)
    ]
    return Reliability(
        error=round(_error(counts, means, shares), 4),
        by_chance=round(float(np.mean(drawn)), 4),
        queries=len(p),
        bins=[
            Bin(round(float(means[at]), 4), round(float(shares[at]), 4), int(counts[at]))
            for at in np.flatnonzero(counts)
        ],
    )


def _means(bins: Labels, counts: Values, of: Values) -> Values:
    sums = np.bincount(bins, weights=of, minlength=BINS)
    return np.asarray(sums / np.maximum(counts, 1), np.float64)


def _error(counts: Values, means: Values, shares: Values) -> float:
    return float((counts / counts.sum() * np.abs(means - shares)).sum())
