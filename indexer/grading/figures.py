"""How often held-out pictures are answered right."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from indexer.asking import is_within
from indexer.evaluating.judging import with_ancestors
from indexer.evaluating.metrics import average_precision, recall_at
from indexer.evaluating.records import Metric
from indexer.grading.asking import Asked
from indexer.grading.best import DEPTH
from indexer.grading.probes import Fold
from indexer.grading.records import CategoryGrade, ScoreCounts, Standard
from search.catalog.records import CATEGORY_SEPARATOR

_BINS = 25

Metrics = dict[str, Metric | None]


def rated(asked: Sequence[Asked], fewest: int) -> tuple[Standard, list[Asked]]:
    """Those that Recall is measured on: by product where enough have theirs in the gallery.

    Else those with a category, which a result is right in, as ``indexer evaluate`` counts photos
    of products that the catalog does not have; else the changed views.
    """
    by_product = [one for one in asked if one.kind == "product"]
    if len(by_product) >= fewest:
        return "product", by_product
    by_category = [one for one in asked if one.kind == "absent" and one.row.category]
    if by_category:
        return "category", by_category
    return "view", [one for one in asked if one.kind == "view"]


def findable(categories: Mapping[str, int], folds: Sequence[Fold]) -> list[Counter[str]]:
    """For each fold the products that it holds in each category or below.

    ``categories`` counts all of the catalog.
    """
    every = with_ancestors(categories)
    return [every - with_ancestors(Counter(fold.missing.values())) for fold in folds]


def retrieval(asked: Sequence[Asked], below: Sequence[Counter[str]]) -> Metrics:
    """Recall@1/5/10 and mAP by the names of ``--require``; ``below`` is what each fold holds."""
    ranks, precisions = [], []
    for one in asked:
        marks, right = _marks(one, below[one.fold])
        places = [place for place, mark in enumerate(marks, start=1) if mark]
        ranks.append(places[0] if places else np.inf)
        precisions.append(average_precision(places, max(right, 1), DEPTH))
    values = np.array(ranks, np.float64)
    found = {f"recall@{k}": Metric.mean(recall_at(values, k)) for k in (1, 5, 10)}
    return found | {"map": Metric.mean(np.array(precisions, np.float64))}


def levels(asked: Sequence[Asked], paths: Mapping[int, str]) -> Metrics:
    """``category`` and ``category@N``: how often predicted paths are right, from the roots down.

    ``paths`` has the predicted path of a picture by its ``id()``; others are left out.
    """
    whole: list[bool] = []
    by_level: defaultdict[int, list[bool]] = defaultdict(list)
    for one in asked:
        path = paths.get(id(one))
        if path is not None:
            whole.append(is_within(path, one.row.category))
            theirs, ours = (
                one.row.category.split(CATEGORY_SEPARATOR),
                path.split(CATEGORY_SEPARATOR),
            )
            for depth in range(1, len(theirs) + 1):
                by_level[depth].append(theirs[:depth] == ours[:depth])
    found = {
        f"category@{one}": Metric.mean(np.array(by_level[one], np.float64))
        for one in sorted(by_level)
    }
    return {"category": Metric.mean(np.array(whole, np.float64))} | found


def by_category(
    asked: Sequence[Asked], paths: Mapping[int, str], below: Sequence[Counter[str]]
) -> list[CategoryGrade]:
    """Each category's metrics."""
    own: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.row.category:
            own[one.row.category].append(one)
    return [
        CategoryGrade(
            name,
            retrieval(own[name], below) | {"category": levels(own[name], paths)["category"]},
        )
        for name in sorted(own)
    ]


def score_counts(asked: Sequence[Asked]) -> ScoreCounts:
    """First results by score and by what they are."""
    scores: dict[str, list[float]] = {"right": [], "wrong": [], "absent": []}
    for one in asked:
        if one.found:
            kind = "absent" if one.kind == "absent" else "right" if one.rank == 1 else "wrong"
            scores[kind].append(one.found[0].score)
    every = np.concatenate([np.array(them, np.float64) for them in scores.values()])
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    edges = np.linspace(low, max(high, low + 1e-6), _BINS + 1)
    counts = {kind: np.histogram(them, edges)[0].tolist() for kind, them in scores.items()}
    return ScoreCounts([round(one, 4) for one in edges.tolist()], **counts)


def reference(asked: Sequence[Asked], predicted: Sequence[str]) -> dict[str, object] | None:
    """The first scores and the predicted categories of held-out pictures, to watch queries by.

    Nine ``edges`` share the scores out into ten equal parts. None when no picture found anything.
    """
    scores = np.array([one.found[0].score for one in asked if one.found], np.float64)
    if not len(scores):
        return None
    edges = np.quantile(scores, np.linspace(0.1, 0.9, 9))
    parts = np.bincount(np.searchsorted(edges, scores, side="right"), minlength=10)
    counts = Counter(path for path in predicted if path)
    total = max(sum(counts.values()), 1)
    return {
        "scores": {
            "edges": [round(one, 6) for one in edges.tolist()],
            "shares": [round(one, 6) for one in (parts / len(scores)).tolist()],
        },
        "categories": {path: round(one / total, 6) for path, one in counts.most_common()},
        "queries": len(scores),
    }


def _marks(one: Asked, below: Counter[str]) -> tuple[list[bool], int]:
    """Which results are right, and how many there are to find."""
    if one.kind != "absent":
        return [it.product.product_id == one.row.product_id for it in one.found], 1
    category = one.row.category
    right = [is_within(it.product.category, category) for it in one.found]
    return right, below[category]
