"""Which category a vector belongs to, by the mean of each category's vectors."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from search.arrays import Floats
from search.errors import IndexDamaged

_SCALE = 16.0
"""Cosines are multiplied with that before the softmax: with it the probabilities of held-out photos
of groceries and clothes were most often right (the least log loss among 8, 16 and 32)."""


@dataclass(frozen=True, eq=False)
class CategoryClassifier:
    """``names`` are category paths, ``means`` (c, d) the unit mean of each one's vectors.

    The nearest class mean; with vectors whose covariance within the classes is the identity, as a
    tuned head makes them, that is linear discriminant analysis (Fisher, 1936).
    """

    names: tuple[str, ...]
    means: Floats

    def shares(self, vectors: Floats, paths: Iterable[str]) -> dict[str, float]:
        """How likely each of some ``paths`` is, by (n, d) unit vectors of one picture.

        Those that are known share 1, others are left out. Of several views of the picture a path's
        best one counts.
        """
        known = [path for path in sorted(paths) if path in self._rows]
        if not known:
            return {}
        means = self.means[[self._rows[path] for path in known]]
        powers = np.exp(_SCALE * (vectors @ means.T).max(axis=0))
        return dict(zip(known, (powers / powers.sum()).tolist(), strict=True))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def save(self, path: Path) -> None:
        """Write as safetensors, the names in its metadata."""
        save_file({"means": self.means}, path, metadata={"names": json.dumps(self.names)})

    @classmethod
    def load(cls, path: Path) -> "CategoryClassifier":
        """Read what ``save`` wrote; raises IndexDamaged when it is something else."""
        try:
            with safe_open(path, "numpy") as file:
                names = json.loads(file.metadata()["names"])
                return cls(tuple(names), file.get_tensor("means"))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise IndexDamaged(
                f"{path} is unreadable; run 'indexer build' to make a new version."
            ) from error


NO_CATEGORIES = CategoryClassifier((), np.empty((0, 0), np.float32))
"""That of a version from before there were any: the neighbours alone decide."""
