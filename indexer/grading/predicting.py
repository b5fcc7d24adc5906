"""Category predictions, fitted on one half of the held-out pictures and judged on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.asking import is_within
from indexer.evaluating.metrics import Values, bootstrap
from indexer.evaluating.records import Metric
from indexer.grading.asking import Asked
from indexer.grading.fusing import Told, cross_fitted, fit_fusion, likeliest, softmax
from indexer.grading.halves import halves
from indexer.grading.means import Gallery
from indexer.grading.records import PredictionGrade
from indexer.grading.reliability import reliability
from search.predictions.columns import value_of
from search.predictions.evidence import NEIGHBOURS, Evidence
from search.predictions.fusion import Fusion
from search.predictions.prototypes import CATEGORY, Prototypes
from search.predictions.taxonomy import ancestors, by_level

FEWEST = 30
_CONFIDENT = 0.8
_TEMPERATURES = np.exp(np.linspace(np.log(0.4), np.log(3.0), 27))

_MEANS, _VOTES = 0, 2
"""Columns of ``Evidence.table``."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """A fitted prediction: its weights, the levels' temperatures, and how it did.

    ``paths`` has the likeliest path for each picture, empty for none, by the half that it was not
    fitted on. ``grade`` is None with too few pictures.
    """

    fusion: Fusion
    temperatures: tuple[float, ...]
    paths: list[str]
    grade: PredictionGrade | None


def predict_categories(asked: Sequence[Asked], galleries: Sequence[Gallery]) -> Predicted:
    """From pictures whose category is there; ``galleries`` are of each fold."""
    own = [galleries[one.fold].columns[CATEGORY].prototypes for one in asked]
    told = [tell(one, CATEGORY, it) for one, it in zip(asked, own, strict=True)]
    if len(told) < FEWEST:
        return Predicted(Fusion(), (), [_likeliest(Fusion(), one)[0] for one in told], None)
    judges = cross_fitted(told, halves(asked))
    ranked = [_likeliest(fusion, one) for fusion, one in zip(judges, told, strict=True)]
    fusion = fit_fusion(told)
    return Predicted(
        fusion, _temperatures(fusion, told), [path for path, _ in ranked], _grade(told, ranked)
    )


def tell(asked: Asked, column: str, prototypes: Prototypes) -> Told:
    """What the nearest products and the means say of a picture's value in a column."""
    votes = [(value_of(one.product, column), one.score) for one in asked.found[:NEIGHBOURS]]
    evidence = Evidence.of(asked.vector, votes, prototypes)
    true = value_of(asked.row, column)
    return Told(evidence, "" if true is None else true)


def _likeliest(fusion: Fusion, one: Told) -> tuple[str, float]:
    path, p = likeliest(fusion, one)
    return str(path), p


def _grade(told: Sequence[Told], ranked: Sequence[tuple[str, float]]) -> PredictionGrade:
    p = np.array([one for _, one in ranked])
    right = _right(told, [path for path, _ in ranked])
    surest = np.argsort(-p, kind="stable")[: round(_CONFIDENT * len(p))]
    return PredictionGrade(
        votes=_metric(_right(told, [_highest(one, _VOTES) for one in told])),
        means=_metric(_right(told, [_highest(one, _MEANS) for one in told])),
        fused=_metric(right),
        confident=_metric(right[surest]),
        reliability=reliability(p, right),
    )


def _highest(one: Told, column: int) -> str:
    table = one.evidence.table
    return str(one.evidence.names[int(table[:, column].argmax())]) if len(table) else ""


def _right(told: Sequence[Told], paths: Sequence[str]) -> Values:
    return np.array(
        [is_within(path, str(one.true)) for path, one in zip(paths, told, strict=True)], np.float64
    )


def _metric(values: Values) -> Metric:
    return Metric.of(bootstrap(values), len(values))


def _temperatures(fusion: Fusion, told: Sequence[Told]) -> tuple[float, ...]:
    """For each level the one that makes the true paths likeliest."""
    found = []
    for one in told:
        leaves = {str(path): p for path, p in fusion.shares(one.evidence).items()}
        found.append((by_level(leaves, ()), ancestors(str(one.true))))
    depth = max((len(path) for _, path in found), default=0)
    return tuple(round(_temperature(found, level), 4) for level in range(depth))


def _temperature(
    found: Sequence[tuple[Sequence[Mapping[str, float]], Sequence[str]]], level: int
) -> float:
    """``found`` has the probabilities by level of each picture, and its true path by level."""
    logits, places = [], []
    for levels, path in found:
        if len(path) > level < len(levels) and path[level] in levels[level]:
            p = levels[level]
            logits.append(np.log(np.maximum(list(p.values()), 1e-12)))
            places.append(list(p).index(path[level]))
    if len(places) < FEWEST:
        return 1.0
    rows = np.full((len(places), max(map(len, logits))), -np.inf)
    for row, values in zip(rows, logits, strict=True):
        row[: len(values)] = values
    right = np.arange(len(places)), places
    likely = [np.log(softmax(rows / one)[right] + 1e-12).sum() for one in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmax(likely))])
