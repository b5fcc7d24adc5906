"""Recent queries beside the held-out ones of the version: how far apart, and is it a shift?"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from api.watching.reference import Reference
from api.watching.stability import SHIFTED, STABLE, Counts, chance_level, stability_index

LEAST = 100
"""Recent queries: with fewer nothing is compared."""

_SHOWN = 10
"""Categories that are shown of each side, the largest ones."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``psi`` is the population stability index; ``chance`` is what it exceeds in 1 of 100 cases
    though nothing has shifted.
    """

    psi: float
    chance: float
    shifted: bool


@dataclass(frozen=True, slots=True)
class ScoreDrift(Comparison):
    """Shares of the first result's score, in bins that are parted by ``edges``."""

    edges: list[float]
    recent: list[float]
    expected: list[float]


@dataclass(frozen=True, slots=True)
class CategoryDrift(Comparison):
    """Shares of the likeliest category, of the ten largest on either side."""

    recent: dict[str, float]
    expected: dict[str, float]


@dataclass(frozen=True, slots=True)
class Drift:
    """``window`` recent queries beside held-out ones; ``categories`` is null where few have one.

    ``since`` is when they began to differ, UTC in ISO 8601, null while they do not.
    """

    window: int
    scores: ScoreDrift
    categories: CategoryDrift | None
    shifted: bool
    since: str | None


def compare_scores(
    reference: Reference, recent: Counts, before: ScoreDrift | None = None
) -> ScoreDrift:
    """``recent`` is (bins,); ``before`` is what was found last."""
    expected = reference.score_counts()
    return ScoreDrift(
        *_compare(expected, recent, before),
        edges=reference.scores.edges,
        recent=_shares(recent),
        expected=_shares(expected),
    )


def compare_categories(
    reference: Reference, seen: Counter[str], before: CategoryDrift | None = None
) -> CategoryDrift | None:
    """None when there are too few on either side; a query without a category does not count."""
    paths = sorted((reference.categories.keys() | seen.keys()) - {""})
    expected = reference.category_counts(paths)
    recent = np.array([seen[path] for path in paths], np.int64)
    if recent.sum() < LEAST or not expected.any():
        return None
    shares = [dict(zip(paths, _shares(counts), strict=True)) for counts in (recent, expected)]
    shown = sorted(
        {path for one in shares for path in sorted(one, key=lambda path: -one[path])[:_SHOWN]}
    )
    return CategoryDrift(
        *_compare(expected, recent, before),
        recent={path: shares[0][path] for path in shown},
        expected={path: shares[1][path] for path in shown},
    )


def _compare(
    expected: Counts, recent: Counts, before: Comparison | None
) -> tuple[float, float, bool]:
    """What has shifted stays so until it is stable: a value at the edge would warn at each look."""
    psi, chance = stability_index(expected, recent), chance_level(expected, recent)
    usual = STABLE if before and before.shifted else SHIFTED
    return round(psi, 4), round(chance, 4), psi > max(usual, chance)


def _shares(counts: Counts) -> list[float]:
    return [round(float(one), 4) for one in counts / counts.sum()]
