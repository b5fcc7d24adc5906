"""How much each kind of evidence counts, fitted on held-out pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.evaluating.metrics import Values
from search.arrays import Floats
from search.predictions.evidence import KINDS, Evidence
from search.predictions.fusion import Fusion
from search.predictions.prototypes import Value

_STEPS = 50
_PRIOR = 0.02
"""How strongly weights are drawn to the default ones, in pictures: a hundred outweigh it."""

_LARGEST = 5.0
_CLOSE = 1e-6

_FAR = 0.01
"""The share of the held-out pictures that are taken to be far from everything."""


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """What speaks for each value that a picture may show, and the ``true`` one."""

    evidence: Evidence
    true: Value

    @property
    def place(self) -> int | None:
        """Of the true value among those that come into question."""
        names = self.evidence.names
        return names.index(self.true) if self.true in names else None


def fit_fusion(told: Sequence[Told]) -> Fusion:
    """The weights that make the true values likeliest, none below 0.

    The likelihood is concave: Newton's method finds the one best point. Pictures whose value does
    not come into question teach nothing.
    Less than ``far`` speaks for all values together in a hundredth of the pictures.
    """
    known = [(one.evidence.table, one.place) for one in told if one.place is not None]
    if not known:
        return Fusion()
    tables, is_there = _padded([table for table, _ in known])
    true = tables[np.arange(len(known)), [place for _, place in known]]
    start = Fusion()
    default = np.array([start.mean, start.nearest, start.votes])
    found = default.copy()
    for _ in range(_STEPS):
        p = softmax(np.where(is_there, tables @ found, -np.inf))
        means = np.einsum("nv,nvk->nk", p, tables)
        gradient = (true - means).sum(axis=0) + _PRIOR * (default - found)
        spread = np.einsum("nv,nvj,nvk->jk", p, tables, tables) - means.T @ means
        step = np.linalg.solve(spread + _PRIOR * np.eye(KINDS), gradient)
        moved = np.maximum(found + np.clip(step, -_LARGEST, _LARGEST), 0)
        is_done = np.abs(moved - found).max() < _CLOSE
        found = moved
        if is_done:
            break
    any_value = _log_sum(np.where(is_there, tables @ found, -np.inf))
    mean, nearest, votes = (round(one, 4) for one in found.tolist())
    return Fusion(mean, nearest, votes, far=round(float(np.quantile(any_value, _FAR)), 4))


def softmax(logits: Values) -> Values:
    """(n, v) → (n, v) rows that add up to 1; -inf becomes 0."""
    return np.asarray(np.exp(logits - _log_sum(logits)[:, None]), np.float64)


def _log_sum(logits: Values) -> Values:
    highest = logits.max(axis=1)
    return np.asarray(highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1)), np.float64)


def _padded(tables: Sequence[Floats]) -> tuple[Values, NDArray[np.bool_]]:
    """n tables of (v, 3) each → (n, most, 3), and (n, most) which of these were there."""
    counts = np.array([len(one) for one in tables])
    is_there = np.arange(counts.max()) < counts[:, None]
    padded = np.zeros((*is_there.shape, KINDS))
    padded[is_there] = np.concatenate(tables)
    return padded, is_there
