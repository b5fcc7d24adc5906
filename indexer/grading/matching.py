"""``p_same`` fitted on held-out pictures, those of products that are not there included."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.evaluating.metrics import Values
from indexer.evaluating.records import Metric
from indexer.grading.asking import Asked
from indexer.grading.halves import halves
from indexer.grading.logistic import fit
from indexer.grading.records import MatchGrade
from indexer.grading.reliability import reliability
from search.predictions.evidence import NEIGHBOURS
from search.predictions.matching import FIRST, LATER, Matching, Nearest, signs

FEWEST = 30
"""With fewer pictures of either kind chance decides."""

_SAME = 0.5
"""From there on a result is likelier the product than not."""

_KEPT = 0.1
"""The share of the right first results that may be called ``none``."""

_MOST_CATEGORIES = 200
_RIDGE = 1e-2
_CATEGORY_RIDGE = 4.0
"""A category's own weight is drawn to 0 as if by so many quarters of a doubtful query: it is as
large as the data are certain."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A fitted model, and how it did on the half that it was not fitted on."""

    model: Matching
    grade: MatchGrade


def fit_matching(asked: Sequence[Asked]) -> Matched | str:
    """The model, or why there is none, as the end of a sentence that begins with "because"."""
    there = sum(one.kind != "absent" for one in asked)
    absent = len(asked) - there
    if there < FEWEST or absent < FEWEST:
        return (
            f"only {there} held-out pictures had their product in the index and {absent} had not, "
            f"where {FEWEST} of each are needed"
        )
    side = halves(asked)
    parts = [
        [one for one, is_in in zip(asked, side == half, strict=True) if is_in] for half in (1, 0)
    ]
    asked = parts[0] + parts[1]
    p = np.concatenate([_first(_fitted(parts[1]), parts[0]), _first(_fitted(parts[0]), parts[1])])
    right = np.array([one.rank == 1 for one in asked], np.float64)
    none = min(float(np.quantile(p[right > 0], _KEPT)), _SAME) if right.any() else _SAME
    model = _fitted(asked)
    is_absent = np.array([one.kind == "absent" for one in asked])
    grade = MatchGrade(
        same=_SAME,
        none=round(none, 4),
        kept=Metric.mean((p >= none)[right > 0].astype(np.float64)),
        refused=Metric.mean((p < none)[is_absent].astype(np.float64)),
        reliability=reliability(p, right),
    )
    return Matched(
        Matching(model.first, model.later, grade.same, grade.none, model.categories), grade
    )


def _fitted(asked: Sequence[Asked]) -> Matching:
    """One regression for all: the nearest and the other results have columns of their own."""
    categories = _categories(asked)
    rows = [row for one in asked for row in _rows(one)]
    inputs = np.zeros((len(rows), FIRST + LATER + len(categories)))
    right = np.empty(len(rows))
    weights = np.empty(len(rows))
    for at, (rank, given, category, is_right) in enumerate(rows):
        start = 0 if rank == 1 else FIRST
        inputs[at, start : start + len(given)] = given
        if category in categories:
            inputs[at, FIRST + LATER + categories[category]] = 1
        right[at] = is_right
        weights[at] = 1.0 if rank == 1 else 1 / (NEIGHBOURS - 1)
    ridge = np.full(inputs.shape[1], _RIDGE)
    ridge[FIRST + LATER :] = _CATEGORY_RIDGE
    found = [round(one, 6) for one in fit(inputs, right, weights, ridge).tolist()]
    return Matching(
        tuple(found[:FIRST]),
        tuple(found[FIRST : FIRST + LATER]),
        _SAME,
        _SAME,
        {name: found[FIRST + LATER + at] for name, at in categories.items()},
    )


def _categories(asked: Sequence[Asked]) -> dict[str, int]:
    """The categories that come first most often, numbered."""
    first = Counter(one.found[0].product.category for one in asked if one.found)
    del first[""]
    return {name: at for at, (name, _) in enumerate(first.most_common(_MOST_CATEGORIES))}


def _rows(one: Asked) -> list[tuple[int, tuple[float, ...], str, bool]]:
    """Rank, signs, category and rightness of the first results."""
    nearest = _nearest(one)
    rows = []
    for found in one.found[:NEIGHBOURS]:
        product = found.product
        rank, margin = nearest.place(product.product_id, found.score)
        is_right = product.product_id == one.row.product_id
        rows.append((rank, signs(rank, found.score, margin), product.category, is_right))
    return rows


def _first(model: Matching, asked: Sequence[Asked]) -> Values:
    """(n,) ``p_same`` of each first result; 0 where nothing was found."""
    found = np.zeros(len(asked))
    for at, one in enumerate(asked):
        if one.found:
            first = one.found[0]
            rank, margin = _nearest(one).place(first.product.product_id, first.score)
            found[at] = model.p_same(rank, first.score, margin, first.product.category)
    return found


def _nearest(one: Asked) -> Nearest:
    first = one.found[: NEIGHBOURS + 1]
    return Nearest([it.product.product_id for it in first], [it.score for it in first])
