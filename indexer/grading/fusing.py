"""How much each kind of evidence counts, fitted on held-out pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.evaluating.metrics import Values
from indexer.tuning.labels import Mask
from search.arrays import Floats
from search.predictions.evidence import KINDS, Evidence
from search.predictions.fusion import Fusion
from search.predictions.prototypes import Value

_STEPS = 50
_PRIOR = 0.02
"""How strongly weights are drawn to the default ones, in pictures: a hundred outweigh it."""

_HALVED = 30
_CLOSE = 1e-6
_DEFAULT: Values = np.array([Fusion().mean, Fusion().nearest, Fusion().votes])

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

    The likelihood is concave: there is one best point. Pictures whose value does
    not come into question teach nothing.
    Less than ``far`` speaks for all values together in a hundredth of the pictures.
    """
    known = [(one.evidence.table, one.place) for one in told if one.place is not None]
    if not known:
        return Fusion()
    tables, is_there = _padded([table for table, _ in known])
    true = tables[np.arange(len(known)), [place for _, place in known]]
    pictures = _Pictures(tables, is_there, true)
    found = _likeliest(pictures)
    any_value = _log_sum(pictures.logits(found))
    mean, nearest, votes = (round(one, 4) for one in found.tolist())
    return Fusion(mean, nearest, votes, far=round(float(np.quantile(any_value, _FAR)), 4))


@dataclass(frozen=True, eq=False, slots=True)
class _Pictures:
    """(n, v, 3) tables of evidence, (n, v) which values are in question, (n, 3) true rows."""

    tables: Values
    is_there: NDArray[np.bool_]
    true: Values

    def logits(self, weights: Values) -> Values:
        return np.where(self.is_there, self.tables @ weights, -np.inf)

    def likelihood(self, weights: Values) -> float:
        """Its logarithm, with the prior's."""
        away = weights - _DEFAULT
        likely = self.true @ weights - _log_sum(self.logits(weights))
        return float(likely.sum() - _PRIOR / 2 * (away @ away))

    def slopes(self, weights: Values) -> tuple[Values, Values]:
        """Its gradient (3,) and, with the other sign, its curvature (3, 3)."""
        p = softmax(self.logits(weights))
        means = np.einsum("nv,nvk->nk", p, self.tables)
        gradient = (self.true - means).sum(axis=0) + _PRIOR * (_DEFAULT - weights)
        spread = np.einsum("nv,nvj,nvk->jk", p, self.tables, self.tables) - means.T @ means
        return gradient, spread + _PRIOR * np.eye(KINDS)


def _likeliest(pictures: _Pictures) -> Values:
    """Projected Newton (Bertsekas, 1982): what would go below 0 is 0, the others go on alone."""
    found = _DEFAULT
    for _ in range(_STEPS):
        gradient, curvature = pictures.slopes(found)
        is_free = (found > _CLOSE) | (gradient > 0)
        step = -found
        step[is_free] = np.linalg.solve(curvature[np.ix_(is_free, is_free)], gradient[is_free])
        moved = _higher(pictures, found, step)
        is_done = np.abs(moved - found).max() < _CLOSE
        found = moved
        if is_done:
            break
    return found


def _higher(pictures: _Pictures, found: Values, step: Values) -> Values:
    """As much of a step as makes the true values likelier."""
    before = pictures.likelihood(found)
    for halved in range(_HALVED):
        moved = np.maximum(found + step / 2**halved, 0)
        if pictures.likelihood(moved) > before:
            return np.asarray(moved, np.float64)
    return found


def cross_fitted(told: Sequence[Told], side: Mask) -> list[Fusion]:
    """For each picture the weights that were fitted to those on the other side."""
    halves = {
        half: fit_fusion([one for one, is_in in zip(told, side != half, strict=True) if is_in])
        for half in (True, False)
    }
    return [halves[bool(half)] for half in side]


def likeliest(fusion: Fusion, one: Told) -> tuple[Value, float]:
    """The value and its probability; empty and 0 when none comes into question."""
    shares = fusion.shares(one.evidence)
    value: Value = max(sorted(shares, key=str), key=lambda name: shares[name], default="")
    return value, shares.get(value, 0.0)


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
