"""The head: features → the unit vector that is searched."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from search.arrays import Floats, unit_rows

DIM = 256
ENOUGH_IMAGES = 4 * DIM
"""Below this many images a covariance in hundreds of dimensions is mostly chance."""


@dataclass(frozen=True, eq=False)
class Head:
    """A linear map of unit features: ``unit((unit(features) - center) @ projection)``.

    ``center`` is (d_in,), ``projection`` (d_in, d_out), both float32. Without them the head is
    plain: the features themselves at unit length.
    """

    kind: str = "plain"
    center: Floats | None = None
    projection: Floats | None = None

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change with every number in it."""
        digest = hashlib.sha256(self.kind.encode())
        for part in self._tensors().values():
            digest.update(part.tobytes())
        return digest.hexdigest()[:16]

    def apply(self, features: Floats) -> Floats:
        """(n, d_in) → (n, d_out) float32 rows of unit length."""
        rows = unit_rows(features)
        if self.center is None or self.projection is None:
            return rows
        return unit_rows(np.asarray((rows - self.center) @ self.projection, np.float32))

    def dim(self, features: int) -> int:
        """How long the vectors are that come of so many features."""
        return features if self.projection is None else self.projection.shape[1]

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        save_file(self._tensors(), path, metadata={"kind": self.kind})

    @classmethod
    def load(cls, path: Path, kind: str) -> "Head":
        """Read what ``save`` wrote."""
        return cls(kind, **load_file(path))

    def _tensors(self) -> dict[str, Floats]:
        both = {"center": self.center, "projection": self.projection}
        return {name: np.ascontiguousarray(part) for name, part in both.items() if part is not None}


def fit_whitening(chunks: Iterable[Floats], dim: int = DIM) -> Head:
    """Half-whitened PCA, fitted on (n, d_in) chunks of features with no labels.

    Each of the ``dim`` strongest components is divided by the square root of its standard
    deviation: between plain PCA and the full whitening of Jégou & Chum, "Negative evidences and
    co-occurrences in image retrieval", ECCV 2012. Needs memory for d_in × d_in numbers, however
    many images there are.
    """
    count = 0
    total: Any = 0.0
    products: Any = 0.0
    for chunk in chunks:
        rows = unit_rows(chunk)
        count += len(rows)
        total = total + rows.sum(axis=0, dtype=np.float64)
        products = products + (rows.T @ rows).astype(np.float64)
    mean = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    strongest = np.argsort(variances)[::-1][:dim]
    scale = np.maximum(variances[strongest], 1e-12) ** 0.25
    projection = np.asarray(directions[:, strongest] / scale, dtype=np.float32)
    return Head("whitened", np.asarray(mean, dtype=np.float32), projection)
