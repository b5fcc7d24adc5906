"""Several runtimes, one after another on the same pictures: what an ensemble computes on."""

from collections.abc import Sequence

import numpy as np

from search.arrays import Floats, Pixels, unit_rows
from search.embedding.backbone import Ensemble
from search.embedding.runtimes.runtime import Look, Runtime


class JointRuntime:
    """Features of each member at unit length, side by side."""

    def __init__(self, ensemble: Ensemble, members: Sequence[Runtime]) -> None:
        self._preprocessing = ensemble.preprocessing
        self._members = members
        self.name = " + ".join(member.name for member in members)

    @property
    def block(self) -> int:
        """What the member that wants the most at once does."""
        return max(member.block for member in self._members)

    def features(self, pixels: Pixels) -> Floats:
        """(n, bytes) uint8, as ``JointPreprocessing`` gives them → (n, dim) float32."""
        parts = self._preprocessing.split(pixels)
        both = zip(self._members, parts, strict=True)
        return _together([member.features(part) for member, part in both])

    def look(self, pixels: Pixels) -> Look:
        """The features of all, and the first member's map."""
        parts = self._preprocessing.split(pixels)
        looks = [member.look(part) for member, part in zip(self._members, parts, strict=True)]
        return Look(_together([look.features for look in looks]), looks[0].maps)

    def positions(self, pixels: Pixels) -> None:
        """Not known: the members' maps have different positions."""


def _together(features: Sequence[Floats]) -> Floats:
    return np.concatenate([unit_rows(one) for one in features], axis=1)
