"""One probability for each value, from all that speaks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from search.predictions.evidence import Evidence
from search.predictions.numbers import finite
from search.predictions.prototypes import Value


@dataclass(frozen=True, slots=True)
class Fusion:
    """``log p = mean * cosine to the mean + nearest * best neighbour's + votes * log share``.

    Less a constant: a log-linear pool (Genest & Zidek, "Combining probability distributions", 1986)
    whose weights are fitted on held-out pictures, and so are the temperature as well. A picture for
    whose values all together less than ``far`` speaks (the logarithm of that sum) shows none of
    them. The default weights are those of photos of groceries.
    """

    mean: float = 4.0
    nearest: float = 16.0
    votes: float = 0.5
    far: float = -100.0

    def shares(self, evidence: Evidence) -> dict[Value, float]:
        """Value → probability, 1 in all, if it is one of them; none when none is in question."""
        if not evidence.names:
            return {}
        logits = self._logits(evidence)
        powers = np.exp(logits - logits.max())
        return dict(zip(evidence.names, (powers / powers.sum()).tolist(), strict=True))

    def is_far(self, evidence: Evidence) -> bool:
        """Whether the picture is far from every value."""
        if not evidence.names:
            return True
        logits = self._logits(evidence)
        return float(logits.max() + np.log(np.exp(logits - logits.max()).sum())) < self.far

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From a manifest's JSON."""
        return cls(*(finite(stored[name]) for name in ("mean", "nearest", "votes", "far")))

    def _logits(self, evidence: Evidence) -> NDArray[np.float64]:
        weights = np.array([self.mean, self.nearest, self.votes])
        return np.asarray(evidence.table @ weights, np.float64)
