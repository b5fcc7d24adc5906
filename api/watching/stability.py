"""How far two samples of counts are apart, and how far they would be by chance.

The population stability index is ``sum((p - q) * ln(p / q))`` over the bins of two distributions:
Kullback and Leibler's divergence in both directions (their J, "On information and sufficiency",
1951). Below 0.1 is read as stable, above 0.25 as shifted (Siddiqi, "Credit Risk Scorecards", 2006).
These readings ignore how many were counted: by chance alone the index of one and the same
distribution is about (bins - 1) * (1/n + 1/m) (Yurdakul and Naranjo, "Statistical properties of the
population stability index", 2020). Hence ``chance_level``.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""(bins,) how many fell into each bin."""

STABLE = 0.1
SHIFTED = 0.25

_CHANCE = 0.99
_SPLITS = 1000
_PRIOR = 0.5


def stability_index(first: Counts, second: Counts) -> float:
    """The population stability index of two samples over the same bins; neither is empty.

    0 for equal shares, and the same both ways. An empty bin would make it infinite, so both sides
    are mixed with the uniform distribution, as much as half a query more in each bin of the
    smaller sample (the prior of Krichevsky and Trofimov, "The performance of universal encoding",
    1981). Raises ValueError for an empty sample.
    """
    return float(_indices(first[None], second[None])[0])


def chance_level(first: Counts, second: Counts) -> float:
    """What the index exceeds in 1 of 100 pairs of samples of these sizes and one distribution.

    By permutation (Fisher, "The Design of Experiments", 1935): if both came from one distribution,
    each split of all of them into such sizes was as likely as the one seen. This also holds for
    few queries and rare bins, where the chi-squared approximation fails. The same splits are drawn
    each time.
    """
    random = np.random.default_rng(0)
    together = first + second
    splits = random.multivariate_hypergeometric(
        together, int(first.sum()), size=_SPLITS, method="count"
    )
    found = _indices(splits, together - splits)
    return float(np.quantile(found, _CHANCE, method="higher"))


def _indices(first: Counts, second: Counts) -> NDArray[np.float64]:
    """(n, bins) twice → (n,): the index of each pair of rows."""
    smaller = min(first[0].sum(), second[0].sum())
    if smaller < 1:
        raise ValueError("a sample is empty, so there is nothing to compare")
    bins = first.shape[1]
    uniform = _PRIOR * bins / (smaller + _PRIOR * bins)
    p, q = (
        (1 - uniform) * counts / counts.sum(1, keepdims=True) + uniform / bins
        for counts in (first, second)
    )
    indices: NDArray[np.float64] = ((p - q) * np.log(p / q)).sum(1)
    return indices
