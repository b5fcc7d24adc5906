"""The mean vector of each value of a column: of each category, brand, colour ..."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from search.arrays import Floats
from search.errors import IndexDamaged

CATEGORY = "category"
"""The column of category paths, among the others."""

Value = str | bool


@dataclass(frozen=True, eq=False)
class Prototypes:
    """``names`` are a column's values, ``means`` (c, d) the unit mean of each one's vectors.

    The nearest class mean; with vectors whose covariance within the classes is the identity, as a
    tuned head makes them, that is linear discriminant analysis (Fisher, 1936).
    """

    names: tuple[Value, ...] = ()
    means: Floats | None = None

    def cosines(self, vectors: Floats) -> Floats:
        """(n, d) unit vectors of one picture → (c,): of several views a value's best one counts."""
        if self.means is None:
            return np.empty(0, np.float32)
        return np.asarray((vectors @ self.means.T).max(axis=0), np.float32)

    @cached_property
    def rows(self) -> dict[Value, int]:
        """The place of each name."""
        return {name: row for row, name in enumerate(self.names)}


def save_prototypes(columns: Mapping[str, Prototypes], path: Path) -> None:
    """Write as safetensors, the names in its metadata."""
    tensors = {name: one.means for name, one in columns.items() if one.means is not None}
    names = {name: columns[name].names for name in tensors}
    save_file(tensors, path, metadata={"names": json.dumps(names)})


def load_prototypes(path: Path) -> dict[str, Prototypes]:
    """Column → what ``save_prototypes`` wrote of it; IndexDamaged when it is something else."""
    try:
        with safe_open(path, "numpy") as file:
            names = json.loads(file.metadata()["names"])
            if isinstance(names, list):  # versions of earlier releases knew categories alone
                return {CATEGORY: _checked(names, file.get_tensor("means"))}
            return {name: _checked(values, file.get_tensor(name)) for name, values in names.items()}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexDamaged(
            f"{path} is unreadable; run 'indexer build' to make a new version."
        ) from error


def _checked(names: Sequence[Value], means: Floats) -> Prototypes:
    if means.ndim != 2 or len(means) != len(names):
        raise ValueError(f"{len(names)} names for means of shape {means.shape}")
    return Prototypes(tuple(names), means)
