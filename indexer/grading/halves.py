"""Half of the held-out pictures fits, the other half judges the fit."""

from collections.abc import Sequence

import numpy as np

from indexer.grading.asking import Asked
from indexer.tuning.labels import Mask


def halves(asked: Sequence[Asked]) -> Mask:
    """(n,) True for those of even folds: no picture is asked in two of them."""
    return np.array([one.fold % 2 == 0 for one in asked], bool)
