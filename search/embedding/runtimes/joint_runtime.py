"""Several runtimes, one after another on the same pictures: what an ensemble computes on."""

from collections.abc import Sequence

import numpy as np

from search.arrays import Floats, Pixels, unit_rows
from search.embedding.backbone import Ensemble
from search.embedding.runtimes.runtime import Runtime


class JointRuntime:
    """Features of each member at unit length, side by side."""

    def __init__(self, ensemble: Ensemble, members: Sequence[Runtime]) -> None:
        self._preprocessing = ensemble.preprocessing
        self._members = members
        self.name = " + ".join(member.name for member in members)
        self.block = max(member.block for member in members)

    def features(self, pixels: Pixels) -> Floats:
        """(n, bytes) uint8, as ``JointPreprocessing`` gives them → (n, dim) float32."""
        parts = self._preprocessing.split(pixels)
        rows = [
            unit_rows(member.features(part))
            for member, part in zip(self._members, parts, strict=True)
        ]
        return np.concatenate(rows, axis=1)
